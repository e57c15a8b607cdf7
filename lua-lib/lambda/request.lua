--- The HTTP request in an event, in one shape: from API Gateway (REST and HTTP APIs), a function URL, or an Application
--- Load Balancer. docs/http-convention.md is the manual.
local native = require("lambda.native")
local texts = require("lambda.request_text")

-- A handler that forgets `local` may overwrite any global.
local next, rawget, rawset, require, setmetatable, type =
  next, rawget, rawset, require, setmetatable, type
local find, format, lower, sub = string.find, string.format, string.lower, string.sub
local concat = table.concat

local M = {}

---@class lambda.Request
---@field kind "v1"|"v2"|"url"|"alb"  REST API (or payload 1.0), HTTP API, function URL, load balancer
---@field method string                     "GET"
---@field path string                       without the stage; escapes (%20) as they came
---@field raw_path string                   as it came
---@field raw_query string?                 where the event has it (v2, url)
---@field query table<string, string>       decoded; of several values the last
---@field multi_query table<string, string[]>
---@field headers table<string, string>     names compared without case; several values joined by ", "
---@field multi_headers table<string, string[]>  names in lower case
---@field cookies table<string, string>     of several with one name the first
---@field body string                       its bytes; "" when there is none
---@field is_base64 boolean                 whether the event had it in base64
---@field path_parameters table<string, string>
---@field stage string?                     "$default", "prod"
---@field stage_variables table<string, string>
---@field source_ip string?                 of the client, as the service saw it
---@field request_id string?                of the service, not of Lambda
---@field authorizer any                    what an authorizer of API Gateway found
---@field event table                       as it came
local Request = {}

local function table_or_nil(value)
  return type(value) == "table" and value or nil
end

local function text_or_nil(value)
  return type(value) == "string" and value ~= "" and value or nil
end

local function same(text)
  return text
end

--- The last of each list.
local function last_of(lists)
  local values = {}
  for name, list in next, lists do
    values[name] = list[#list]
  end
  return values
end

local headers_mt = {
  __index = function(headers, name)
    return type(name) == "string" and rawget(headers, lower(name)) or nil
  end,
}

--- What is computed when it is first asked for.
local derived = {}

function derived.multi_query(request)
  local event = request.event
  if request.raw_query then
    return texts.form(request.raw_query)
  end
  local decode = request.kind == "alb" and texts.unescape or same -- a load balancer passes on what came
  return texts.lists_of(event.multiValueQueryStringParameters, event.queryStringParameters, decode, decode)
end

function derived.query(request)
  return last_of(request.multi_query)
end

function derived.multi_headers(request)
  return texts.lists_of(request.event.multiValueHeaders, request.event.headers, lower, same)
end

function derived.headers(request)
  local headers = {}
  for name, list in next, request.multi_headers do
    headers[name] = concat(list, name == "cookie" and "; " or ", ")
  end
  return setmetatable(headers, headers_mt)
end

function derived.cookies(request)
  local cookies = {}
  for _, text in next, table_or_nil(request.event.cookies) or {} do
    texts.add_cookies(cookies, texts.scalar(text) or "")
  end
  texts.add_cookies(cookies, request.headers.cookie or "")
  return cookies
end

--- What the service adds to that, of which most handlers ask nothing.
local OF_SERVICE = {
  path_parameters = true, stage_variables = true, stage = true, request_id = true, authorizer = true,
  source_ip = true,
}

--- The body's JSON, or nil and what is wrong with it.
---@return any value
---@return string? err
function Request:json()
  return native.json.decode(self.body)
end

--- The fields of a form: the last value of each, and all of them. Nil and why not for any other body.
---@return table<string, string>? fields
---@return table<string, string[]>|string lists_or_err
function Request:form()
  local content_type = self.headers["content-type"] or ""
  if not find(lower(content_type), "^%s*application/x%-www%-form%-urlencoded%s*$")
    and not find(lower(content_type), "^%s*application/x%-www%-form%-urlencoded%s*;") then
    return nil, format("the body is no form: its content-type is '%s'", content_type)
  end
  local lists = texts.form(self.body)
  return last_of(lists), lists
end

local mt = { __name = "lambda.request" }

function mt.__index(request, key)
  local method = Request[key]
  local derive = derived[key] or OF_SERVICE[key] and require("lambda.request_service")[key]
  if method or not derive then
    return method
  end
  local value = derive(request)
  rawset(request, key, value)
  return value
end

--- "/prod/orders" in the stage prod → "/orders".
local function without_stage(path, stage)
  if type(stage) ~= "string" or stage == "$default" or sub(path, 1, #stage + 1) ~= "/" .. stage then
    return path
  end
  local rest = sub(path, #stage + 2)
  return rest == "" and "/" or sub(rest, 1, 1) == "/" and rest or path
end

--- Payload 2.0, of HTTP APIs and function URLs.
local function from_v2(event, service)
  local http = service.http
  local path = text_or_nil(event.rawPath) or text_or_nil(http.path)
  if not path or not text_or_nil(http.method) then
    return nil, "requestContext.http has no method, or there is no rawPath"
  end
  local domain = text_or_nil(service.domainName) or ""
  return {
    kind = find(domain, ".lambda-url.", 1, true) and "url" or "v2",
    method = http.method,
    path = without_stage(path, service.stage),
    raw_path = path,
    raw_query = text_or_nil(event.rawQueryString),
  }
end

--- Payload 1.0, of REST APIs, and a load balancer's.
local function from_v1(event, service)
  local path = text_or_nil(event.path)
  if not path then
    return nil, "it has an httpMethod, but no path"
  end
  return { kind = service.elb and "alb" or "v1", method = event.httpMethod, path = path, raw_path = path }
end

--- The body's bytes, or nil and what is wrong with it.
local function body_of(event)
  local body = event.body
  if body == nil or body == native.json.null then
    return ""
  elseif type(body) ~= "string" then
    return nil, format("its body is a %s, not text", type(body))
  elseif event.isBase64Encoded ~= true then
    return body
  end
  local bytes, problem = require("lambda.crypto").unbase64(body)
  return bytes, problem and "its body should be base64, and is not: " .. problem or nil
end

local NO_REQUEST = "the event is no HTTP request of API Gateway, a function URL or a load balancer: "

--- The request in an event; nil and why when it holds none.
---@param event any
---@return lambda.Request?
---@return string? err
function M.from(event)
  if type(event) ~= "table" then
    return nil, NO_REQUEST .. (event == native.json.null and "it is null" or "it is a " .. type(event))
  end
  local service, request = table_or_nil(event.requestContext) or {}, nil
  local problem = "it has neither requestContext.http nor an httpMethod"
  if type(service.http) == "table" then
    request, problem = from_v2(event, service)
  elseif text_or_nil(event.httpMethod) then
    request, problem = from_v1(event, service)
  end
  local body
  if request then
    body, problem = body_of(event)
  end
  if not request or not body then
    return nil, NO_REQUEST .. problem
  end
  request.body, request.is_base64, request.event = body, event.isBase64Encoded == true, event
  return setmetatable(request, mt)
end

return M
