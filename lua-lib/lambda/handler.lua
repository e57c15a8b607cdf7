--- "src/orders.api.create" → the function. Says precisely what is missing: the name, the file, the function.
local errors = require("lambda.errors")
local loader = require("lambda.loader")

-- The handler's file may overwrite any global, and alter string.
local error, next, rawget, type = error, next, rawget, type
local concat, find, format, gmatch, match, sort, sub =
  table.concat, string.find, string.format, string.gmatch, string.match, table.sort, string.sub
local metatable_of, globals = debug.getmetatable, _G

--- What Lua itself brings, none of which is a handler.
local known = {}
for name, value in next, globals do
  known[name] = value
end

local M = {}

--- Splits a handler's name: the file part ends at the first dot after the last slash.
---@param name string
---@return string? file  without extension, relative to the search path
---@return string[]|string fields_or_reason
local function parse(name)
  if name == "" then
    return nil, "no handler is set: _HANDLER is empty; set it to file.function, for example hello.handler"
  end
  if find("/" .. name .. "/", "/../", 1, true) then
    return nil, format("the handler '%s' leads out of the task root: '..' is not allowed", name)
  end
  local folder, base, path = match(name, "^(.-)([^/.]+)%.([^/]+)$")
  local fields = {}
  for field in gmatch(path or "", "[^.]+") do
    fields[#fields + 1] = field
  end
  local is_whole = base and (folder == "" or sub(folder, -1) == "/") and concat(fields, ".") == path
  if not is_whole or find(name, ";", 1, true) then -- Lua's search paths are lists with ';'
    return nil, format("the handler '%s' has not the form file.function, for example hello.handler", name)
  end
  return folder .. base, fields
end

local function is_callable(value)
  if type(value) == "function" then
    return true
  end
  local mt = metatable_of(value)
  return type(mt) == "table" and type(rawget(mt, "__call")) == "function"
end

--- Follows the fields from the one at `first` on; nil as soon as one is missing.
local function reach(value, fields, first)
  for i = first, #fields do
    if type(value) ~= "table" then
      return nil
    end
    value = value[fields[i]]
  end
  return is_callable(value) and value or nil
end

--- The function among the globals that the file defined. Raw: a strict _G raises for what is not there.
local function reach_global(fields)
  local value = rawget(globals, fields[1])
  return value ~= known[fields[1]] and reach(value, fields, 2) or nil
end

--- The names of the functions that a table holds, nested ones too, for the error message.
local function function_names(value, prefix, depth, found)
  if type(value) ~= "table" or depth == 0 then
    return found
  end
  for key, member in next, value do
    if type(key) == "string" and is_callable(member) then
      found[#found + 1] = prefix .. key
    elseif type(key) == "string" then
      function_names(member, prefix .. key .. ".", depth - 1, found)
    end
  end
  sort(found)
  return found
end

local function what_it_returned(result)
  if result == true then
    return "nothing"
  end
  return type(result) == "table" and "a table without functions" or "a " .. type(result)
end

local function missing_function(name, path, result)
  local found = function_names(result, "", 3, {})
  local there = #found > 0 and "the functions there are: " .. concat(found, ", ")
    or format("it returned %s; end it with `return { handler = … }`", what_it_returned(result))
  return errors.fault("Runtime.HandlerNotFound", format(
    "%s has no function '%s' (neither in what it returns nor among the globals); %s", path, name, there))
end

local function missing_file(name, file, task_root, tried)
  return errors.fault("Runtime.ImportModuleError", format(
    "the handler '%s' needs a file %s.lua, but there is none; looked in the task root %s and the search path:%s",
    name, file, task_root, tried))
end

--- Loads the function that a handler's name means. Raises faults of lambda.errors, or what the file raised.
---@param name string       "src/orders.api.create"
---@param task_root string  only for the messages; the search goes by package.path
---@return fun(event: any, context: lambda.Context): any, any
function M.load(name, task_root)
  local file, fields = parse(name)
  if not file then
    error(errors.fault("Runtime.MalformedHandlerName", fields), 0)
  end
  local path, kind = loader.find(file)
  if not path then
    error(missing_file(name, file, task_root, kind), 0)
  end
  local result = loader.run(file, path, kind)
  local handler = reach(result, fields, 1) or reach_global(fields)
  if not handler then
    error(missing_function(concat(fields, "."), path, result), 0)
  end
  return handler
end

return M
