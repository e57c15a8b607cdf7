--- HTTP requests as API Gateway, a load balancer and a function URL hand them on.
--- https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html (v1, v2)
--- https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html
--- https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html
local facts = require("lambda.events.facts")
local json = require("lambda.json")

local M = {}

---@class lambda.events.Http
---@field method string?           "GET"
---@field path string?             "/", with its stage where there is one left out
---@field query table<string, string|string[]>?
---@field headers table<string, string|string[]>?
---@field cookies string[]?        "name=value"
---@field body any?                text or bytes (which become base64); a table becomes JSON, with its content type
---@field path_parameters table<string, string>?  apigw
---@field stage_variables table<string, string>?  apigw
---@field route string?            apigw: the resource, "/orders/{id}"; the path unless given
---@field stage string?            apigw: "$default", for v1 "prod"
---@field source_ip string?
---@field user_agent string?
---@field authorizer table?        requestContext.authorizer
---@field multi_value boolean?     alb: the target group has multi-value headers

local KNOWN = {
  method = "string", path = "string", query = "table", headers = "table", cookies = "table", body = "any",
  path_parameters = "table", stage_variables = "table", route = "string", stage = "string",
  source_ip = "string", user_agent = "string", authorizer = "table", multi_value = "boolean",
}

local function values_of(value)
  return type(value) == "table" and value or { value }
end

