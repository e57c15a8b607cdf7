--- A table of functions in the place of one: keyed by the function's name in Lambda, or by the alias that was invoked.
--- One package then serves several functions.
local errors = require("lambda.errors")

-- The handler's file may overwrite any global, and alter string.
local error, next, rawget, type = error, next, rawget, type
local concat, format, match, sort = table.concat, string.format, string.match, table.sort

local M = {}

local UNSAID = "that of LUNAMBDA_EVENT"

--- The functions by their keys, the keys in order, and the convention that they share.
local function collect(value, holder, read)
  local functions, keys, by_convention = {}, {}, {}
  for key, member in next, value do
    local handler, convention = read(member, value)
    if handler and type(key) == "string" then
      functions[key], keys[#keys + 1] = handler, key
      convention = convention or type(holder) == "table" and rawget(holder, "convention")
      by_convention[convention or UNSAID] = true
    end
  end
  sort(keys)
  return functions, keys, by_convention
end

--- The form of the event is settled before anyone knows the alias.
local function only_convention(by_convention)
  local names = {}
  for name in next, by_convention do
    names[#names + 1] = name
  end
  if #names > 1 then
    sort(names)
    error(errors.fault("Runtime.ConfigInvalid", format(
      "the functions of one table must share their convention, but these have: %s", concat(names, ", "))), 0)
  end
  return names[1] ~= UNSAID and names[1] or nil
end

--- "arn:aws:lambda:eu-central-1:123456789012:function:orders:live" → "live"; nil without an alias.
local function alias_of(arn)
  return arn and match(arn, ":function:[^:]+:([^:]+)$")
end

--- The alias comes first, then the function's name, then "default".
---@param value table               name or alias → function, or { handler = f }
---@param holder any                the table whose field this is
---@param settings lambda.Settings
---@param read fun(value: any, holder: any): function?, string?
---@return (fun(make: fun(f: function): function): function)?  from what makes one of them a handler to what makes
---all of them one; nil when there is no function
---@return string? convention
function M.new(value, holder, settings, read)
  local functions, keys, by_convention = collect(value, holder, read)
  if #keys == 0 then
    return nil
  end
  local name = settings.function_name
  local otherwise = name and functions[name] or functions.default
  if not otherwise then
    error(errors.fault("Runtime.HandlerNotFound", format(
      "the handler is a table of functions, but none is for the function '%s', and there is no 'default'; the keys "
      .. "there are: %s", name or "(AWS_LAMBDA_FUNCTION_NAME is not set)", concat(keys, ", "))), 0)
  end
  local convention = only_convention(by_convention)
  return function(make)
    local handlers, handler = {}, make(otherwise)
    for key, f in next, functions do
      handlers[key] = make(f)
    end
    return function(event, context)
      local alias = alias_of(context.invoked_function_arn)
      return (alias and handlers[alias] or handler)(event, context)
    end
  end, convention
end

return M
