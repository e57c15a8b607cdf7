local events = require("http_events")
local lambda = require("lambda")
local request = require("lambda.request")

local function from(event)
  return assert(request.from(event))
end

describe("lambda.request", function()
  it("is lambda.request", function()
    assert.equal(request, lambda.request)
  end)

  for _, kind in ipairs({ "v1", "v2", "url", "alb" }) do
    it("has one shape, from " .. kind, function()
      local req = from(events[kind]())
      assert.same({ kind, "POST", "/orders/7", '{"n":1}', false, "192.0.2.1" },
        { req.kind, req.method, req.path, req.body, req.is_base64, req.source_ip })
      assert.same({ n = 1 }, req:json())
      assert.same({ a = "1", b = "2" }, req.cookies)
      assert.equal("b c", req.query.tag)
      assert.equal("", req.query.empty)
      assert.equal("application/json", req.headers["CONTENT-Type"])
      assert.equal("application/json", req.headers["content-type"])
      assert.is_nil(req.headers.nothing)
      assert.is_nil(req.headers[1])
      assert.is_nil(req.nothing)
      assert.equal(req.query, req.query)
    end)
  end

  it("keeps the event, and what the services alone have", function()
    local event = events.v1()
    local req = from(event)
    assert.equal(event, req.event)
    assert.same({ "prod", "gw-1", { id = "7" }, { table = "orders" }, { principalId = "me" } },
      { req.stage, req.request_id, req.path_parameters, req.stage_variables, req.authorizer })
    req = from(events.alb())
    assert.same({ {}, {} }, { req.path_parameters, req.stage_variables })
    assert.same({ nil, nil, nil }, { req.stage, req.request_id, req.authorizer })
    assert.equal("me", from(events.v2()).authorizer.jwt.claims.sub)
  end)

  it("has all that lambda.request_service can tell", function()
    local req = from(events.v1())
    for name in pairs(require("lambda.request_service")) do
      assert.is_not_nil(req[name], name)
    end
  end)

  it("keeps several values of a header and of a query", function()
    local req = from(events.v1())
    assert.same({ "one", "two" }, req.multi_headers["x-tag"])
    assert.equal("one, two", req.headers["X-Tag"])
    assert.same({ "a", "b c" }, req.multi_query.tag)
    assert.same({ "a", "b c" }, from(events.v2()).multi_query.tag)
    local alb = from(events.alb({ queryStringParameters = lambda.null,
                                  multiValueQueryStringParameters = { ["t%20g"] = { "a%2B", "b+c" } } }))
    assert.same({ ["t g"] = { "a+", "b c" } }, alb.multi_query)
  end)

  it("decodes queries of load balancers and raw ones, and leaves alone what API Gateway decoded", function()
    assert.same({ tag = "b c", ["ü"] = "1", empty = "" }, from(events.alb()).query)
    assert.equal("a%20b", from(events.v1({ multiValueQueryStringParameters = { x = { "a%20b" } } })).query.x)
    local cases = {
      ["a=1&&b"] = { a = "1", b = "" }, ["=x"] = { [""] = "x" }, ["a=b=c"] = { a = "b=c" },
      ["a=%zz%4"] = { a = "%zz%4" },
      ["a%00b=%ff"] = { ["a\0b"] = "\xff" }, ["a=1+2%2B3"] = { a = "1 2+3" },
    }
    for text, query in pairs(cases) do
      assert.same(query, from(events.url({ rawQueryString = text })).query)
    end
  end)

  it("leaves the stage out of the path, if it is there", function()
    local function path(raw, stage)
      local event = events.v2({ rawPath = raw })
      event.requestContext.stage = stage
      return from(event).path, from(event).raw_path
    end
    assert.same({ "/orders", "/prod/orders" }, { path("/prod/orders", "prod") })
    assert.equal("/", (path("/prod", "prod")))
    assert.equal("/production/x", (path("/production/x", "prod")))
    assert.equal("/orders", (path("/orders", "prod")))
    assert.equal("/$default/x", (path("/$default/x", "$default")))
    assert.equal("/a.b/x", (path("/a.b/x", "a-b")))
  end)

  it("decodes a body in base64, and has none as empty text", function()
    local req = from(events.url({ body = "AP9h", isBase64Encoded = true }))
    assert.same({ "\0\xffa", true }, { req.body, req.is_base64 })
    assert.equal("", from(events.url({ body = lambda.null })).body)
    local event = events.v1()
    event.body = nil
    assert.equal("", from(event).body)
  end)

  it("reads a form, and says what is none", function()
    local function form(content_type, body)
      local event = events.url({ body = body })
      event.headers["content-type"] = content_type
      return from(event):form()
    end
    for _, content_type in ipairs({ "application/x-www-form-urlencoded",
                                    "Application/X-WWW-Form-Urlencoded; charset=utf-8" }) do
      local fields, lists = form(content_type, "a=1&b=%C3%BC+x&a=2")
      assert.same({ { a = "2", b = "ü x" }, { a = { "1", "2" }, b = { "ü x" } } }, { fields, lists })
    end
    for _, content_type in ipairs({ "application/json", "application/x-www-form-urlencodedx" }) do
      local fields, err = form(content_type, "a=1")
      assert.is_nil(fields)
      assert.equal(("the body is no form: its content-type is '%s'"):format(content_type), err)
    end
  end)

  it("says what is wrong with JSON", function()
    local value, err = from(events.url({ body = "{" })):json()
    assert.is_nil(value)
    assert.matches("line 1", err, 1, true)
  end)

  it("takes the first cookie of a name, and no rubbish", function()
    local function cookies(text)
      local event = events.alb()
      event.headers.cookie = text
      return from(event).cookies
    end
    assert.same({ a = "1", b = "x=y" }, cookies("a=1; b=x=y; a=2"))
    assert.same({ a = "", c = "3" }, cookies("a=;;; =x;  c = 3 ;d"))
    assert.same({}, cookies(""))
  end)

  it("takes no long time for a text that was made to take one", function()
    local many = 1000
    local texts = { ("a"):rep(many) .. (" "):rep(many), ("a "):rep(many), "a=b" .. (" "):rep(many) .. "c",
                    ("="):rep(many), ("a"):rep(many) .. ",", (" "):rep(many) .. ",", ("; "):rep(many) }
    for _, text in ipairs(texts) do
      local event = events.alb()
      event.headers.cookie, event.headers["x-forwarded-for"], event.headers["content-type"] = text, text, text
      local req, before = from(event), os.clock()
      local _ = { req.cookies, req.source_ip, (req:form()) }
      assert.is_true(os.clock() - before < 0.5)
    end
  end)

  it("has what is there singly where the lists have nothing of it", function()
    local req = from(events.v1({
      multiValueHeaders = { ["X-Tag"] = { "one", "two" } }, multiValueQueryStringParameters = {},
      headers = { ["x-tag"] = "two", ["X-Other"] = "3" }, queryStringParameters = { q = "1" },
    }))
    assert.same({ ["x-tag"] = { "one", "two" }, ["x-other"] = { "3" } }, req.multi_headers)
    assert.same({ q = "1" }, req.query)
  end)

  it("believes of forwarded addresses only the last", function()
    local event = events.alb()
    event.headers["x-forwarded-for"] = "evil, 10.0.0.1,2001:db8::1 "
    assert.equal("2001:db8::1", from(event).source_ip)
    event.headers["x-forwarded-for"] = "10.0.0.1, "
    assert.is_nil(from(event).source_ip)
    event.headers["x-forwarded-for"] = nil
    assert.is_nil(from(event).source_ip)
  end)

  it("survives an event whose parts are not what they should be", function()
    for _, junk in ipairs({ lambda.null, 7, "x", true, { 1, { 2 } }, { a = {} } }) do
      for _, kind in ipairs({ "v1", "v2", "url", "alb" }) do
        local event = events[kind]({ headers = junk, multiValueHeaders = junk, cookies = junk, pathParameters = junk,
          queryStringParameters = junk, multiValueQueryStringParameters = junk, stageVariables = junk,
          rawQueryString = junk })
        local service = event.requestContext
        service.stage, service.requestId, service.identity, service.domainName = junk, junk, junk, junk
        local req = request.from(event)
        for _, field in ipairs({ "headers", "multi_headers", "query", "multi_query", "cookies", "path_parameters",
                                 "stage_variables" }) do
          assert.equal("table", type(req[field]))
        end
        for _, field in ipairs({ "stage", "source_ip", "request_id" }) do
          assert.is_true(req[field] == nil or type(req[field]) == "string")
        end
        assert.same({ n = 1 }, req:json())
        assert.is_nil(req:form())
      end
    end
  end)

  it("survives any event that is put together of such parts", function()
    local random = 20261120
    local function pick(list)
      random = (random * 1103515245 + 12345) % 0x80000000
      return list[random // 65536 % #list + 1]
    end
    local VALUES = { "", "/", "x=%&;", "=", "%", "AA==", "$default", 0, -1.5, true, false, lambda.null, {}, { "a" },
                     { a = "b" }, { a = { "b", 7, {} } }, { http = { method = "GET" } }, { elb = {} } }
    local FIELDS = { "requestContext", "httpMethod", "path", "rawPath", "rawQueryString", "headers", "cookies", "body",
      "multiValueHeaders", "queryStringParameters", "multiValueQueryStringParameters", "isBase64Encoded" }
    local requests = 0
    for _ = 1, 3000 do
      local event = { requestContext = { http = { method = pick(VALUES) } }, rawPath = pick(VALUES) }
      for _ = 1, 8 do
        event[pick(FIELDS)] = pick(VALUES)
      end
      local req, err = request.from(event)
      assert.equal("string", type(req and req.body or err))
      if req then
        requests = requests + 1
        for _, list in pairs(req.multi_query) do
          assert.equal("string", type(list[1]))
        end
        for name, value in pairs(req.headers) do
          assert.same({ "string", "string" }, { type(name), type(value) })
        end
        local _ = { req.cookies, req.query, req.source_ip, req:json(), (req:form()) }
      end
    end
    assert.is_true(requests > 100)
  end)

  it("is not there for another event, and says why", function()
    local no = "the event is no HTTP request of API Gateway, a function URL or a load balancer: "
    local cases = {
      { 7, "it is a number" }, { nil, "it is a nil" }, { {}, "it has neither requestContext.http nor an httpMethod" },
      { { Records = {} }, "it has neither requestContext.http nor an httpMethod" },
      { { httpMethod = lambda.null }, "it has neither requestContext.http nor an httpMethod" },
      { { httpMethod = "GET" }, "it has an httpMethod, but no path" },
      { { requestContext = { http = {} }, rawPath = "/" },
        "requestContext.http has no method, or there is no rawPath" },
      { events.v1({ body = { 1 } }), "its body is a table, not text" },
      { events.v1({ body = "?", isBase64Encoded = true }), "its body should be base64, and is not" },
      { events.v1({ body = "YQ==\0", isBase64Encoded = true }), "its body should be base64, and is not" },
    }
    for index = 1, #cases do
      local req, err = request.from(cases[index][1])
      assert.is_nil(req)
      assert.equal(no .. cases[index][2], err:match("^(.-is not):") or err)
    end
  end)
end)
