--- What methods of clients are called with: tables of options, checked by the types of their fields, and copied; the
--- client itself.
local error, format, math_type, next, tostring, type = error, string.format, math.type, next, tostring, type

local M = {}

--- What is wrong with a table of options; nothing when it is right.
---@param types table<string, string|true>  "string", "table", …, "count" for a whole number from 0 up; true for any
---@param options any
---@return string?
function M.problem(types, options)
  if type(options) ~= "table" then
    return format("a table of options expected, got %s", type(options))
  end
  for name, value in next, options do
    local expected = types[name]
    local is_count = expected == "count"
    if not expected then
      return format("there is no option '%s'", tostring(name))
    elseif is_count and (math_type(value) ~= "integer" or value < 0) then
      return format("%s: a whole number from 0 up expected", name)
    elseif not is_count and expected ~= true and type(value) ~= expected then
      return format("%s: a %s expected, got %s", name, expected, type(value))
    end
  end
end

--- Whether a request can be signed with them.
---@param value any
---@return boolean
function M.are_credentials(value)
  return type(value) == "table" and type(value.access_key_id) == "string" and type(value.secret_access_key) == "string"
    and (value.session_token == nil or type(value.session_token) == "string")
end

--- A copy, one level deep; of nothing an empty table.
---@param map table?
---@return table
function M.copy(map)
  local result = {}
  for name, value in next, map or {} do
    result[name] = value
  end
  return result
end

--- Raises for a method that was called with a dot: client.GetItem{…} takes the parameters for the client.
---@param client any
---@param object string  what the client is called in the message
---@param method string
---@param level integer  whom that blames, as for error
function M.check_self(client, object, method, level)
  if type(client) ~= "table" or not client.service then
    error(format("bad call of '%s' (it wants a colon: %s:%s)", method, object, method), level + 1)
  end
end

return M
