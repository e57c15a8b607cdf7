--- A client of a service that speaks JSON: each operation of its API is a method, client:PutItem{ … }.
--- What sends requests is loaded with the first one.
local json = require("lambda.json")
local services = require("lambda.aws.services")

-- A handler that forgets `local` may overwrite any global.
local string = string
local error, format, rawget, require, setmetatable, tostring, type =
  error, string.format, rawget, require, setmetatable, tostring, type

local M = {}

---@class lambda.aws.ClientOptions
---@field region string?       AWS_REGION
---@field endpoint string?     AWS_ENDPOINT_URL_<SERVICE>, AWS_ENDPOINT_URL
---@field credentials lambda.aws.Credentials|(fun(): lambda.aws.Credentials?, lambda.Error?)|nil
---@field retries integer?     after the first try; AWS_MAX_ATTEMPTS less one, 2
---@field timeout_ms integer?  of one try
---@field raw boolean?         DynamoDB: attribute values as the wire has them
---@field ca_file string?      certificates to trust instead of the system's

---@class lambda.aws.CallOptions
---@field raw boolean?
---@field timeout_ms integer?

---@class lambda.aws.Client
---@field name string
---@field service lambda.aws.Service
---@field options lambda.aws.ClientOptions
---@field skew_ms integer  by which the service's clock is ahead
local Client = {}

--- Code and reason of an error's document.
local function read_error(response)
  local document = json.decode(response.body or "")
  local fields = type(document) == "table" and document or {}
  return response.headers["x-amzn-errortype"] or fields.__type or fields.code,
    fields.message or fields.Message or fields.errorMessage, type(document) == "table" and document or nil
end
M.read_error = read_error

local function is_raw(client, options)
  return client.name ~= "dynamodb" or (options.raw == nil and client.options.raw or options.raw) or false
end

--- The body of a request; nil and what is wrong with the parameters.
local function body_of(client, parameters, options)
  local problem
  if not is_raw(client, options) then
    parameters, problem = require("lambda.aws.dynamodb").to_wire(parameters)
  end
  if problem then
    return nil, problem
  end
  return json.encode(json.object(parameters))
end

local function invalid(...)
  return require("lambda.aws.transport").invalid(...)
end

--- The result of an answer.
local function read_result(client, operation, response, options)
  local result, problem = {}, nil
  if response.body ~= "" then
    result, problem = json.decode(response.body)
  end
  if type(result) ~= "table" then
    return nil, invalid(client, operation, response, "no JSON object" .. (problem and ": " .. problem or ""))
  elseif not is_raw(client, options) then
    result, problem = require("lambda.aws.dynamodb").from_wire(result)
  end
  if not result then
    return nil, invalid(client, operation, response, problem)
  end
  return result
end

local function check_call(operation, parameters, options)
  local at = parameters ~= nil and type(parameters) ~= "table" and "parameters" or "options"
  local wrong = at == "parameters" and parameters or options
  if wrong ~= nil and type(wrong) ~= "table" then
    error(format("bad argument to '%s' (a table of %s expected, got %s)", operation, at, type(wrong)), 4)
  end
end

local function call(client, operation, parameters, options)
  check_call(operation, parameters, options)
  options = options or {}
  local service = client.service
  local body, problem = body_of(client, require("lambda.aws.options").copy(parameters), options)
  if not body then
    return nil, require("lambda.aws.failure").new(client.name, operation, { code = "InvalidRequest", reason = problem })
  end
  local response, err = require("lambda.aws.transport").send(client, {
    operation = operation, read_error = read_error,
    build = function(url)
      return {
        method = "POST", url = url .. "/", body = body, timeout_ms = options.timeout_ms, headers = {
          ["Content-Type"] = "application/x-amz-json-" .. service.version,
          ["X-Amz-Target"] = service.target .. "." .. operation,
        },
      }
    end,
  })
  if not response then
    return nil, err
  end
  return read_result(client, operation, response, options)
end

local function check_name(operation)
  if type(operation) ~= "string" or not string.find(operation, "^%u%w+$") then
    error(format("'%s' is no operation: they are spelled as in AWS's API, GetItem", tostring(operation)), 3)
  end
end

--- An operation by its name.
---@param operation string  "GetItem"
---@param parameters table?
---@param options lambda.aws.CallOptions?
---@return table? result
---@return lambda.aws.Error? err
function Client:call(operation, parameters, options)
  check_name(operation)
  local result, err = call(self, operation, parameters, options)
  return result, err
end

--- The pages of an operation, for a loop. A page that cannot be had is raised.
---@param operation string
---@param parameters table?
---@param options lambda.aws.CallOptions?
---@return fun(): table?
function Client:pages(operation, parameters, options)
  check_name(operation)
  return require("lambda.aws.paging").over(function(page_parameters)
    local page, err = call(self, operation, page_parameters, options)
    return page, err
  end, parameters or {}, services.tokens(self.service, operation))
end

local client_mt = {
  __index = function(client, name)
    local method = Client[name]
    if method or type(name) ~= "string" then
      return method
    elseif not string.find(name, "^%u%w+$") then
      error(format("there is no method '%s': operations are spelled as in AWS's API, GetItem", name), 2)
    end
    method = function(self, parameters, options)
      local result, err = call(self, name, parameters, options)
      return result, err
    end
    client[name] = method
    return rawget(client, name)
  end,
}

---@param name string
---@param service lambda.aws.Service
---@param options lambda.aws.ClientOptions
---@return lambda.aws.Client
function M.new(name, service, options)
  return setmetatable({ name = name, service = service, options = options, skew_ms = 0 }, client_mt)
end

return M
