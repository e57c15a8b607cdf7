--- What to say when a handler's name leads to nothing: what is there instead, and where was looked.
local loader = require("lambda.loader")

-- The handler's file may overwrite any global.
local next, type = next, type
local concat, format, sort = table.concat, string.format, table.sort

local M = {}

local function collect(value, prefix, depth, is_callable, found)
  if type(value) ~= "table" or depth == 0 then
    return found
  end
  for key, member in next, value do
    if type(key) == "string" and is_callable(member) then
      found[#found + 1] = prefix .. key
    elseif type(key) == "string" then
      collect(member, prefix .. key .. ".", depth - 1, is_callable, found)
    end
  end
  return found
end

--- The names of the functions that a table holds, nested ones too: "create", "api.create".
---@param value any
---@param depth integer
---@param is_callable fun(value: any): boolean
---@return string[]
function M.function_names(value, depth, is_callable)
  local found = collect(value, "", depth, is_callable, {})
  sort(found)
  return found
end

---@param result any  of the handler's file
---@return string
function M.what_it_returned(result)
  if result == true then
    return "nothing"
  end
  return type(result) == "table" and "a table without functions" or "a " .. type(result)
end

--- The file is there, the function is not.
---@param name string        of the function, "api.handler"
---@param path string        of the file
---@param result any         what that returned
---@param is_callable fun(value: any): boolean
---@return lambda.Fault
function M.of_function(name, path, result, is_callable)
  local found = M.function_names(result, 3, is_callable)
  local there = #found > 0 and "the functions there are: " .. concat(found, ", ")
    or format("it returned %s; end it with `return { handler = … }`", M.what_it_returned(result))
  return loader.fault("Runtime.HandlerNotFound", format(
    "%s has no function '%s' (neither in what it returns nor among the globals); %s", path, name, there))
end

--- There is no such file.
---@param name string        of the handler, as it is configured
---@param file string        its part without the function
---@param task_root string
---@param tried string       the places, as package.searchpath tells them
---@return lambda.Fault
function M.of_file(name, file, task_root, tried)
  return loader.fault("Runtime.ImportModuleError", format(
    "the handler '%s' needs a file %s.lua, but there is none; looked in the task root %s and the search path:%s",
    name, file, task_root, tried))
end

return M
