--- The clients against a service that checks every signature by itself (spec/support/aws_server.lua).
local aws = require("lambda.aws")
local aws_server = require("aws_server")
local crypto = require("lambda.crypto")
local http = require("lambda.http")
local json = require("lambda.json")

local server, number = nil, 0
setup(function()
  server = aws_server.start()
end)
teardown(function()
  server:stop()
  http.close()
end)

local CREDENTIALS = {
  access_key_id = aws_server.KEY, secret_access_key = aws_server.SECRET, session_token = aws_server.TOKEN,
}

--- A region that nobody else uses.
local function region(kind)
  number = number + 1
  return kind .. "-t" .. number
end

local function client(name, options)
  options = options or {}
  options.endpoint, options.region = server.url, options.region or "eu-central-1"
  options.credentials = options.credentials or CREDENTIALS
  return aws.client(name, options)
end

local function count(name)
  return tonumber(http.get(server.url .. "/count/" .. name).body)
end

describe("aws.client", function()
  it("knows its services, and says which when it is asked for another", function()
    local ok, problem = pcall(aws.client, "dynamo")
    assert.is_false(ok)
    assert.matches("there is no client for 'dynamo'; there are dynamodb, events, kinesis, kms, lambda, logs, s3, ",
      problem)
    assert.has_error(function() aws.client() end)
    for _, name in ipairs({ "sfn", "states", "eventbridge", "secrets-manager", "cloudwatchlogs" }) do
      assert.is_table(aws.client(name))
    end
  end)

  it("refuses wrong options", function()
    for problem, options in pairs({
      ["there is no option 'regoin'"] = { regoin = "x" }, ["region: letters"] = { region = "a.b/c" },
      ["retries: a whole number"] = { retries = -1 }, ["credentials: access_key_id"] = { credentials = {} },
      ["table of options"] = 7, ["timeout_ms: a whole"] = { timeout_ms = 1.5 },
    }) do
      local ok, text = pcall(function() return (aws.client("sqs", options)) end)
      assert.is_false(ok)
      assert.matches(problem, text, 1, true)
      assert.matches("client_spec", text)
    end
  end)

  for name, expected in pairs({
    sqs = { "AmazonSQS", "1.0" }, ssm = { "AmazonSSM", "1.1" }, secretsmanager = { "secretsmanager", "1.1" },
    events = { "AWSEvents", "1.1" }, stepfunctions = { "AWSStepFunctions", "1.0" },
    kinesis = { "Kinesis_20131202", "1.1" }, kms = { "TrentService", "1.1" }, logs = { "Logs_20140328", "1.1" },
  }) do
    it("speaks to " .. name, function()
      local result = assert(client(name):DoIt({ A = 1, B = { "x" }, C = json.array() }))
      assert.same({ A = 1, B = { "x" }, C = {} }, result.Input)
      assert.same({ expected[1], "DoIt", "application/x-amz-json-" .. expected[2] },
        { result.Target, result.Operation, result.Type })
      assert.same({}, assert(client(name):call("Nothing")).Input)
    end)

    it("pages through " .. name, function()
      local pages = {}
      for page in client(name):pages("ListThings", { Name = "n" }) do
        assert.equal("n", page.Input.Name)
        pages[#pages + 1] = page.Page
      end
      assert.same({ 1, 2, 3 }, pages)
    end)
  end

  it("ends where the token stays the same", function()
    local pages = 0
    for _ in client("logs"):pages("GetLogEvents", { logGroupName = "g" }) do
      pages = pages + 1
    end
    assert.equal(3, pages)
  end)

  it("leaves out what does not go with a token", function()
    local names = {}
    for page in client("kinesis"):pages("ListShards", { StreamName = "s", MaxResults = 2 }) do
      names[#names + 1] = page.Input.StreamName or "-"
      assert.equal(2, page.Input.MaxResults)
    end
    assert.same({ "s", "-", "-" }, names)
  end)

  it("raises when a page cannot be had", function()
    local ok, err = pcall(function()
      for _ in client("ssm", { region = region("leak") }):pages("ListThings") do
        error("there is no page", 0)
      end
    end)
    assert.is_false(ok)
    assert.equal("AwsError", err.type)
  end)

  it("tells operations by their spelling", function()
    assert.error_matches(function() client("sqs"):getItem({}) end, "there is no method 'getItem'")
    assert.error_matches(function() client("sqs"):call("get") end, "'get' is no operation")
  end)

  it("blames its caller for what are no tables", function()
    local HERE = "^[^\n]*client_spec%.lua:%d+: bad argument to 'ListQueues' "
    for _, ask in ipairs({
      function(...) client("sqs"):ListQueues(...) end,
      function(...) client("sqs"):call("ListQueues", ...) end,
      function(...) client("sqs"):pages("ListQueues", ...) end,
      function(...) client("sns"):ListQueues(...) end,
    }) do
      assert.matches(HERE .. "%(a table of parameters expected, got string%)$", select(2, pcall(ask, "x")))
      assert.matches(HERE .. "%(a table of options expected, got number%)$", select(2, pcall(ask, {}, 7)))
      assert.matches(HERE .. "%(timeout_ms: a whole number", select(2, pcall(ask, {}, { timeout_ms = "1" })))
      assert.matches(HERE .. "%(there is no option 'retries'%)$", select(2, pcall(ask, {}, { retries = 1 })))
    end
  end)

  it("wants a colon, and says so", function()
    for _, name in ipairs({ "sqs", "sns", "s3", "lambda" }) do
      local one = client(name)
      for _, method in ipairs(name == "s3" and { "get", "head", "put", "delete", "list", "pages", "presign" }
        or name == "lambda" and { "invoke" } or { "ListQueues", "call", "pages" }) do
        for _, first in ipairs({ {}, "ListQueues" }) do
          local ok, problem = pcall(function() local _ = one[method](first, {}) end)
          assert.is_false(ok)
          assert.matches("^[^\n]*client_spec%.lua:%d+: bad call of '%a+' %(it wants a colon: %w+:%a+%)$", problem)
        end
      end
    end
  end)

  it("goes to no endpoint that is none", function()
    for _, endpoint in ipairs({ "http://u:p@h", "http://h\0x", "http://h?x", "ftp://h", "http://", "http://h/a\nb" }) do
      local one = aws.client("sqs", { region = "x", endpoint = endpoint, credentials = CREDENTIALS })
      assert.equal("ConfigurationError", select(2, one:Send()).code, endpoint)
    end
  end)

  it("signs with nothing that is no credentials", function()
    for expected, given in pairs({
      ["gave none$"] = function() return {} end, ["gave none: sealed$"] = function() return nil, "sealed" end,
      ["^typed$"] = function() return nil, require("lambda.errors").new("E", "typed") end,
    }) do
      local result, err = client("sqs", { credentials = given }):Send()
      assert.is_nil(result)
      assert.matches(expected, err.message)
    end
  end)

  it("says what it cannot send", function()
    local result, err = client("sqs"):SendMessage({ MessageBody = print })
    assert.is_nil(result)
    assert.same({ "InvalidRequest", "sqs", "SendMessage" }, { err.code, err.service, err.operation })
    assert.matches("function", err.message)
  end)
end)

describe("an error", function()
  it("has a type, a code and the request's id", function()
    local dynamodb = client("dynamodb")
    assert(dynamodb:PutItem({ TableName = "once", Item = { id = "a" } }))
    local result, err = dynamodb:PutItem({
      TableName = "once", Item = { id = "a" }, ConditionExpression = "attribute_not_exists(id)",
    })
    assert.is_nil(result)
    assert.same({ "AwsError", "ConditionalCheckFailedException", 400, false, "dynamodb", "PutItem", 1 },
      { err.type, err.code, err.status, err.is_retryable, err.service, err.operation, err.attempts })
    assert.equal("req-ConditionalCheckFailedException", err.request_id)
    assert.equal("The conditional request failed", err.reason)
    assert.equal("AwsError: dynamodb PutItem: ConditionalCheckFailedException: The conditional request failed "
      .. "(status 400, request req-ConditionalCheckFailedException)", tostring(err))
    assert.equal(err, require("lambda.errors").returned(err))
  end)

  it("never has a secret in it", function()
    for _, kind in ipairs({ "leak", "tell" }) do
      for _, name in ipairs({ "sqs", "sns", "lambda", "s3" }) do
        local one = client(name, { region = region(kind) })
        local _, err
        if name == "lambda" then
          _, err = one:invoke("f", {})
        elseif name == "s3" then
          _, err = one:get("bucket", "key")
        else
          _, err = one:Publish({})
        end
        assert.equal(kind == "leak" and "SignatureDoesNotMatch" or "ValidationException", err.code)
        assert.is_nil(err.message:find(aws_server.SECRET, 1, true))
        assert.is_nil(err.message:find(aws_server.TOKEN, 1, true))
        assert.is_nil(err.reason:find(aws_server.TOKEN, 1, true))
        local details = json.encode(json.array({ err.details }))
        for _, secret in ipairs({ aws_server.SECRET, aws_server.TOKEN }) do
          assert.is_nil(details:gsub("\\/", "/"):find(secret, 1, true))
        end
        if kind == "tell" then
          assert.equal("token (secret) secret (secret)!", err.reason)
        end
      end
    end
  end)

  it("is found out about when the secret is a word of the mask", function()
    local err = require("lambda.aws.failure").new("s", "o", {
      code = "C", reason = "a secret, secrets", credentials = { secret_access_key = "secret", session_token = "" },
    })
    assert.equal("a (secret), (secret)s", err.reason)
  end)

  it("has a reason that ends with a whole character", function()
    local err = require("lambda.aws.failure").new("s", "o", { code = "C", reason = "a" .. ("é"):rep(2000) })
    assert.equal(1 + 2 * 1023 + #"…", #err.reason)
    assert.is_truthy(utf8.len(err.message))
  end)

  it("has a code in no time, however long the text that should hold one", function()
    local code = require("lambda.aws.failure").code
    local start = os.clock()
    assert.is_nil(code(("a"):rep(100000) .. "!"))
    assert.is_nil(code("x:" .. ("a"):rep(100000) .. "!"))
    assert.is_true(os.clock() - start < 1)
    assert.equal("BadError", code("com.example.v1#BadError:http://example.com/"))
    assert.is_nil(code(":"))
  end)

  it("comes of whatever else is answered", function()
    for index in ipairs(aws_server.HOSTILE) do
      for _, kind in ipairs({ "hostile-", "refuse-" }) do
        for _, name in ipairs({ "dynamodb", "sqs", "sns" }) do
          local one = client(name, { region = kind .. index, retries = 0 })
          local result, err = one:GetItem({})
          assert.is_true(type(result) == "table" or err.type == "AwsError")
          if err then
            assert.matches("^[%w._-]+$", err.code)
            assert.is_true(#err.code <= 128 and #err.message < 4000)
            assert.is_nil(err.message:find("%c"))
          end
          if kind == "refuse-" then
            assert.is_nil(result)
          end
        end
        local lambda, s3 = client("lambda", { region = kind .. index }), client("s3", { region = kind .. index })
        local _, err = lambda:invoke("f")
        assert.is_true(err == nil or err.type == "AwsError")
        local page, list_err = s3:list("bucket")
        assert.is_true(type(page) == "table" or list_err.type == "AwsError")
      end
    end
  end)
end)

describe("another try", function()
  for _, kind in ipairs({ "throttle-2", "fail-2", "cut-2", "throttle-1" }) do
    it("is made after " .. kind, function()
      for _, name in ipairs({ "sqs", "sns" }) do
        local where = region(kind)
        assert(client(name, { region = where }):Publish({ A = "x" }))
        assert.equal(tonumber(kind:match("%d")) + 1, count(where))
      end
    end)
  end

  it("is made of a request to S3 and to Lambda", function()
    local where = region("throttle-1")
    assert(client("s3", { region = where }):put("bucket", "key", "body"))
    assert.equal(2, count(where))
    where = region("throttle-1")
    assert(client("lambda", { region = where }):invoke("f", { a = 1 }))
    assert.equal(2, count(where))
  end)

  it("is made three times in all, or as often as is said", function()
    for retries, attempts in pairs({ [0] = 1, [1] = 2, [-1] = 3 }) do
      local where = region("throttle-9")
      local _, err = client("sqs", { region = where, retries = retries >= 0 and retries or nil }):Send()
      assert.same({ "ThrottlingException", true, attempts }, { err.code, err.is_retryable, err.attempts })
      assert.equal(attempts, count(where))
    end
    local where = region("throttle-1")
    assert(client("sqs", { region = where, retries = math.maxinteger }):Send())
    assert.equal(2, count(where))
  end)

  it("is not made of what was refused", function()
    local where = region("tell")
    local _, err = client("sqs", { region = where }):Send()
    assert.same({ "ValidationException", false, 1 }, { err.code, err.is_retryable, count(where) })
  end)

  it("follows the service's clock, for good", function()
    for _, name in ipairs({ "sqs", "s3" }) do
      local where = region("skew")
      local one = client(name, { region = where })
      for _ = 1, 2 do
        if name == "s3" then
          assert(one:put("bucket", "skewed", ""))
        else
          assert(one:Send())
        end
      end
      assert.equal(3, count(where))
      if name == "s3" then
        local early, late = os.date("!%Y%m%dT%H", os.time() + 3590), os.date("!%Y%m%dT%H", os.time() + 3610)
        local hour = assert(one:presign("GET", "bucket", "skewed")):match("X%-Amz%-Date=(%d+T%d%d)")
        assert.is_true(hour == early or hour == late)
      end
    end
  end)

  it("says that nobody answers", function()
    local one = aws.client("sqs", {
      endpoint = "http://127.0.0.1:1", region = "x", credentials = CREDENTIALS, retries = 1,
    })
    local _, err = one:Send()
    assert.same({ "NetworkError", "connect", true, 2 }, { err.code, err.kind, err.is_retryable, err.attempts })
  end)

  it("is not made when a function has taken a part of the body", function()
    local where, chunks = region("cut-9"), 0
    local _, err = client("s3", { region = where }):get("bucket", "key", { to = function() chunks = chunks + 1 end })
    assert.equal("NetworkError", err.code)
    assert.same({ 1, 1 }, { chunks, count(where) })
  end)
end)

describe("DynamoDB", function()
  it("keeps plain tables", function()
    local dynamodb = client("dynamodb")
    local item = {
      id = "x", n = 42, f = 1.5, list = { 1, "two", false }, map = { deep = { json.null } }, big = 1 << 62,
    }
    assert(dynamodb:PutItem({ TableName = "plain", Item = item }))
    local got = assert(dynamodb:GetItem({ TableName = "plain", Key = { id = "x" } })).Item
    assert.same(item, got)
    local gone = assert(dynamodb:DeleteItem({ TableName = "plain", Key = { id = "x" }, ReturnValues = "ALL_OLD" }))
    assert.same(item, gone.Attributes)
    assert.is_nil(assert(dynamodb:GetItem({ TableName = "plain", Key = { id = "x" } })).Item)
  end)

  it("leaves attribute values alone under raw", function()
    local raw = client("dynamodb", { raw = true })
    assert(raw:PutItem({ TableName = "raw", Item = { id = { S = "r" }, b = { B = crypto.base64("\0\255") } } }))
    assert.equal("AP8=", raw:GetItem({ TableName = "raw", Key = { id = { S = "r" } } }).Item.b.B)
    assert.equal("\0\255", raw:GetItem({ TableName = "raw", Key = { id = "r" } }, { raw = false }).Item.b)
  end)

  it("knows the metrics of a collection, of one table and of several", function()
    local from_wire = require("lambda.aws.dynamodb").from_wire
    local plain, wire = { ItemCollectionKey = { id = "a" } }, { ItemCollectionKey = { id = { S = "a" } } }
    assert.same({ ItemCollectionMetrics = plain }, from_wire({ ItemCollectionMetrics = wire }))
    assert.same({ ItemCollectionMetrics = { ItemCollectionKey = { plain } } },
      from_wire({ ItemCollectionMetrics = { ItemCollectionKey = { wire } } }))
  end)

  it("marshals wherever there are items", function()
    local dynamodb = client("dynamodb")
    local function sent(operation, parameters)
      return assert(dynamodb:call(operation, parameters, nil)).Input
    end
    local S = function(text) return { S = text } end
    local raw = client("dynamodb", { raw = true })
    local wire = {
      BatchGetItem = { { RequestItems = { Item = { Keys = { { id = "a" } } } } },
                       { RequestItems = { Item = { Keys = { { id = S("a") } } } } } },
      BatchWriteItem = {
        { RequestItems = { t = { { PutRequest = { Item = { id = "a" } } },
                                 { DeleteRequest = { Key = { id = "b" } } } } } },
        { RequestItems = { t = { { PutRequest = { Item = { id = S("a") } } },
                                 { DeleteRequest = { Key = { id = S("b") } } } } } } },
      TransactWriteItems = {
        { TransactItems = { { Update = { Key = { id = "a" }, ExpressionAttributeValues = { [":n"] = 1 } } } } },
        { TransactItems = { { Update = { Key = { id = S("a") },
                                         ExpressionAttributeValues = { [":n"] = { N = "1" } } } } } } },
      ExecuteStatement = { { Statement = "s", Parameters = { "a", 1 } },
                           { Statement = "s", Parameters = { S("a"), { N = "1" } } } },
      CreateTable = { { Tags = { { Key = "k", Value = "v" } }, KeySchema = { { KeyType = "HASH" } } },
                      { Tags = { { Key = "k", Value = "v" } }, KeySchema = { { KeyType = "HASH" } } } },
    }
    for operation, forms in pairs(wire) do
      assert.same(forms[2], assert(raw:call(operation, forms[2])).Input)
      -- what the service echoes is unmarshalled again, so the raw answer to plain parameters is looked at
      local body = assert(require("lambda.aws.dynamodb").to_wire(forms[1]))
      assert.same(forms[2], body)
      assert.same(forms[1], sent(operation, forms[1]))
    end
  end)

  it("hands sets and bytes back as they came", function()
    local dynamodb = require("lambda.aws.dynamodb")
    local answer = {
      LastEvaluatedKey = { id = { B = "AP8=" } },
      UnprocessedItems = { t = { { PutRequest = { Item = { id = { S = "a" }, set = { SS = { "x" } } } } } } },
      Responses = { t = { { id = { S = "a" } } } },
    }
    local plain = assert(dynamodb.from_wire(answer))
    assert.equal("\0\255", plain.LastEvaluatedKey.id)
    assert.same({ "x" }, plain.UnprocessedItems.t[1].PutRequest.Item.set)
    assert.same({ { id = "a" } }, plain.Responses.t)
    local again = assert(dynamodb.to_wire({
      ExclusiveStartKey = plain.LastEvaluatedKey, RequestItems = plain.UnprocessedItems,
    }))
    assert.same(answer.LastEvaluatedKey, again.ExclusiveStartKey)
    assert.same(answer.UnprocessedItems, again.RequestItems)
    plain.UnprocessedItems.t[1].PutRequest.Item.id = "b"
    assert.same({ S = "b" }, dynamodb.to_wire({ RequestItems = plain.UnprocessedItems })
      .RequestItems.t[1].PutRequest.Item.id)
  end)

  it("says which value is none", function()
    local _, err = client("dynamodb"):PutItem({ TableName = "t", Item = { id = "a", f = { print } } })
    assert.equal("InvalidRequest", err.code)
    assert.matches("%$%.Item: at %$%.f%[1%]: a function is no attribute value", err.reason)
  end)

  it("scans page by page", function()
    local dynamodb = client("dynamodb")
    for i = 1, 7 do
      assert(dynamodb:PutItem({ TableName = "paged", Item = { id = ("%02d"):format(i) } }))
    end
    local ids, pages = {}, 0
    for page in dynamodb:pages("Scan", { TableName = "paged", Limit = 3 }) do
      pages = pages + 1
      for _, item in ipairs(page.Items) do
        ids[#ids + 1] = item.id
      end
    end
    assert.equal(3, pages)
    assert.equal("01 02 03 04 05 06 07", table.concat(ids, " "))
  end)
end)

describe("SNS", function()
  it("publishes", function()
    local result = assert(client("sns"):Publish({
      TopicArn = "arn:aws:sns:eu-central-1:1:t", Message = "a & <b> ü\n+", MessageAttributes = {
        one = { DataType = "String", StringValue = "1" }, two = { DataType = "Number", StringValue = "2" },
      },
    }))
    assert.equal("m-1", result.MessageId)
    assert.same({
      Action = "Publish", Version = "2010-03-31", TopicArn = "arn:aws:sns:eu-central-1:1:t", Message = "a & <b> ü\n+",
      ["MessageAttributes.entry.1.Name"] = "one", ["MessageAttributes.entry.1.Value.DataType"] = "String",
      ["MessageAttributes.entry.1.Value.StringValue"] = "1", ["MessageAttributes.entry.2.Name"] = "two",
      ["MessageAttributes.entry.2.Value.DataType"] = "Number", ["MessageAttributes.entry.2.Value.StringValue"] = "2",
    }, result.Form)
  end)

  it("flattens lists", function()
    local form = assert(client("sns"):PublishBatch({ PublishBatchRequestEntries = { { Id = "a", Message = "m" } } }))
      .Form
    assert.equal("m", form["PublishBatchRequestEntries.member.1.Message"])
    form = assert(client("sns"):SetSMSAttributes({ attributes = { DefaultSMSType = "x" } })).Form
    assert.same({ "DefaultSMSType", "x" }, { form["attributes.entry.1.key"], form["attributes.entry.1.value"] })
    form = assert(client("sns"):GetSMSAttributes({ attributes = { "DefaultSMSType" } })).Form
    assert.equal("DefaultSMSType", form["attributes.member.1"])
    assert.same({ Tags = {}, Attributes = {}, phoneNumbers = {}, Name = "" }, client("sns"):ListNothing())
    local _, err = client("sns"):Publish({ Message = 1.5 })
    assert.matches("Message: a number is no parameter", err.reason)
  end)

  it("pages", function()
    local arns = {}
    for page in client("sns"):pages("ListTopics") do
      arns[#arns + 1] = page.Topics[1].TopicArn
    end
    assert.same({ "arn:1", "arn:2", "arn:3" }, arns)
  end)

  it("takes an operation by its name", function()
    assert.equal("m-1", assert(client("sns"):call("Publish", { Message = "m" })).MessageId)
  end)
end)

describe("Lambda", function()
  it("invokes", function()
    local answer = assert(client("lambda"):invoke("arn:aws:lambda:eu-central-1:1:function:f", { a = { 1 } },
      { qualifier = "live", client_context = { custom = 1 } }))
    assert.same({ name = "arn:aws:lambda:eu-central-1:1:function:f", event = { a = { 1 } }, qualifier = "live",
                  context = crypto.base64('{"custom":1}') }, answer.payload)
    assert.same({ 200, "7", "END\n" }, { answer.status, answer.executed_version, answer.log })
  end)

  it("does not wait", function()
    local answer = assert(client("lambda"):invoke("f", { a = 1 }, { type = "Event" }))
    assert.same({ 202 }, { answer.status, answer.payload })
    assert.equal(204, assert(client("lambda"):invoke("f", nil, { type = "DryRun" })).status)
  end)

  it("takes bytes", function()
    local answer = assert(client("lambda"):invoke("f", '{"n":1.0}', { raw = true }))
    assert.matches('"event":{"n":1.0}', answer.payload, 1, true)
    assert.equal("InvalidRequest", select(2, client("lambda"):invoke("f", 7, { raw = true })).code)
  end)

  it("tells that the function failed", function()
    local answer, err = client("lambda"):invoke("broken", {})
    assert.is_nil(answer)
    assert.same({ "FunctionError", "Unhandled", "OrderNotFound: no such order", "OrderNotFound" },
      { err.code, err.function_error, err.reason, err.payload.errorType })
    assert.equal("ResourceNotFoundException", select(2, client("lambda"):invoke("missing")).code)
  end)

  it("refuses wrong options", function()
    assert.error_matches(function() client("lambda"):invoke("") end, "name or the ARN")
    assert.error_matches(function() client("lambda"):invoke("f", {}, { type = "Later" }) end, "RequestResponse, Event")
    assert.error_matches(function() client("lambda"):invoke("f", {}, { kind = "x" }) end, "no option 'kind'")
  end)
end)
