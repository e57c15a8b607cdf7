--- Events of the four services that speak HTTP, as AWS documents them; `changes` go on top.
local M = {}

local function merged(event, changes)
  for name, value in pairs(changes or {}) do
    event[name] = value
  end
  return event
end

--- REST API, payload 1.0.
function M.v1(changes)
  return merged({
    resource = "/orders/{id}", path = "/orders/7", httpMethod = "POST",
    headers = { Host = "abc.execute-api.eu-central-1.amazonaws.com", ["X-Tag"] = "two",
                Cookie = "a=1; b=2", ["Content-Type"] = "application/json" },
    multiValueHeaders = { Host = { "abc.execute-api.eu-central-1.amazonaws.com" }, ["X-Tag"] = { "one", "two" },
                          Cookie = { "a=1; b=2" }, ["Content-Type"] = { "application/json" } },
    queryStringParameters = { tag = "b c", empty = "" },
    multiValueQueryStringParameters = { tag = { "a", "b c" }, empty = { "" } },
    pathParameters = { id = "7" }, stageVariables = { table = "orders" },
    requestContext = { stage = "prod", requestId = "gw-1", path = "/prod/orders/7", httpMethod = "POST",
                       identity = { sourceIp = "192.0.2.1", userAgent = "curl" }, authorizer = { principalId = "me" } },
    body = '{"n":1}', isBase64Encoded = false,
  }, changes)
end

--- HTTP API, payload 2.0.
function M.v2(changes)
  return merged({
    version = "2.0", routeKey = "POST /orders/{id}", rawPath = "/prod/orders/7",
    rawQueryString = "tag=a&tag=b%20c&empty=",
    cookies = { "a=1", "b=2" },
    headers = { host = "abc.execute-api.eu-central-1.amazonaws.com", ["x-tag"] = "one,two",
                ["content-type"] = "application/json" },
    queryStringParameters = { tag = "a,b c", empty = "" }, pathParameters = { id = "7" },
    stageVariables = { table = "orders" },
    requestContext = { stage = "prod", requestId = "gw-2", domainName = "abc.execute-api.eu-central-1.amazonaws.com",
                       http = { method = "POST", path = "/prod/orders/7", protocol = "HTTP/1.1",
                                sourceIp = "192.0.2.1", userAgent = "curl" },
                       authorizer = { jwt = { claims = { sub = "me" } } } },
    body = '{"n":1}', isBase64Encoded = false,
  }, changes)
end

--- Function URL.
function M.url(changes)
  local event = M.v2({ rawPath = "/orders/7", routeKey = "$default" })
  event.requestContext.stage, event.pathParameters, event.stageVariables = "$default", nil, nil
  event.requestContext.domainName = "abc.lambda-url.eu-central-1.on.aws"
  return merged(event, changes)
end

--- Load balancer, without multi-value headers.
function M.alb(changes)
  return merged({
    requestContext = {
      elb = { targetGroupArn = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/x" },
    },
    httpMethod = "POST", path = "/orders/7", queryStringParameters = { tag = "b%20c", ["%C3%BC"] = "1", empty = "" },
    headers = { host = "lb.eu-central-1.elb.amazonaws.com", cookie = "a=1; b=2", ["content-type"] = "application/json",
                ["x-forwarded-for"] = "203.0.113.9, 192.0.2.1" },
    body = '{"n":1}', isBase64Encoded = false,
  }, changes)
end

return M
