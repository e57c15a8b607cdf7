--- The second argument of a handler: every header of the invocation, and what follows from them.
--- Fields are made on first use, so an invocation pays only for what its handler reads.
local errors = require("lambda.errors")
local native = require("lambda.native")

-- A handler that forgets `local` may overwrite any global.
local string = string
local max, tointeger = math.max, math.tointeger
local error, ipairs, next, rawget, rawset, require, setmetatable, tonumber, type =
  error, ipairs, next, rawget, rawset, require, setmetatable, tonumber, type

local M = {}

---@class lambda.Settings  what C knows of the environment; absent is nil
---@field handler string
---@field task_root string
---@field executable string?
---@field function_name string?
---@field function_version string?
---@field memory_limit_in_mb integer?
---@field log_group_name string?
---@field log_stream_name string?
---@field region string?
---@field init_type string?

---@class lambda.Context: lambda.Settings
---@field headers table<string, string>  every header of the event, names compared without case
---@field aws_request_id string
---@field invoked_function_arn string?
---@field deadline_ms integer?    Unix epoch
---@field trace_id string?        X-Ray
---@field tenant_id string?
---@field client_context any      decoded JSON; a mobile SDK's client, custom and env
---@field identity any            decoded JSON; a Cognito identity
---@field log lambda.Log
---@field remaining_ms fun(self: lambda.Context): integer?  never below 0
---@field get_remaining_time_in_millis fun(self: lambda.Context): integer?  the same, by Python's name

--- Holds the header block until `headers` is asked for; no string, so that no field can meet it.
local BLOCK = {}

local headers_mt = {
  __index = function(headers, name)
    return type(name) == "string" and rawget(headers, string.lower(name)) or nil
  end,
}

--- "name\0value\0"… (runtime/headers.h) as a table. A repeated header is one, joined by ", " (RFC 9110 §5.3), but the
--- platform's own have one value: the first counts, as it does for C.
local function parse_headers(block)
  local headers = {}
  for name, value in string.gmatch(block, "([^\0]*)\0([^\0]*)\0") do
    local earlier = headers[name]
    if not earlier then
      headers[name] = value
    elseif string.sub(name, 1, 15) ~= "lambda-runtime-" then
      headers[name] = earlier .. ", " .. value
    end
  end
  return setmetatable(headers, headers_mt)
end

--- An empty header means the same as none.
local function header(name)
  return function(context)
    local headers = context.headers -- nil where a handler took it away
    local value = headers and headers[name]
    return value ~= "" and value or nil
  end
end

local function json_header(name)
  local text_of = header(name)
  return function(context)
    local text = text_of(context)
    if not text then
      return nil
    end
    local value, err = native.json.decode(text)
    if err then
      error(errors.fault("Runtime.LambdaContextUnmarshalError",
        string.format("the header %s is not JSON: %s", name, err)), 0)
    end
    return value
  end
end

local deadline_text = header("lambda-runtime-deadline-ms")

local derived = {
  aws_request_id = header("lambda-runtime-aws-request-id"),
  invoked_function_arn = header("lambda-runtime-invoked-function-arn"),
  trace_id = header("lambda-runtime-trace-id"),
  tenant_id = header("lambda-runtime-aws-tenant-id"),
  client_context = json_header("lambda-runtime-client-context"),
  identity = json_header("lambda-runtime-cognito-identity"),
  deadline_ms = function(context)
    return tointeger(tonumber(deadline_text(context)))
  end,
  log = function()
    return require("lambda.log")
  end,
}

--- By the wall clock at each call: it is corrected when the sandbox thaws. Nil without a deadline.
local function remaining_ms(context)
  local deadline_ms = context.deadline_ms
  return deadline_ms and max(0, deadline_ms - native.now_ms())
end

--- A function from an invocation's header block to its context.
---@param settings lambda.Settings
---@return fun(block: string): lambda.Context
function M.factory(settings)
  local methods = { remaining_ms = remaining_ms, get_remaining_time_in_millis = remaining_ms }

  local function compute(context, key)
    if key == "headers" then
      local block = rawget(context, BLOCK)
      rawset(context, BLOCK, nil)
      return block and parse_headers(block)
    end
    local derive = derived[key]
    if derive then
      return derive(context)
    end
    return methods[key] or key ~= "executable" and settings[key] or nil
  end

  local mt = {}
  function mt.__index(context, key)
    local value = compute(context, key)
    if value ~= nil then
      rawset(context, key, value)
    end
    return value
  end

  --- pairs(context) shows every field that is there, used before or not.
  function mt.__pairs(context)
    local _ = context.headers -- first: it frees the block
    for _, fields in ipairs({ derived, settings, methods }) do
      for key in next, fields do
        _ = context[key]
      end
    end
    return next, context, nil
  end

  return function(block)
    return setmetatable({ [BLOCK] = block }, mt)
  end
end

return M
