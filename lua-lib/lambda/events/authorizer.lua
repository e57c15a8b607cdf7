--- What an authorizer is asked: a token, or a whole request.
--- https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-input.html
--- https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html
local facts = require("lambda.events.facts")
local http = require("lambda.events.http")
local json = require("lambda.json")

local M = {}

---@class lambda.events.Authorizer
---@field token string?       "Bearer made-up"
---@field request lambda.events.Http?  what the request is like, but for the token variant's

local KNOWN = { token = "string", request = "table" }

local function method_arn(stage, method, path)
  return ("arn:aws:execute-api:%s:%s:a1b2c3d4e5/%s/%s%s"):format(facts.REGION, facts.ACCOUNT, stage, method, path)
end

local function read(name, options)
  local o = facts.options(name, options, KNOWN, 3)
  local request = o.request or {}
  if type(request.headers or {}) ~= "table" then
    error(("events.%s: the headers of the request must be a table, got a %s"):format(name, type(request.headers)), 3)
  end
  facts.check_texts(name, "request.headers", request.headers, 3)
  local headers, token = request.headers or {}, nil
  for key, value in pairs(headers) do
    token = key:lower() == "authorization" and value or token
  end
  if not token then
    token = o.token or "Bearer made-up"
    headers.Authorization = token
  end
  request.headers = headers
  return request, token
end

--- The request's own event; raises for the builder's caller.
local function event_of(build, request)
  local ok, event = pcall(build, request)
  return ok and event or error(event, 3)
end

--- A REST API's TOKEN authorizer.
---@param options lambda.events.Authorizer?
---@return table
function M.authorizer_token(options)
  local request, token = read("authorizer_token", options)
  local event = event_of(http.apigw_v1, request)
  return {
    type = "TOKEN", authorizationToken = token,
    methodArn = method_arn(event.requestContext.stage, event.httpMethod, event.path),
  }
end

--- A REST API's REQUEST authorizer.
---@param options lambda.events.Authorizer?
---@return table
function M.authorizer_request(options)
  local request = read("authorizer_request", options)
  local event = event_of(http.apigw_v1, request)
  event.type = "REQUEST"
  event.methodArn = method_arn(event.requestContext.stage, event.httpMethod, event.path)
  event.body, event.isBase64Encoded = nil, nil -- an authorizer does not see the body
  return event
end

--- An HTTP API's authorizer, payload format 2.0.
---@param options lambda.events.Authorizer?
---@return table
function M.authorizer_v2(options)
  local request, token = read("authorizer_v2", options)
  local event = event_of(http.apigw_v2, request)
  event.type, event.identitySource = "REQUEST", json.array({ token })
  event.routeArn = method_arn(event.requestContext.stage, event.requestContext.http.method, event.rawPath)
  event.body, event.isBase64Encoded = nil, nil
  return event
end

return M
