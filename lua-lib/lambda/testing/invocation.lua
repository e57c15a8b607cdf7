--- One event as it comes from the platform: its bytes, its headers.
local json = require("lambda.json")

local error, getmetatable, next, tointeger, tostring, type = error, getmetatable, next, math.tointeger, tostring, type
local concat, find, format, lower, sort = table.concat, string.find, string.format, string.lower, table.sort

local M = {}

local REMAINING_MS = 3000 -- Lambda's default time-out
local REMAINING_LIMIT_MS = 1 << 53

---@class lambda.testing.EventOptions
---@field remaining_ms integer?  3000
---@field context table?         aws_request_id, invoked_function_arn, trace_id, tenant_id; client_context and identity,
---which become JSON
---@field headers table<string, string>?  further headers of the event

M.KNOWN = { remaining_ms = "number", context = "table", headers = "table" }

local HEADERS = {
  aws_request_id = "lambda-runtime-aws-request-id", invoked_function_arn = "lambda-runtime-invoked-function-arn",
  trace_id = "lambda-runtime-trace-id", tenant_id = "lambda-runtime-aws-tenant-id",
  client_context = "lambda-runtime-client-context", identity = "lambda-runtime-cognito-identity",
}

--- Raises for an option that there is not; `level` as for error.
---@param options table?
---@param known table<string, string>  name to type
---@param what string
---@param level integer
---@return table
function M.check_options(options, known, what, level)
  if options ~= nil and type(options) ~= "table" then
    error(format("bad options of %s (a table expected, got a %s)", what, type(options)), level + 1)
  end
  for name, value in next, options or {} do
    if not known[name] then
      local names = {}
      for each in next, known do
        names[#names + 1] = each
      end
      sort(names)
      error(format("%s has no option '%s'; it has %s", what, tostring(name), concat(names, ", ")), level + 1)
    elseif type(value) ~= known[name] then
      error(format("%s: the option '%s' must be a %s, got a %s", what, name, known[name], type(value)), level + 1)
    end
  end
  return options or {}
end

--- A value as one line of a header.
local function header_value(name, value, level)
  if type(value) == "table" and (name == HEADERS.client_context or name == HEADERS.identity) then
    value = json.encode(value)
  end
  if type(value) ~= "string" or find(value, "[%z\1-\31\127]") then
    error(format("the header %s must be a string without control characters, got a %s", name, type(value)), level + 1)
  end
  return value
end

local function read_remaining_ms(given, level)
  local ms = tointeger(given or REMAINING_MS)
  if not ms or ms < 0 or ms > REMAINING_LIMIT_MS then
    error("remaining_ms must be a whole number of milliseconds, not negative, at most 2^53", level + 1)
  end
  return ms
end

--- The headers of an event: what options say in the place of what is made up.
---@param options lambda.testing.EventOptions
---@param made_up table<string, string>
---@param now_ms integer
---@param level integer
---@return table<string, string> headers
---@return integer deadline_ms
function M.headers(options, made_up, now_ms, level)
  local remaining_ms, headers = read_remaining_ms(options.remaining_ms, level + 1), {}
  for name, value in next, made_up do
    headers[HEADERS[name]] = value
  end
  for name, value in next, options.context or {} do
    if not HEADERS[name] then
      error(format("the context of an event has no '%s'; it has aws_request_id, client_context, identity, "
        .. "invoked_function_arn, tenant_id, trace_id (what is the function's own is set by testing.load's env)",
        tostring(name)), level + 1)
    end
    headers[HEADERS[name]] = header_value(HEADERS[name], value, level + 1)
  end
  for name, value in next, options.headers or {} do
    if type(name) ~= "string" or not find(name, "^[%w!#$%%&'*+%-.^_`|~]+$") then
      error(format("%q is no name of a header", tostring(name)), level + 1)
    end
    headers[lower(name)] = header_value(name, value, level + 1)
  end
  local deadline_ms = now_ms + remaining_ms
  headers["lambda-runtime-deadline-ms"] = headers["lambda-runtime-deadline-ms"] or tostring(deadline_ms)
  return headers, deadline_ms
end

--- The header block of lambda.context: "name\0value\0"…
---@param headers table<string, string>
---@return string
function M.block(headers)
  local parts = {}
  for name, value in next, headers do
    parts[#parts + 1] = name .. "\0" .. value .. "\0"
  end
  sort(parts)
  return concat(parts)
end

local raw_mt = getmetatable(json.raw(""))

--- The bytes of an event: its JSON; under the conventions string and stdio, a string is the bytes themselves.
---@param event any
---@param is_bytes boolean
---@param level integer
---@return string
function M.bytes(event, is_bytes, level)
  if is_bytes and type(event) == "string" then
    return event
  elseif type(event) == "table" and getmetatable(event) == raw_mt then
    return event[1]
  end
  local text, problem = json.encode(event)
  return text or error("the event has no JSON form: " .. problem, level + 1)
end

return M
