--- A handler's name → the function and its convention. Says precisely what is missing: the name, the file, the
--- function. docs/handler.md has the forms.
local loader = require("lambda.loader")
local native = require("lambda.native")

-- The handler's file may overwrite any global, and alter string.
local error, rawget, require, type = error, rawget, require, type
local concat, find, format, gmatch, match, sub =
  table.concat, string.find, string.format, string.gmatch, string.match, string.sub
local globals, is_callable = _G, native.is_callable

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

--- A field of what may be a table, for reading options: a module's __index may raise for what is not there.
local function option(value, name)
  if type(value) == "table" then
    return rawget(value, name)
  end
end

--- What a field holds as a function, and its convention as far as it says: a function, or { handler = f, … }.
---@param value any
---@param holder any  the table whose field it is
---@return function? handler
---@return string? convention
local function read(value, holder)
  if is_callable(value) then
    return value, option(value, "convention") or option(holder, "convention")
  end
  local inner = option(value, "handler")
  if is_callable(inner) then
    return inner, option(value, "convention") or option(holder, "convention")
  end
end

--- Follows the fields from the one at `first` on; nil as soon as one is missing.
---@return any value
---@return any holder
local function reach(value, fields, first)
  local holder
  for i = first, #fields do
    if type(value) ~= "table" then
      return nil
    end
    holder, value = value, value[fields[i]]
  end
  return value, holder
end

--- The same among the globals, if the file defined it: before is what Lua itself had under that name. Raw: a strict
--- _G raises for what is not there.
local function reach_global(fields, before)
  local value = rawget(globals, fields[1])
  if value ~= before then
    return reach(value, fields, 2)
  end
end

--- What is only needed where there is no function at the end of the name.
local function absence()
  return require("lambda.absence")
end

--- A function, or the choice among those of a table; nothing for anything else.
---@return function? handler
---@return string? convention
---@return boolean? is_choice  the function is what lambda.choice gave
local function take(value, holder, settings)
  local handler, convention = read(value, holder)
  if handler or type(value) ~= "table" or #absence().function_names(value, 2, is_callable) == 0 then
    return handler, convention
  end
  handler, convention = require("lambda.choice").new(value, holder, settings, read)
  return handler, convention, true
end

local function from_file(file, fields, path, kind, settings)
  local before = rawget(globals, fields[1])
  local result = loader.run(file, path, kind)
  local value, holder = reach(result, fields, 1)
  local handler, convention, is_choice = take(value, holder, settings)
  if not handler then
    value, holder = reach_global(fields, before)
    handler, convention, is_choice = take(value, holder, settings)
  end
  if not handler then
    error(absence().of_function(concat(fields, "."), path, result, is_callable), 0)
  end
  return handler, convention, is_choice
end

--- Loads the function that a handler's name means. Raises faults of lambda.errors, or what the file raised.
---@param name string               "src/orders.api.create"
---@param settings lambda.Settings  task_root is for the messages: the search goes by package.path
---@return fun(event: any, context: lambda.Context): any, any
---@return string? convention       as far as the module says
---@return boolean? is_choice        the function is what lambda.choice gave
function M.load(name, settings)
  if sub(name, 1, 1) == "=" then
    return require("lambda.expression").load(name, settings, take)
  end
  local file, fields = parse(name)
  if not file then
    error(loader.fault("Runtime.MalformedHandlerName", fields), 0)
  end
  local path, kind = loader.find(file)
  if not path then
    error(absence().of_file(name, file, settings.task_root, kind), 0)
  elseif #fields == 1 and fields[1] == "lua" then
    return require("lambda.script").load(path, kind), "stdio"
  end
  return from_file(file, fields, path, kind, settings)
end

return M
