--- The second argument of a handler.
local bootstrap_process = require("bootstrap_process")

local function answers(code, event, options)
  options = options or {}
  options.code, options.events = code, { event }
  return bootstrap_process.answers(options)
end

local function event_with(headers)
  return { body = "1", headers = headers }
end

describe("context.headers", function()
  local event = event_with({ ["X-Made-Up"] = "yes", ["x-lower"] = "low",
                             ["Lambda-Runtime-Trace-Id"] = "Root=1-a" })

  it("has every header of the event under its name in any case", function()
    local code = [[local h = context.headers
      return { h["X-Made-Up"], h["x-made-up"], h["X-MADE-UP"], h["X-Lower"], h["lambda-runtime-trace-ID"] }]]
    assert.same({ '["yes","yes","yes","low","Root=1-a"]' }, answers(code, event))
  end)

  it("can be walked", function()
    local code = [[local seen = {}
      for name, value in pairs(context.headers) do seen[name:lower()] = value end
      return { seen["x-made-up"], seen["lambda-runtime-aws-request-id"], seen["content-type"] }]]
    assert.same({ '["yes","req-1","application/json"]' }, answers(code, event))
  end)

  it("has nil for what was not sent, whatever is asked for", function()
    local code = "return context.headers['x-none'] == nil and context.headers[1] == nil"
    assert.same({ "true" }, answers(code, event))
  end)

  it("has values without the blanks around them, colons kept", function()
    local code = "return context.headers['x-odd']"
    assert.same({ '"a: b:c"' }, answers(code, event_with({ ["X-Odd"] = "  a: b:c  " })))
  end)

  it("has those of this event only, none of an informational answer", function()
    local early = { body = "2", early = { "103 X-Early: hints", "100 X-Early: go on" } }
    local code = "return { context.headers['x-made-up'] or 'no', context.headers['x-early'] or 'no' }"
    local both = bootstrap_process.answers({ code = code, events = { event, early } })
    assert.same({ '["yes","no"]', '["no","no"]' }, both)
  end)
end)

