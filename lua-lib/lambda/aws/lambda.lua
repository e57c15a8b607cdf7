--- Lambda: invokes other functions. docs/aws.md
--- https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
local crypto = require("lambda.crypto")
local failure = require("lambda.aws.failure")
local json = require("lambda.json")
local checked = require("lambda.aws.options")
local requests = require("lambda.http.request")
local transport = require("lambda.aws.transport")

-- A handler that forgets `local` may overwrite any global.
local error, format, require, setmetatable, type = error, string.format, require, setmetatable, type

local M = {}

---@class lambda.aws.InvokeOptions
---@field type "RequestResponse"|"Event"|"DryRun"|nil  "Event": does not wait, and Lambda tries again by itself
---@field qualifier string?   a version or an alias
---@field client_context any  becomes JSON, in base64
---@field log boolean?        asks for the last 4 KiB of the function's log
---@field raw boolean?        the payload is bytes both ways, not a value
---@field timeout_ms integer?

---@class lambda.aws.Invocation
---@field payload any         what the function returned; nil when nobody waited for it
---@field status integer      200, 202 for an event, 204 for a dry run
---@field executed_version string?
---@field log string?
---@field request_id string?

---@class lambda.aws.Lambda: lambda.aws.Client
local Lambda = {}
Lambda.__index = Lambda

local TYPES = { RequestResponse = true, Event = true, DryRun = true }
local OPTIONS = {
  type = "string", qualifier = "string", client_context = true, log = "boolean", raw = "boolean", timeout_ms = "count",
}

local function read_error(response)
  return require("lambda.aws.json_protocol").read_error(response)
end

local function check(client, name, options)
  checked.check_self(client, "client", "invoke", 3)
  if type(name) ~= "string" or name == "" then
    error("bad argument #1 to 'lambda:invoke' (the name or the ARN of a function expected)", 3)
  end
  options = options or {}
  local problem = checked.problem(OPTIONS, options)
  if not problem and options.type and not TYPES[options.type] then
    problem = "type: RequestResponse, Event or DryRun expected"
  end
  if problem then
    error(format("bad argument #3 to 'lambda:invoke' (%s)", problem), 3)
  end
  return options
end

--- The payload as bytes; nil and what is wrong with it.
local function bytes_of(payload, options)
  if options.raw then
    return type(payload) == "string" and payload or nil, "the payload is no string"
  elseif payload == nil then
    return "{}"
  end
  return json.encode(payload)
end

local function headers_of(options)
  local headers = {
    ["X-Amz-Invocation-Type"] = options.type, ["X-Amz-Log-Type"] = options.log and "Tail" or nil,
    ["Content-Type"] = "application/json",
  }
  if options.client_context ~= nil then
    local text, problem = json.encode(options.client_context)
    if not text then
      return nil, "client_context: " .. problem
    end
    headers["X-Amz-Client-Context"] = crypto.base64(text)
  end
  return headers
end

--- The function ran, and failed: its own error, with its type and message.
local function function_error(client, response, payload, kind)
  local fields = type(payload) == "table" and payload or {}
  local reason = fields.errorMessage
  if type(fields.errorType) == "string" then
    reason = fields.errorType .. ": " .. (type(reason) == "string" and reason or "")
  end
  local err = transport.invalid(client, "Invoke", response, reason or kind, "FunctionError")
  err.function_error, err.payload = kind, payload
  return err
end

local function read_invocation(client, response, options)
  local payload, problem = response.body, nil
  if not options.raw then
    payload = nil
    if response.body ~= "" then
      payload, problem = json.decode(response.body)
    end
  end
  local kind = response.headers["x-amz-function-error"]
  if kind then
    return nil, function_error(client, response, payload, kind)
  elseif problem then
    return nil, transport.invalid(client, "Invoke", response, problem)
  end
  local log = response.headers["x-amz-log-result"]
  return {
    payload = payload, status = response.status, executed_version = response.headers["x-amz-executed-version"],
    log = log and crypto.unbase64(log) or nil, request_id = response.headers["x-amzn-requestid"],
  }
end

--- Invokes a function.
---@param name string  name or ARN
---@param payload any  its event; {} unless given
---@param options lambda.aws.InvokeOptions?
---@return lambda.aws.Invocation?
---@return lambda.aws.Error?  code FunctionError, with `payload`, when the function failed
function Lambda:invoke(name, payload, options)
  options = check(self, name, options)
  local body, problem = bytes_of(payload, options)
  local headers
  if body then
    headers, problem = headers_of(options)
  end
  if not headers then
    return nil, failure.new(self.name, "Invoke", { code = "InvalidRequest", reason = problem })
  end
  local response, err = transport.send(self, {
    operation = "Invoke", read_error = read_error,
    build = function(url)
      return {
        method = "POST", url = format("%s/2015-03-31/functions/%s/invocations", url, requests.escape(name)),
        query = options.qualifier and { Qualifier = options.qualifier }, headers = checked.copy(headers), body = body,
        timeout_ms = options.timeout_ms,
      }
    end,
  })
  if not response then
    return nil, err
  end
  local invocation, invocation_err = read_invocation(self, response, options)
  return invocation, invocation_err
end

---@param name string
---@param service lambda.aws.Service
---@param options lambda.aws.ClientOptions
---@return lambda.aws.Lambda
function M.new(name, service, options)
  return setmetatable({ name = name, service = service, options = options, skew_ms = 0 }, Lambda)
end

return M
