--- A client of a service: each operation of its API is a method, client:PutItem{ … }.
--- What sends requests is loaded with the first one.

-- A handler that forgets `local` may overwrite any global.
local error, rawget, require, setmetatable, tostring, type = error, rawget, require, setmetatable, tostring, type
local find, format = string.find, string.format

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

local PROTOCOLS = { json = "lambda.aws.json_protocol", query = "lambda.aws.query_protocol" }

local function perform(client, operation, parameters, options)
  return require(PROTOCOLS[client.service.protocol]).call(client, operation, parameters, options or {})
end

local function check_self(client, method)
  require("lambda.aws.options").check_self(client, "client", method, 3)
end

local OPTIONS = { raw = "boolean", timeout_ms = "count" }

local function check_tables(operation, parameters, options)
  local problem
  if parameters ~= nil and type(parameters) ~= "table" then
    problem = format("a table of parameters expected, got %s", type(parameters))
  elseif options ~= nil then
    problem = require("lambda.aws.options").problem(OPTIONS, options)
  end
  if problem then
    error(format("bad argument to '%s' (%s)", operation, problem), 3)
  end
end

local function is_operation(name)
  return type(name) == "string" and find(name, "^%u%w+$") ~= nil
end

local function check_name(operation)
  if not is_operation(operation) then
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
  check_self(self, "call")
  check_name(operation)
  check_tables(operation, parameters, options)
  return perform(self, operation, parameters, options)
end

--- The pages of an operation, for a loop. A page that cannot be had is raised.
---@param operation string
---@param parameters table?
---@param options lambda.aws.CallOptions?
---@return fun(): table?
function Client:pages(operation, parameters, options)
  check_self(self, "pages")
  check_name(operation)
  check_tables(operation, parameters, options)
  local paging = require("lambda.aws.paging")
  return paging.over(function(page_parameters)
    return perform(self, operation, page_parameters, options)
  end, parameters or {}, paging.tokens(self.name, operation))
end

local client_mt = {
  __index = function(client, name)
    local method = Client[name]
    if method or type(name) ~= "string" then
      return method
    elseif not is_operation(name) then
      error(format("there is no method '%s': operations are spelled as in AWS's API, GetItem", name), 2)
    end
    method = function(self, parameters, options)
      check_self(self, name)
      check_tables(name, parameters, options)
      return perform(self, name, parameters, options)
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
