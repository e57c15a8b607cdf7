--- AWS's JSON protocols, 1.0 and 1.1: an operation is a POST with its name in X-Amz-Target, its parameters the body
--- (https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html).
local checked = require("lambda.aws.options")
local failure = require("lambda.aws.failure")
local json = require("lambda.json")
local transport = require("lambda.aws.transport")

-- A handler that forgets `local` may overwrite any global.
local require, type = require, type

local M = {}

--- Code and reason of an error's document.
---@param response lambda.http.Response
---@return any code
---@return any reason
---@return table? document
function M.read_error(response)
  local document = json.decode(response.body or "")
  local fields = type(document) == "table" and document or {}
  return response.headers["x-amzn-errortype"] or fields.__type or fields.code,
    fields.message or fields.Message or fields.errorMessage, type(document) == "table" and document or nil
end

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

--- The result of an answer.
local function read_result(client, operation, response, options)
  local result, problem = {}, nil
  if response.body ~= "" then
    result, problem = json.decode(response.body)
  end
  if type(result) ~= "table" then
    return nil, transport.invalid(client, operation, response, "no JSON object" .. (problem and ": " .. problem or ""))
  elseif not is_raw(client, options) then
    result, problem = require("lambda.aws.dynamodb").from_wire(result)
  end
  if not result then
    return nil, transport.invalid(client, operation, response, problem)
  end
  return result
end

--- Calls an operation.
---@param client lambda.aws.Client
---@param operation string  "GetItem"
---@param parameters table?
---@param options lambda.aws.CallOptions
---@return table? result
---@return lambda.aws.Error? err
function M.call(client, operation, parameters, options)
  local service = client.service
  local body, problem = body_of(client, checked.copy(parameters), options)
  if not body then
    return nil, failure.new(client.name, operation, { code = "InvalidRequest", reason = problem })
  end
  local response, err = transport.send(client, {
    operation = operation, read_error = M.read_error,
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

return M
