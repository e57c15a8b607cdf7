--- A fake of the JSON APIs of SSM, the Secrets Manager and DynamoDB, for http_server. Signatures are not looked at.
---
---     GetParameter(s)   "/none…" is not there; "/json" a JSON object; any other one's value is M.VALUE .. its name
---     GetSecretValue    "none" is not there; "denied" is refused; any other one is {"key": M.VALUE}
---     DynamoDB          one table for each path, "t" (fake_dynamodb)
---     GET /calls        what was called, a JSON list of names
local attributes = require("lambda.aws.attributes")
local reading = require("lambda.aws.attributes_read")
local fake_dynamodb = require("fake_dynamodb")
local json = require("lambda.json")

local M = {}

--- What must be seen nowhere but where it belongs.
M.VALUE = "hunter2-"

local function answer(status, document)
  local body = type(document) == "string" and document or assert(json.encode(document))
  return ("HTTP/1.1 %d X\r\nContent-Type: application/x-amz-json-1.1\r\nContent-Length: %d\r\n\r\n%s")
    :format(status, #body, body)
end

local function refuse(code, message)
  return answer(400, { __type = code, message = message })
end

local function parameter(name)
  local base, selector = name:match("^(.-)(:%w+)$")
  return {
    Name = base or name, Selector = selector, ARN = "arn:aws:ssm:eu-central-1:1:parameter" .. name,
    Value = name == "/json" and ('{"user":"%suser","port":5432}'):format(M.VALUE) or M.VALUE .. name,
  }
end

local OPERATIONS = {
  GetParameter = function(request)
    if request.Name:find("none") then
      return refuse("ParameterNotFound", "")
    end
    return answer(200, { Parameter = parameter(request.Name) })
  end,
  GetParameters = function(request)
    local found, missing = json.array(), json.array()
    for _, name in ipairs(request.Names) do
      local list = name:find("none") and missing or found
      list[#list + 1] = list == missing and name or parameter(name)
    end
    return answer(200, { Parameters = found, InvalidParameters = missing })
  end,
  GetSecretValue = function(request)
    if request.SecretId == "none" then
      return refuse("ResourceNotFoundException", "Secrets Manager can't find the specified secret.")
    elseif request.SecretId == "denied" then
      return refuse("AccessDeniedException", "User is not authorized to perform: secretsmanager:GetSecretValue")
    end
    return answer(200, { Name = request.SecretId, SecretString = ('{"key":"%skey"}'):format(M.VALUE) })
  end,
}

local function plain(item)
  return item and reading.unmarshal_item(item)
end

local function dynamodb(state, operation, request)
  state.tables = state.tables or {}
  local items = state.tables[request.path] or fake_dynamodb.new("t")
  state.tables[request.path], request = items, assert(json.decode(request.body))
  request.Item, request.Key = plain(request.Item), plain(request.Key)
  request.ExpressionAttributeValues = plain(request.ExpressionAttributeValues)
  local result, err = items[operation](items, request)
  if not result then
    return refuse("com.amazonaws.dynamodb.v20120810#" .. err.code, err.message)
  end
  result.Item = result.Item and assert(attributes.marshal_item(result.Item))
  return answer(200, json.object(result))
end

--- One request's answer (http_server).
function M.answer(request, state)
  state.calls = state.calls or json.array()
  if request.path == "/calls" then
    return answer(200, state.calls)
  end
  local service, operation = request.headers["x-amz-target"]:match("^(%w+).-%.(%w+)$")
  state.calls[#state.calls + 1] = operation
  if service == "DynamoDB" then
    return dynamodb(state, operation, request)
  end
  return OPERATIONS[operation](assert(json.decode(request.body)))
end

return M
