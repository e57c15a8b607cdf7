--- "src/orders.api.create" → the function. Says precisely what is missing: the name, the file, the function.
local errors = require("lambda.errors")

-- The handler's file may overwrite any global, and alter string.
local error, loadfile, next, rawget, type = error, loadfile, next, rawget, type
local concat, find, format, gmatch, gsub, match, open, sort, sub =
  table.concat, string.find, string.format, string.gmatch, string.gsub, string.match, io.open, table.sort, string.sub
local metatable_of, package, globals = debug.getmetatable, package, _G

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

--- Why a file did not load, as a fault.
local function unloadable(path, err)
  local file = open(path, "rb")
  local first = file and file:read(1)
  if file then
    file:close()
  end
  if not first and find(err, "^cannot ") then -- "cannot open", "cannot read": a folder, or no permission
    return errors.fault("Runtime.ImportModuleError", err)
  elseif first == "\27" then
    return errors.fault("Runtime.UserCodeSyntaxError", path .. " holds bytecode; a .lua file must be source text")
  end
  return errors.fault("Runtime.UserCodeSyntaxError", err)
end

--- Runs the file as `require` would, so that other modules share this instance of it.
local function run(file, path)
  local chunk, err = loadfile(path, "t")
  if not chunk then
    error(unloadable(path, err), 0)
  end
  local loaded, module = package.loaded, gsub(file, "/", ".")
  local result = chunk(module, path)
  if result ~= nil then
    loaded[module] = result
  elseif loaded[module] == nil then
    loaded[module] = true
  end
  return loaded[module]
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
    name, file, task_root, (gsub(tried, "^\n?", "\n"))))
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
  local path, tried = package.searchpath(file, package.path, "")
  if not path then
    error(missing_file(name, file, task_root, tried), 0)
  end
  local result = run(file, path)
  local handler = reach(result, fields, 1) or reach_global(fields)
  if not handler then
    error(missing_function(concat(fields, "."), path, result), 0)
  end
  return handler
end

return M
