--- A handler whose name is "=require('app').new()": Lua that gives the function.
local absence = require("lambda.absence")
local loader = require("lambda.loader")

-- The expression may overwrite any global, and alter string.
local error, load = error, load
local format, sub = string.format, string.sub

local M = {}

---@param name string  with the "="
---@param settings lambda.Settings
---@param take fun(value: any, holder: nil, settings: lambda.Settings): function?, string?, boolean?
---@return function handler
---@return string? convention
---@return boolean? is_choice  as lambda.handler's load
function M.load(name, settings, take)
  local chunk, err = load("return " .. sub(name, 2), "=_HANDLER", "t")
  if not chunk then
    error(loader.fault("Runtime.UserCodeSyntaxError", format("the handler '%s' does not compile: %s", name, err)), 0)
  end
  local value = chunk()
  local handler, convention, is_choice = take(value, nil, settings)
  if not handler then
    error(loader.fault("Runtime.HandlerNotFound", format("the handler '%s' gave no function, but %s",
      name, value == nil and "nil" or absence.what_it_returned(value))), 0)
  end
  return handler, convention, is_choice
end

return M
