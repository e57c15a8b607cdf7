--- The handler report.lua: a script as the shell would run it, for each event. Its function main, if it defines one,
--- else the whole of it.
local errors = require("lambda.errors")
local loader = require("lambda.loader")
local stdio = require("lambda.stdio")

-- The script may overwrite any global, and alter string.
local error, rawget, rawset, type = error, rawget, rawset, type
local find, format, gmatch, open = string.find, string.format, string.gmatch, io.open
local globals = _G

local M = {}

local function count(text, pattern)
  local found = 0
  for _ in gmatch(text, pattern) do
    found = found + 1
  end
  return found
end

--- Whether the script surely leaves its work to main: it defines the function, and mentions the word nowhere else.
--- Then its top level can run before the first event. In doubt it runs with the first one.
local function is_definition(path)
  local file = open(path, "rb")
  local text = file and file:read("a") or ""
  if file then
    file:close()
  end
  return find("\n" .. text, "\n%s*function%s+main%s*%(") ~= nil and count(text, "%f[%w_]main%f[^%w_]") == 1
end

local function main_of(path)
  local main = rawget(globals, "main")
  if type(main) ~= "function" then
    error(errors.fault("Runtime.HandlerNotFound", format(
      "%s was loaded for its function main, but there is no such global", path)), 0)
  end
  return main
end

--- Runs the chunk for each event; if with the first it only defines main, then main.
local function each_time(chunk)
  local main
  return function()
    if main then
      return main()
    end
    local before = rawget(globals, "main")
    local result, failure = chunk()
    local defined = rawget(globals, "main")
    if type(defined) == "function" and defined ~= before and not stdio.is_touched() then
      main = defined
      return main()
    end
    return result, failure
  end
end

--- What the script does with an event.
---@param path string
---@param kind string
---@return function
function M.load(path, kind)
  if kind == "c" then
    error(errors.fault("Runtime.ImportModuleError", format("%s is a C module; a script must be Lua", path)), 0)
  end
  local chunk = loader.compile(path)
  rawset(globals, "arg", { [0] = path })
  if is_definition(path) then
    chunk()
    return main_of(path)
  end
  return each_time(chunk)
end

return M
