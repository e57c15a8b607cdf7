--- What the fields of a context are and how they are made (lambda.context).
local native = require("lambda.native")

-- A handler that forgets `local` may overwrite any global.
local string = string
local max, tointeger = math.max, math.tointeger
local error, ipairs, next, rawget, rawset, require, setmetatable, tonumber, type =
  error, ipairs, next, rawget, rawset, require, setmetatable, tonumber, type

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
      error(require("lambda.errors").fault("Runtime.LambdaContextUnmarshalError",
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

--- Gives the metatable of contexts its metamethods.
---@param mt table
---@param settings lambda.Settings
---@param block_key table  what a context has its header block under
return function(mt, settings, block_key)
  local methods = { remaining_ms = remaining_ms, get_remaining_time_in_millis = remaining_ms }

  local function compute(context, key)
    if key == "headers" then
      local block = rawget(context, block_key)
      rawset(context, block_key, nil)
      return block and parse_headers(block)
    end
    local derive = derived[key]
    if derive then
      return derive(context)
    end
    return methods[key] or key ~= "executable" and settings[key] or nil
  end

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
end
