--- "src/orders.api.create" → the function. Says precisely what is missing: the name, the file, the function.
local errors = require("lambda.errors")

local M = {}

--- Splits a handler's name: the file part ends at the first dot after the last slash.
---@param name string
---@return string? file  without extension, relative to the search path
---@return string[]|string fields_or_reason
local function parse(name)
  if name == "" then
    return nil, "no handler is set: _HANDLER is empty; set it to file.function, for example hello.handler"
  end
  if ("/" .. name .. "/"):find("/../", 1, true) then
    return nil, ("the handler '%s' leads out of the task root: '..' is not allowed"):format(name)
  end
  local folder, base, path = name:match("^(.-)([^/.]+)%.([^/]+)$")
  local fields = {}
  for field in (path or ""):gmatch("[^.]+") do
    fields[#fields + 1] = field
  end
  if not base or not folder:find("^$") and not folder:find("/$") or table.concat(fields, ".") ~= path then
    return nil, ("the handler '%s' has not the form file.function, for example hello.handler"):format(name)
  end
  return folder .. base, fields
end

--- Runs the file as `require` would, so that other modules share this instance of it.
local function run(file, path)
  local chunk, err = loadfile(path, "t")
  if not chunk and err:find("^cannot ") then -- "cannot open", "cannot read": a folder, or no permission
    error(errors.fault("Runtime.ImportModuleError", err), 0)
  elseif not chunk and err:find("binary chunk", 1, true) then
    error(errors.fault("Runtime.UserCodeSyntaxError",
      path .. " holds bytecode; a .lua file must be source text"), 0)
  elseif not chunk then
    error(errors.fault("Runtime.UserCodeSyntaxError", err), 0)
  end
  local module = file:gsub("/", ".")
  local result = chunk(module, path)
  if result ~= nil then
    package.loaded[module] = result
  elseif package.loaded[module] == nil then
    package.loaded[module] = true
  end
  return package.loaded[module]
end

local function is_callable(value)
  if type(value) == "function" then
    return true
  end
  local mt = getmetatable(value)
  return type(mt) == "table" and type(mt.__call) == "function"
end

--- Follows the fields; nil as soon as one is missing.
local function reach(value, fields)
  for _, field in ipairs(fields) do
    if type(value) ~= "table" then
      return nil
    end
    value = value[field]
  end
  return value
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
  table.sort(found)
  return found
end

local function missing_function(name, path, result)
  local found = function_names(result, "", 3, {})
  local there = #found > 0 and "the functions there are: " .. table.concat(found, ", ")
    or ("it returned %s; end it with `return { handler = … }`"):format(
      result == true and "nothing" or type(result) == "table" and "a table without functions" or "a " .. type(result))
  return errors.fault("Runtime.HandlerNotFound",
    ("%s has no function '%s' (neither in what it returns nor among the globals); %s"):format(path, name, there))
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
    error(errors.fault("Runtime.ImportModuleError",
      ("the handler '%s' needs a file %s.lua, but there is none; looked in the task root %s and the search path:%s")
        :format(name, file, task_root, tried:gsub("^\n?", "\n"))), 0)
  end
  local result = run(file, path)
  local handler = reach(result, fields)
  if not is_callable(handler) then
    handler = reach(_G, fields)
  end
  if not is_callable(handler) then
    error(missing_function(table.concat(fields, "."), path, result), 0)
  end
  return handler
end

return M
