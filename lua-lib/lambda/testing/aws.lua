--- Operations of AWS services, as their JSON protocol names them: by X-Amz-Target, whatever the endpoint.
local fakes = require("lambda.testing.fakes")
local http = require("lambda.testing.http")
local json = require("lambda.json")
local services = require("lambda.aws.services")

local error, setmetatable, tostring, type = error, setmetatable, tostring, type
local format, lower, match = string.format, string.lower, string.match

local M = {}

--- What X-Amz-Target begins with; raises for the caller at that level.
local function target_of(name, level)
  local service = services.get(type(name) == "string" and lower(name) or nil)
  if service and service.target then
    return service.target
  end
  error(format("testing.aws knows no service '%s', but %s; for those without X-Amz-Target (S3, Lambda, SNS) use "
    .. "testing.http with their URLs", tostring(name), services.names("json")), level + 1)
end

---@class lambda.testing.AwsError
---@field type string      "ConditionalCheckFailedException"
---@field message string?
---@field status integer?  400

---@class lambda.testing.Aws
---@field calls { input: any, request: lambda.testing.Request }[]  what was asked, the input decoded
local Aws = {}
Aws.__index = Aws

--- Takes the answer away.
function Aws:close()
  fakes.remove(self.fake)
end

Aws.__close = Aws.close

--- An error as the service would send it.
local function refusal(failure, name)
  if type(failure) ~= "table" or type(failure.type) ~= "string" then
    error(format("testing.aws: %s gave an error without a type; it must be like { type = \"ThrottlingException\", "
      .. "message = …, status = 400 }", name), 0)
  end
  return {
    status = failure.status or 400, headers = { ["x-amzn-errortype"] = failure.type },
    json = { __type = failure.type, message = failure.message },
  }
end

--- Puts an answer to one operation in place.
---@param service string    "dynamodb"
---@param operation string  "GetItem"
---@param result table|fun(input: any): table?, lambda.testing.AwsError?  as the service has it on the wire
---@return lambda.testing.Aws
function M.new(service, operation, result)
  local target = target_of(service, 3) .. "." .. tostring(operation)
  if type(operation) ~= "string" or not match(operation, "^%u%w*$") then
    error(format("testing.aws: '%s' is no operation, such as GetItem", tostring(operation)), 3)
  elseif type(result) ~= "table" and type(result) ~= "function" then
    error(format("testing.aws: a table or a function expected as what %s gives, got a %s", operation, type(result)), 3)
  end
  local name = service .. ":" .. operation
  local aws = setmetatable({ calls = {} }, Aws)

  local function respond(request)
    http.complete(request)
    local input, problem = request:json()
    if problem then
      error(format("testing.aws: the input of %s is not JSON: %s", name, problem), 0)
    end
    aws.calls[#aws.calls + 1] = { input = input, request = request }
    local output, failure = result, nil
    if type(result) == "function" then
      output, failure = result(input)
    end
    local reply = { json = output ~= nil and output or json.object() }
    return http.to_answer(failure ~= nil and refusal(failure, name) or reply, name)
  end

  aws.fake = {
    find = function(request)
      return request.headers["x-amz-target"] == target and respond or nil
    end,
    names = function() return { name } end,
  }
  fakes.add(aws.fake)
  return aws
end

return M