describe("a field of the context", function()
  local headers = {
    ["Lambda-Runtime-Aws-Request-Id"] = "8476a536-e9f4-11e8-9739-2dfe598c3fcd",
    ["Lambda-Runtime-Invoked-Function-Arn"] = "arn:aws:lambda:eu-central-1:123456789012:function:orders:live",
    ["Lambda-Runtime-Trace-Id"] = "Root=1-5bef4de7;Parent=53995c3f;Sampled=1",
    ["Lambda-Runtime-Aws-Tenant-Id"] = "tenant-9",
  }
  local fields = {
    aws_request_id = headers["Lambda-Runtime-Aws-Request-Id"],
    invoked_function_arn = headers["Lambda-Runtime-Invoked-Function-Arn"],
    trace_id = headers["Lambda-Runtime-Trace-Id"],
    tenant_id = "tenant-9",
    function_name = "scripted",
    function_version = "$LATEST",
    memory_limit_in_mb = "512",
    log_group_name = "/aws/lambda/scripted",
    log_stream_name = "2026/11/20/[$LATEST]0123456789abcdef",
    region = "eu-central-1",
    handler = "app.handler",
    init_type = "on-demand",
  }
  local names = {}
  for name in pairs(fields) do
    names[#names + 1] = name
  end
  table.sort(names)

  it("has its source in a header or in the environment", function()
    local code = [[local got = {}
      for _, name in ipairs(event) do got[name] = tostring(context[name]) end
      return got]]
    local event = { body = '["' .. table.concat(names, '","') .. '"]', headers = headers }
    local seen = bootstrap_process.run({ code = code, events = { event } })
    assert.same(fields, seen[1].document)
  end)

  it("tells the task root", function()
    local seen = bootstrap_process.run({ code = "return context.task_root" })
    assert.equal(seen.root, seen[1].document)
  end)

  it("is nil when header or variable is not there", function()
    local env = { AWS_LAMBDA_FUNCTION_NAME = false, AWS_LAMBDA_FUNCTION_VERSION = false, AWS_REGION = false,
                  AWS_LAMBDA_FUNCTION_MEMORY_SIZE = false, AWS_LAMBDA_LOG_GROUP_NAME = false,
                  AWS_LAMBDA_LOG_STREAM_NAME = false, AWS_LAMBDA_INITIALIZATION_TYPE = false,
                  AWS_DEFAULT_REGION = false }
    local code = [[local there = {}
      for _, name in ipairs({ "function_name", "function_version", "memory_limit_in_mb", "log_group_name",
        "log_stream_name", "region", "init_type", "trace_id", "tenant_id", "invoked_function_arn",
        "deadline_ms", "identity", "client_context", "made_up" }) do
        if context[name] ~= nil then there[#there + 1] = name end
      end
      return table.concat(there, " ")]]
    local without = { "Lambda-Runtime-Deadline-Ms", "Lambda-Runtime-Invoked-Function-Arn" }
    local seen = answers(code, { body = "1", without = without }, { env = env })
    assert.same({ '""' }, seen)
  end)

  it("is nil when the header is empty", function()
    local code = "return context.trace_id == nil and context.tenant_id == nil and context.identity == nil"
    local empty = { ["Lambda-Runtime-Trace-Id"] = "", ["Lambda-Runtime-Aws-Tenant-Id"] = "",
                    ["Lambda-Runtime-Cognito-Identity"] = "" }
    assert.same({ "true" }, answers(code, event_with(empty)))
  end)
end)

describe("the deadline", function()
  it("is an integer beyond 32 bits", function()
    local code = "return { math.type(context.deadline_ms), context.deadline_ms }"
    local event = event_with({ ["Lambda-Runtime-Deadline-Ms"] = "4102444800123" })
    assert.same({ '["integer",4102444800123]' }, answers(code, event))
  end)

  it("leaves so many milliseconds, an integer", function()
    local code = [[local ms = context:remaining_ms()
      return { math.type(ms), ms > 30000, ms <= 60000, context:get_remaining_time_in_millis() <= ms }]]
    assert.same({ '["integer",true,true,true]' }, answers(code, "1"))
  end)

  it("never leaves less than 0", function()
    local event = event_with({ ["Lambda-Runtime-Deadline-Ms"] = "1" })
    assert.same({ "0" }, answers("return context:remaining_ms()", event))
  end)

  it("may be missing, or no number: the event is answered", function()
    local code = "context:remaining_ms() return context.deadline_ms == nil"
    local odd = event_with({ ["Lambda-Runtime-Deadline-Ms"] = "soon" })
    local missing = { body = "1", without = { "Lambda-Runtime-Deadline-Ms" } }
    assert.same({ "true", "true" }, bootstrap_process.answers({ code = code, events = { odd, missing } }))
  end)
end)

describe("client context and identity", function()
  it("are decoded", function()
    local code = [[return { context.client_context.custom.depth[2], context.client_context.client.app_title,
      context.identity.cognitoIdentityId }]]
    local event = event_with({
      ["Lambda-Runtime-Client-Context"] =
        '{"client":{"app_title":"till"},"custom":{"depth":[1,{"x":9007199254740993}]}}',
      ["Lambda-Runtime-Cognito-Identity"] = '{"cognitoIdentityId":"eu:1","cognitoIdentityPoolId":"eu:2"}',
    })
    assert.same({ '[{"x":9007199254740993},"till","eu:1"]' }, answers(code, event))
  end)

  it("are the same table each time", function()
    local event = event_with({ ["Lambda-Runtime-Client-Context"] = '{"a":1}' })
    assert.same({ "true" }, answers("return context.client_context == context.client_context", event))
  end)

  for field, header in pairs({ client_context = "Lambda-Runtime-Client-Context",
                               identity = "Lambda-Runtime-Cognito-Identity" }) do
    it("fail the event that uses one that is no JSON, and no other: " .. field, function()
      local bad = event_with({ [header] = '{"broken' })
      local unused = { body = "2", headers = { [header] = '{"broken' } }
      local code = "if event == 1 then return context." .. field .. " end return 'unused'"
      local seen = bootstrap_process.run({ code = code, events = { bad, unused } })
      local expected = "Runtime.LambdaContextUnmarshalError"
      assert.equal(expected, seen[1].document.errorType)
      assert.equal(expected, seen[1].headers["Lambda-Runtime-Function-Error-Type"])
      assert.matches(header:lower(), seen[1].document.errorMessage:lower(), 1, true)
      assert.equal("/2018-06-01/runtime/invocation/req-2/response", seen[2].path)
      assert.equal('"unused"', seen[2].body)
    end)
  end
end)

describe("the context of one event", function()
  it("is no data: an answer that holds it says so, and where", function()
    local code = "return event == 1 and context or { a = context }"
    local seen = bootstrap_process.run({ code = code, events = { "1", "2" } })
    for index, path in ipairs({ "$", "$.a" }) do
      assert.equal("Runtime.MarshalError", seen[index].document.errorType)
      assert.equal("cannot encode " .. path .. ": a table cannot be a key; is it the handler's context? "
        .. "That is no data: answer with those of its fields that are wanted", seen[index].document.errorMessage)
    end
  end)

  it("is not that of the next", function()
    local code = "local kept = context.kept context.kept = 1 return { kept == nil, context.aws_request_id }"
    local both = bootstrap_process.answers({ code = code, events = { "1", "2" } })
    assert.same({ '[true,"req-1"]', '[true,"req-2"]' }, both)
  end)
end)