local function sorted_names(map)
  local names = {}
  for name in pairs(map) do
    names[#names + 1] = name
  end
  table.sort(names)
  return names
end

--- Bytes outside the unreserved characters of RFC 3986 as %XX.
local function escape(text)
  return (tostring(text):gsub("[^%w%-._~]", function(byte)
    return ("%%%02X"):format(byte:byte())
  end))
end

local function query_string(query)
  local pairs_of = {}
  for _, name in ipairs(sorted_names(query)) do
    for _, value in ipairs(values_of(query[name])) do
      pairs_of[#pairs_of + 1] = escape(name) .. "=" .. escape(value)
    end
  end
  return table.concat(pairs_of, "&")
end

--- Each name with one string: the last value, or all of them joined.
local function single(map, separator, transform)
  local result = json.object()
  for name, value in pairs(map) do
    local values = {}
    for i, each in ipairs(values_of(value)) do
      values[i] = (transform or tostring)(each)
    end
    result[(transform or tostring)(name)] = separator and table.concat(values, separator) or values[#values]
  end
  return result
end

local function multi(map, transform)
  local result = json.object()
  for name, value in pairs(map) do
    local values = json.array()
    for i, each in ipairs(values_of(value)) do
      values[i] = (transform or tostring)(each)
    end
    result[(transform or tostring)(name)] = values
  end
  return result
end

local function or_null(map)
  return next(map) ~= nil and map or json.null
end

--- A body as an event has it; whether that is base64, and the content type where it is known.
local function read_body(name, body)
  if type(body) == "table" then
    return facts.text(name, "body", body, 4), false, "application/json"
  elseif body == nil then
    return nil, false
  end
  local text = tostring(body)
  if utf8.len(text) then
    return text, false
  end
  return require("lambda.crypto").base64(text), true
end

--- What the four have in common, the defaults filled in.
local function read(name, options)
  local o = facts.options(name, options, KNOWN, 3)
  facts.check_texts(name, "headers", o.headers, 3)
  facts.check_texts(name, "query", o.query, 3)
  facts.check_list(name, "cookies", o.cookies, 3)
  local source_ip, user_agent = o.source_ip or "192.0.2.1", o.user_agent or "lunambda"
  local body, is_base64, content_type = read_body(name, o.body)
  local headers = {
    host = "api.example.com", ["user-agent"] = user_agent, ["content-type"] = content_type,
    ["x-forwarded-for"] = source_ip, ["x-forwarded-port"] = "443", ["x-forwarded-proto"] = "https",
  }
  for header, value in pairs(o.headers or {}) do
    headers[header:lower()] = value
  end
  return {
    method = o.method or (body and "POST" or "GET"), path = o.path or "/", query = o.query or {}, headers = headers,
    cookies = o.cookies, body = body, is_base64 = is_base64, options = o,
    source_ip = source_ip, user_agent = user_agent,
  }
end

local function with_cookie_header(request)
  if request.cookies then
    request.headers.cookie = table.concat(request.cookies, "; ")
  end
  return request.headers
end

--- As the service writes the headers that it adds, and clients of HTTP/1.1 the others.
local WRITTEN = {
  host = "Host", cookie = "Cookie", ["user-agent"] = "User-Agent", ["content-type"] = "Content-Type",
  ["x-forwarded-for"] = "X-Forwarded-For", ["x-forwarded-port"] = "X-Forwarded-Port",
  ["x-forwarded-proto"] = "X-Forwarded-Proto",
}

--- Headers under names in the case in which the client wrote them, if it did.
local function as_written(headers, given)
  local names, result = {}, {}
  for name in pairs(given or {}) do
    names[name:lower()] = name
  end
  for name, value in pairs(headers) do
    result[names[name] or WRITTEN[name]] = value
  end
  return result
end

--- API Gateway, REST API: alone among the four it leaves the names of headers as they were written.
---@param options lambda.events.Http?
---@return table
function M.apigw_v1(options)
  local r = read("apigw_v1", options)
  local o = r.options
  local headers = as_written(with_cookie_header(r), o.headers)
  local stage, resource = o.stage or "prod", o.route or r.path
  return {
    resource = resource, path = r.path, httpMethod = r.method,
    headers = single(headers), multiValueHeaders = multi(headers),
    queryStringParameters = or_null(single(r.query)), multiValueQueryStringParameters = or_null(multi(r.query)),
    pathParameters = or_null(o.path_parameters or {}), stageVariables = or_null(o.stage_variables or {}),
    requestContext = {
      accountId = facts.ACCOUNT, apiId = "a1b2c3d4e5", authorizer = o.authorizer,
      domainName = "a1b2c3d4e5.execute-api." .. facts.REGION .. ".amazonaws.com", domainPrefix = "a1b2c3d4e5",
      extendedRequestId = "made-up=", httpMethod = r.method,
      identity = {
        accessKey = json.null, accountId = json.null, caller = json.null, cognitoAuthenticationProvider = json.null,
        cognitoAuthenticationType = json.null, cognitoIdentityId = json.null, cognitoIdentityPoolId = json.null,
        principalOrgId = json.null, sourceIp = r.source_ip, user = json.null, userAgent = r.user_agent,
        userArn = json.null,
      },
      path = "/" .. stage .. r.path, protocol = "HTTP/1.1", requestId = facts.uuid(1),
      requestTime = os.date("!%d/%b/%Y:%H:%M:%S +0000", facts.TIME_S), requestTimeEpoch = facts.TIME_S * 1000,
      resourceId = "r1s2t3", resourcePath = resource, stage = stage,
    },
    body = r.body or json.null, isBase64Encoded = r.is_base64,
  }
end

--- Payload format 2.0, of which a function URL has a flavour.
local function version_2(r, route_key, stage, context)
  local o = r.options
  context.domainPrefix = context.domainName:match("^[^.]+")
  context.requestId, context.routeKey, context.stage = facts.uuid(1), route_key, stage
  context.time = os.date("!%d/%b/%Y:%H:%M:%S +0000", facts.TIME_S)
  context.timeEpoch, context.authorizer = facts.TIME_S * 1000, o.authorizer
  context.http = {
    method = r.method, path = (stage ~= "$default" and "/" .. stage or "") .. r.path, protocol = "HTTP/1.1",
    sourceIp = r.source_ip, userAgent = r.user_agent,
  }
  return {
    version = "2.0", routeKey = route_key, rawPath = context.http.path, rawQueryString = query_string(r.query),
    cookies = r.cookies and facts.array(r.cookies) or nil, headers = single(r.headers, ","),
    queryStringParameters = next(r.query) ~= nil and single(r.query, ",") or nil,
    pathParameters = o.path_parameters, stageVariables = o.stage_variables,
    requestContext = context, body = r.body, isBase64Encoded = r.is_base64,
  }
end

--- API Gateway, HTTP API.
---@param options lambda.events.Http?
---@return table
function M.apigw_v2(options)
  local r = read("apigw_v2", options)
  local route_key = r.options.route and r.method .. " " .. r.options.route or "$default"
  return version_2(r, route_key, r.options.stage or "$default", {
    accountId = facts.ACCOUNT, apiId = "a1b2c3d4e5",
    domainName = "a1b2c3d4e5.execute-api." .. facts.REGION .. ".amazonaws.com",
  })
end

--- A function URL.
---@param options lambda.events.Http?
---@return table
function M.function_url(options)
  local r = read("function_url", options)
  local url_id = "u1v2w3x4y5z6"
  return version_2(r, "$default", "$default", {
    accountId = "anonymous", apiId = url_id, domainName = url_id .. ".lambda-url." .. facts.REGION .. ".on.aws",
  })
end

--- An Application Load Balancer. It does not decode the query.
---@param options lambda.events.Http?
---@return table
function M.alb(options)
  local r = read("alb", options)
  local headers = with_cookie_header(r)
  local event = {
    requestContext = { elb = { targetGroupArn = ("arn:aws:elasticloadbalancing:%s:%s:targetgroup/functions/%s")
      :format(facts.REGION, facts.ACCOUNT, "6d0ecf831eec9f09") } },
    httpMethod = r.method, path = r.path, body = r.body or "", isBase64Encoded = r.is_base64,
  }
  if r.options.multi_value then
    event.multiValueHeaders, event.multiValueQueryStringParameters = multi(headers), multi(r.query, escape)
  else
    event.headers, event.queryStringParameters = single(headers), single(r.query, nil, escape)
  end
  return event
end

return M
