--- What code shares without saying so: globals, libraries, loaded modules. Each app under test has a world of its own,
--- which is in place only while its code runs.
local getmetatable, setmetatable, next, pcall, rawset, error, pack, unpack =
  debug.getmetatable, debug.setmetatable, next, pcall, rawset, error, table.pack, table.unpack
local gethook, sethook = debug.gethook, debug.sethook
local registry, globals, package = debug.getregistry(), _G, package

local M = {}

local LIBRARIES = { "coroutine", "debug", "io", "math", "os", "package", "string", "table", "utf8" }

--- What the manual (§6.1) has as global functions; a handler sees no other ones, whatever the spec's globals are.
local FUNCTIONS = {
  "assert", "collectgarbage", "dofile", "error", "getmetatable", "ipairs", "load", "loadfile", "next", "pairs", "pcall",
  "print", "rawequal", "rawget", "rawlen", "rawset", "require", "select", "setmetatable", "tonumber", "tostring",
  "type", "warn", "xpcall", "_VERSION",
}

--- The tables whose contents make a world: `require` looks into the last two by the registry.
local tables = { globals = globals, loaded = registry._LOADED, preload = registry._PRELOAD }
for _, name in next, LIBRARIES do
  tables[name] = registry._LOADED[name]
end

local function copy(t)
  local result = {}
  for key, value in next, t do
    result[key] = value
  end
  return result
end

--- Puts contents into a table in the place of what is there, which is given back.
local function exchange(t, contents)
  local before = copy(t)
  for key in next, before do
    rawset(t, key, nil)
  end
  for key, value in next, contents do
    rawset(t, key, value)
  end
  return before
end

---@class lambda.testing.World
---@field contents table<string, table>  of `tables`, by their names; whichever of two worlds is not in place
---@field metatable table?               of the globals
---@field is_in boolean
local World = {}
World.__index = World

--- A world as Lua makes it.
---@return lambda.testing.World
function M.new()
  local contents = { globals = {}, loaded = {}, preload = {} }
  for _, name in next, FUNCTIONS do
    contents.globals[name] = globals[name]
  end
  contents.globals._G, contents.loaded._G = globals, globals
  for _, name in next, LIBRARIES do
    contents[name] = copy(tables[name])
    contents.globals[name], contents.loaded[name] = tables[name], tables[name]
  end
  contents.package.searchers = copy(package.searchers)
  return setmetatable({ contents = contents, is_in = false }, World)
end

--- No hook may see half a world: not the guard's, not that of luacov.
local function turn(world)
  local hook, mask, count = gethook()
  sethook()
  for name, t in next, tables do
    world.contents[name] = exchange(t, world.contents[name])
  end
  local metatable = getmetatable(globals)
  setmetatable(globals, world.metatable)
  world.metatable, world.is_in = metatable, not world.is_in
  if hook then
    sethook(hook, mask, count)
  end
end

local function back(world, ok, ...)
  turn(world)
  if not ok then
    error(..., 0)
  end
  return ...
end

--- Calls a function inside. It must not yield.
---@param f function
---@param ... any
---@return any ...
function World:inside(f, ...)
  if self.is_in then
    return f(...)
  end
  turn(self)
  return back(self, pcall(f, ...))
end

--- Calls a function of the spec from the inside.
---@param f function
---@param ... any
---@return any ...
function World:outside(f, ...)
  if not self.is_in then
    return f(...)
  end
  local arguments = pack(...)
  turn(self)
  return back(self, pcall(f, unpack(arguments, 1, arguments.n)))
end

--- The globals as our own modules have them: a copy, with copies of the libraries that a handler may alter
--- (runtime/vm.c does the same).
---@param world lambda.testing.World  which is not in place
---@return table
function M.own_globals(world)
  local own = copy(world.contents.globals)
  for _, name in next, { "string", "table", "math", "utf8" } do
    own[name] = copy(world.contents[name])
  end
  return own
end

return M
