--- Globals that must be declared (docs/strict.md): require "lambda.strict" once, before anything else. Reading one that
--- was never given a value raises, as does making a new one inside a function; both name the variable and the line.
local error, getinfo, getmetatable, next, rawset, select, setmetatable, type =
  error, debug.getinfo, getmetatable, next, rawset, select, setmetatable, type
local format = string.format

local globals = _G -- the one of the handlers, also where this module has globals of its own

--- Names that were given a value, or declared; nil is a value as well.
local declared = {}
for name in next, globals do
  declared[name] = true
end

local M = {}

--- Names globals that may be read before they are written, and written anywhere.
---@param ... string
function M.declare(...)
  for i = 1, select("#", ...) do
    local name = select(i, ...)
    if type(name) ~= "string" then
      error(format("bad argument #%d to 'declare' (string expected, got %s)", i, type(name)), 2)
    end
    declared[name] = true
  end
end

--- How a name is shown: hostile ones cannot break the line.
local function shown(name)
  return type(name) == "string" and format("%q", name):gsub("\\\n", "\\n") or "[" .. type(name) .. "]"
end

--- A chunk (a file while it loads) and C may make globals; a function may not.
local function may_define()
  local info = getinfo(3, "S")
  return not info or info.what == "main" or info.what == "C"
end

local function on_new(env, name, value)
  if name == nil or name ~= name then
    error(format("table index is %s", name == nil and "nil" or "NaN"), 2)
  elseif not declared[name] and not may_define() then
    error(format("new global %s inside a function: it wants a 'local'", shown(name)), 2)
  end
  declared[name] = true
  rawset(env, name, value)
end

local function on_missing(_, name)
  if not declared[name] then
    error(format("undefined global %s", shown(name)), 2)
  end
end

local mt = getmetatable(globals)
if mt ~= nil and type(mt) ~= "table" then
  error("lambda.strict: _G has a protected metatable", 0)
elseif mt and (mt.__index ~= nil or mt.__newindex ~= nil) then
  error("lambda.strict: _G has a metatable with __index or __newindex already", 0)
end
mt = mt or {}
mt.__index, mt.__newindex = on_missing, on_new
setmetatable(globals, mt)

return M
