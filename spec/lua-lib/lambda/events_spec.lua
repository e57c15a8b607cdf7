local events = require("lambda.events")
local json = require("lambda.json")
local md5 = require("lambda.events.md5")

describe("lambda.events", function()
  it("has a builder for each name, whose event is JSON and the same each time", function()
    assert.equal(15, #events.names())
    for _, name in ipairs(events.names()) do
      local text = assert(json.encode(events[name](), { sort = true }))
      assert.equal(text, json.encode(events[name]({}), { sort = true }), name)
      assert.equal(text, json.encode(json.decode(text), { sort = true }), name)
    end
    assert.is_nil(events.no_such_thing)
  end)

  it("refuses options that it does not have", function()
    for _, name in ipairs(events.names()) do
      local ok, err = pcall(events[name], { colour = "red" })
      assert.is_false(ok)
      assert.matches("^events." .. name .. " has no option 'colour'; it has ", (err:gsub("^[^ ]+: ", "")))
      ok, err = pcall(events[name], "x")
      assert.is_false(ok)
      assert.matches("a table of options expected, got string", err)
    end
    for text, build in pairs({
      ["events.alb has no option 'x'"] = function() local _ = events.alb({ x = 1 }) end,
      ["'events.apigw_v2' (a table of options"] = function() local _ = events.apigw_v2(7) end,
      ["events.s3 has no option 'x'"] = function() local _ = events.s3({ x = 1 }) end,
      ["events.authorizer_v2 has no option 'x'"] = function() local _ = events.authorizer_v2({ x = 1 }) end,
      ["events.apigw_v1 has no option 'x'"] = function() local _ = events.authorizer_token({ request = { x = 1 } }) end,
      ["events.alb: the option 'cookies' must"] = function() local _ = events.alb({ cookies = { true } }) end,
      ["events.sqs: the option 'groups' must"] = function() local _ = events.sqs({ groups = { {} } }) end,
      ["events.alb: the option 'body' has no"] = function() local _ = events.alb({ body = { print } }) end,
      ["events.sqs: the option 'bodies' has no"] = function() local _ = events.sqs({ bodies = { print } }) end,
      ["events.sns: the option 'message' has no"] = function() local _ = events.sns({ message = print }) end,
      ["events.kinesis: the option 'data' has no"] = function() local _ = events.kinesis({ data = { print } }) end,
      ["changes[1].new: a table expected, got a number"] = function()
        local _ = events.dynamodb({ changes = { { keys = {}, new = 5 } } })
      end,
      ["changes[1].keys: at $.id: a function is no attribute value"] = function()
        local _ = events.dynamodb({ changes = { { keys = { id = print } } } })
      end,
    }) do
      local ok, err = pcall(build)
      assert.is_false(ok)
      assert.matches("events_spec.lua:%d+: ", err)
      assert.matches(text, err, 1, true)
    end
    local ok, err = pcall(events.alb, { path = 7 })
    assert.is_false(ok)
    assert.matches("the option 'path' must be a string, got a number", err)
  end)
end)

describe("an event", function()
  it("shares nothing with the options that it was made from", function()
    local options = {
      apigw_v2 = { path_parameters = { id = "1" }, cookies = { "a=b" }, authorizer = { lambda = { user = "u" } } },
      eventbridge = { detail = { a = { 1 } }, resources = { "r" } }, cognito = { request = { a = { 1 } } },
    }
    local function change(t)
      for key, value in pairs(t) do
        t[key] = type(value) == "table" and change(value) or "changed"
      end
      return t
    end
    for name, each in pairs(options) do
      local before = json.encode(each, { sort = true })
      local text = json.encode(events[name](each), { sort = true })
      change(events[name](each))
      assert.equal(before, json.encode(each, { sort = true }))
      assert.equal(text, json.encode(events[name](each), { sort = true }))
      assert.is_nil(getmetatable(each.resources or {}))
    end
    local loop = {}
    loop.loop = loop
    assert.is_table(events.eventbridge({ detail = loop }).detail.loop.loop)
  end)
end)

describe("HTTP events", function()
  local request = {
    method = "PUT", path = "/orders/7", query = { a = { "1", "2" }, q = "x y&" }, headers = { ["X-A"] = { "p", "q" } },
    cookies = { "k=v", "l=w" }, body = { id = 7 }, path_parameters = { id = "7" }, route = "/orders/{id}",
    stage = "test",
  }

  it("are API Gateway's version 1", function()
    local event = events.apigw_v1(request)
    assert.equal("PUT", event.httpMethod)
    assert.equal("/orders/{id}", event.resource)
    assert.equal("q", event.headers["X-A"])
    assert.same({ "p", "q" }, event.multiValueHeaders["X-A"])
    assert.equal("k=v; l=w", event.headers.Cookie)
    assert.same({ a = "2", q = "x y&" }, event.queryStringParameters)
    assert.same({ a = { "1", "2" }, q = { "x y&" } }, event.multiValueQueryStringParameters)
    assert.equal("/test/orders/7", event.requestContext.path)
    assert.equal('{"id":7}', event.body)
    assert.equal("application/json", event.headers["Content-Type"])
    assert.same({ "api.example.com", "192.0.2.1" }, { event.headers.Host, event.headers["X-Forwarded-For"] })
    assert.is_nil(event.headers.host)
    local written = events.apigw_v1({ headers = { HOST = "a.example", ["content-type"] = "text/plain" }, body = "x" })
    assert.same({ "a.example", "text/plain" }, { written.headers.HOST, written.headers["content-type"] })
    assert.is_nil(written.headers.Host or written.headers["Content-Type"])
    local bare = events.apigw_v1()
    assert.equal(json.null, bare.body)
    assert.equal(json.null, bare.queryStringParameters)
    assert.equal(json.null, bare.pathParameters)
  end)

  it("are API Gateway's version 2", function()
    local event = events.apigw_v2(request)
    assert.equal("2.0", event.version)
    assert.equal("PUT /orders/{id}", event.routeKey)
    assert.equal("/test/orders/7", event.rawPath)
    assert.equal("a=1&a=2&q=x%20y%26", event.rawQueryString)
    assert.equal("1,2", event.queryStringParameters.a)
    assert.equal("p,q", event.headers["x-a"])
    assert.same({ "k=v", "l=w" }, event.cookies)
    assert.is_nil(event.headers.cookie)
    assert.equal("PUT", event.requestContext.http.method)
    local bare = events.apigw_v2()
    assert.equal("$default", bare.routeKey)
    assert.is_nil(bare.body)
    assert.is_nil(bare.cookies)
    assert.is_nil(bare.queryStringParameters)
  end)

  it("are a function URL's", function()
    local event = events.function_url({ path = "/a" })
    assert.equal("$default", event.routeKey)
    assert.equal("/a", event.rawPath)
    assert.equal("anonymous", event.requestContext.accountId)
    assert.matches("%.lambda%-url%.", event.requestContext.domainName)
  end)

  it("are a load balancer's, which does not decode the query", function()
    local event = events.alb(request)
    assert.equal("x%20y%26", event.queryStringParameters.q)
    assert.same({ ["a%20b"] = "c" }, events.alb({ query = { ["a b"] = "c" } }).queryStringParameters)
    assert.is_nil(event.multiValueHeaders)
    event = events.alb({ query = request.query, headers = request.headers, multi_value = true })
    assert.same({ "1", "2" }, event.multiValueQueryStringParameters.a)
    assert.same({ "p", "q" }, event.multiValueHeaders["x-a"])
    assert.is_nil(event.headers)
    assert.equal("", events.alb().body)
  end)

  it("have bytes as base64", function()
    for _, name in ipairs({ "apigw_v1", "apigw_v2", "alb", "function_url" }) do
      local event = events[name]({ body = "\255\0" })
      assert.is_true(event.isBase64Encoded)
      assert.equal("/wA=", event.body)
      assert.is_false(events[name]({ body = "é" }).isBase64Encoded)
    end
  end)

  it("are what an authorizer is asked about", function()
    local token = events.authorizer_token({ token = "Bearer x", request = { path = "/a" } })
    assert.same({ type = "TOKEN", authorizationToken = "Bearer x",
      methodArn = "arn:aws:execute-api:eu-west-1:123456789012:a1b2c3d4e5/prod/GET/a" }, token)
    local whole = events.authorizer_request({ request = { headers = { Authorization = "y" } } })
    assert.equal("REQUEST", whole.type)
    assert.equal("y", whole.headers.Authorization)
    assert.is_nil(whole.body)
    local v2 = events.authorizer_v2()
    assert.same({ "Bearer made-up" }, v2.identitySource)
    assert.matches("^arn:aws:execute%-api:", v2.routeArn)
  end)
end)

describe("events of queues, streams and stores", function()
  it("are messages of SQS, with the MD5 of their bodies", function()
    local event = events.sqs({ bodies = { "hello", { id = 7 } }, queue = "q.fifo", groups = { "a" } })
    assert.equal(2, #event.Records)
    assert.equal("5d41402abc4b2a76b9719d911017c592", event.Records[1].md5OfBody)
    assert.equal('{"id":7}', event.Records[2].body)
    assert.equal("a", event.Records[1].attributes.MessageGroupId)
    assert.equal("group", event.Records[2].attributes.MessageGroupId)
    assert.matches(":q.fifo$", event.Records[1].eventSourceARN)
    assert.is_nil(events.sqs().Records[1].attributes.MessageGroupId)
  end)

  it("know RFC 1321's suite", function()
    assert.equal("d41d8cd98f00b204e9800998ecf8427e", md5(""))
    assert.equal("900150983cd24fb0d6963f7d28e17f72", md5("abc"))
    assert.equal("f96b697d7cb7938d525a2f31aaf161d0", md5("message digest"))
    assert.equal("57edf4a22be3c955ac49da2e2107b67a",
      md5("12345678901234567890123456789012345678901234567890123456789012345678901234567890"))
  end)

  it("are SNS, Kinesis, DynamoDB and S3", function()
    assert.equal('{"a":1}', events.sns({ message = { a = 1 } }).Records[1].Sns.Message)
    local records = events.kinesis({ data = { "a", "\0" } }).Records
    assert.equal("YQ==", records[1].kinesis.data)
    assert.equal(56, #records[1].kinesis.sequenceNumber)
    assert.is_true(records[1].kinesis.sequenceNumber < records[2].kinesis.sequenceNumber)
    records = events.dynamodb({ changes = {
      { keys = { id = 1 }, new = { id = 1 } }, { keys = { id = 1 }, old = { id = 1 }, new = { id = 1, n = "x" } },
      { keys = { id = 1 }, old = { id = 1 } },
    } }).Records
    assert.same({ "INSERT", "MODIFY", "REMOVE" },
      { records[1].eventName, records[2].eventName, records[3].eventName })
    assert.same({ id = { N = "1" }, n = { S = "x" } }, records[2].dynamodb.NewImage)
    local object = events.s3({ key = "a b/é.txt", size_bytes = 5 }).Records[1].s3.object
    assert.equal("a+b/%C3%A9.txt", object.key)
    assert.equal(5, object.size)
    assert.is_nil(events.s3({ name = "ObjectRemoved:Delete" }).Records[1].s3.object.size)
  end)

  it("are EventBridge's, and what a schedule sends", function()
    local event = events.eventbridge({ detail_type = "Paid", source = "shop", detail = { id = 7 } })
    assert.equal("Paid", event["detail-type"])
    assert.is_false(events.eventbridge({ detail = false }).detail)
    assert.same({ "r" }, events.eventbridge({ resources = setmetatable({ "r" }, { __name = "list" }) }).resources)
    assert.same({ "a=b" }, events.apigw_v2({ cookies = setmetatable({ "a=b" }, { __name = "list" }) }).cookies)
    assert.equal("2026-01-02T03:04:05Z", event.time)
    local scheduled = events.scheduled({ rule = "nightly" })
    assert.equal("Scheduled Event", scheduled["detail-type"])
    assert.same({ "arn:aws:events:eu-west-1:123456789012:rule/nightly" }, scheduled.resources)
    assert.equal("{}", json.encode(scheduled.detail))
  end)

  it("are Cognito's triggers", function()
    local event = events.cognito({ attributes = { email = "a@b" }, request = { validationData = { x = "1" } } })
    assert.equal("a@b", event.request.userAttributes.email)
    assert.equal("1", event.request.validationData.x)
    assert.is_false(event.response.autoConfirmUser)
    assert.equal("{}", json.encode(events.cognito({ trigger = "PostConfirmation_ConfirmSignUp" }).response))
  end)
end)

describe("lambda.events.make", function()
  local make = require("lambda.events.make")

  it("makes the JSON of an event from the JSON of its options", function()
    for _, name in ipairs(events.names()) do
      for _, options in ipairs({ "", " \n", "{}", '{"%s":null}' }) do
        local text = assert(make.make(name, (options:gsub("%%s", "any"))))
        assert.same(events[name](), json.decode(text))
      end
    end
    assert.equal("a", json.decode(make.make("sqs", '{"bodies":["a"]}')).Records[1].body)
  end)

  it("knows names with hyphens, and lists all of them", function()
    assert.equal(make.make("apigw_v2"), make.make("apigw-v2"))
    assert.equal(table.concat(events.names(), "\n") .. "\n", make.list())
  end)

  it("returns what is wrong", function()
    for _, name in ipairs({ "names", "", "sqs ", "__index" }) do
      local text, problem = make.make(name)
      assert.is_nil(text)
      assert.matches("there is no event '" .. name .. "', but alb, apigw_v1,", problem, 1, true)
    end
    for _, options in ipairs({ "{", "[]", "1", "null", '{"no_such_option":1}', '{"bodies":1}' }) do
      local text, problem = make.make("sqs", options)
      assert.is_nil(text)
      assert.equal("string", type(problem))
    end
  end)

  it("says in its own words what is wrong, whatever the options", function()
    local values = {
      "1", "1.5", "true", '"a"', '""', "[]", "{}", "[1]", '["a"]', "[{}]", "[null]", "[[1]]", '{"a":1}', '{"a":null}',
      '{"a":["b"]}', '{"a":[{}]}', '{"a":{"b":1}}', '{"headers":{"a":1}}', '{"headers":[1]}', '{"headers":1}',
      '{"query":1}', '{"keys":{"id":1}}', '[{"keys":{"id":1},"new":[1]}]', '{"headers":{"a":null}}',
    }
    local options = {
      "method", "path", "query", "headers", "cookies", "body", "route", "path_parameters", "stage_variables", "stage",
      "authorizer", "multi_value", "source_ip", "user_agent", "token", "request", "bodies", "queue", "groups", "data",
      "stream", "partition_key", "changes", "table", "message", "subject", "topic", "bucket", "key", "name",
      "size_bytes", "etag", "detail_type", "source", "detail", "resources", "rule", "trigger", "user_name",
      "attributes",
    }
    for _, name in ipairs(events.names()) do
      for _, option in ipairs(options) do
        for _, value in ipairs(values) do
          local text, problem = make.make(name, ('{"%s":%s}'):format(option, value))
          local told = text or problem
          for _, internal in ipairs({ "attempt to", "bad argument", "lambda/", "userdata: ", "table: 0x" }) do
            assert.is_nil(told:find(internal, 1, true), name .. " " .. option .. " " .. value .. ": " .. told)
          end
        end
      end
    end
  end)
end)
