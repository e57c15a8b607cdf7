local context = require("lambda.context")
local native = require("lambda.native")

local settings = {
  handler = "app.handler", task_root = "/var/task", executable = "/opt/bootstrap",
  function_name = "orders", memory_limit_in_mb = 128, region = "eu-central-1",
}

--- A context of headers given as a list of name, value, name, value.
local function of(...)
  local parts = { ... }
  return context.factory(settings)(#parts > 0 and table.concat(parts, "\0") .. "\0" or "")
end

describe("lambda.context", function()
  it("finds a header whatever the case of the name", function()
    local headers = of("x-custom", "1").headers
    assert.equal("1", headers["x-custom"])
    assert.equal("1", headers["X-Custom"])
    assert.is_nil(headers["x-other"])
    assert.is_nil(headers[1])
  end)

  it("joins a header that came twice", function()
    assert.equal("1, 2", of("x-a", "1", "x-a", "2").headers["x-a"])
  end)

  it("takes the first of the platform's own, as the runtime does", function()
    local c = of("lambda-runtime-aws-request-id", "req-1", "lambda-runtime-deadline-ms", "5",
      "lambda-runtime-aws-request-id", "req-2", "lambda-runtime-deadline-ms", "6")
    assert.same({ "req-1", 5 }, { c.aws_request_id, c.deadline_ms })
    assert.equal("req-1", c.headers["lambda-runtime-aws-request-id"])
  end)

  it("keeps an empty header among the headers and takes it for absent elsewhere", function()
    local c = of("lambda-runtime-trace-id", "")
    assert.equal("", c.headers["lambda-runtime-trace-id"])
    assert.is_nil(c.trace_id)
  end)

  it("derives the ids", function()
    local c = of("lambda-runtime-aws-request-id", "req-1", "lambda-runtime-invoked-function-arn", "arn:x",
      "lambda-runtime-trace-id", "Root=1", "lambda-runtime-aws-tenant-id", "blue")
    assert.equal("req-1", c.aws_request_id)
    assert.equal("arn:x", c.invoked_function_arn)
    assert.equal("Root=1", c.trace_id)
    assert.equal("blue", c.tenant_id)
  end)

  it("holds what the environment says, absent as nil", function()
    local c = of()
    assert.equal("orders", c.function_name)
    assert.equal("/var/task", c.task_root)
    assert.equal(128, c.memory_limit_in_mb)
    assert.is_nil(c.log_group_name)
    assert.is_nil(c.executable)
    assert.is_nil(c.no_such_field)
  end)

  it("reads the deadline as a 64-bit integer", function()
    local c = of("lambda-runtime-deadline-ms", "4102444800123")
    assert.equal(4102444800123, c.deadline_ms)
    assert.equal("integer", math.type(c.deadline_ms))
  end)

  it("knows no deadline when there is none, or none that is a number", function()
    assert.is_nil(of().deadline_ms)
    assert.is_nil(of():remaining_ms())
    assert.is_nil(of("lambda-runtime-deadline-ms", "soon").deadline_ms)
  end)

  it("counts the time that remains, and stops at 0", function()
    local now_ms = native.now_ms()
    local remaining_ms = of("lambda-runtime-deadline-ms", tostring(now_ms + 10000)):remaining_ms()
    assert.is_true(remaining_ms > 9000 and remaining_ms <= 10000)
    assert.equal(0, of("lambda-runtime-deadline-ms", tostring(now_ms - 1)):get_remaining_time_in_millis())
  end)

  it("decodes the client context and the identity", function()
    local c = of("lambda-runtime-client-context", '{"custom":{"n":[1,2]}}',
      "lambda-runtime-cognito-identity", '{"cognitoIdentityId":"id"}')
    assert.equal(2, c.client_context.custom.n[2])
    assert.equal("id", c.identity.cognitoIdentityId)
    assert.equal(c.client_context, c.client_context)
  end)

  it("raises a fault for a client context that is not JSON, and only when it is used", function()
    local c = of("lambda-runtime-client-context", "{oops")
    assert.is_nil(c.trace_id)
    local ok, fault = pcall(function() return c.client_context end)
    assert.is_false(ok)
    assert.equal("Runtime.LambdaContextUnmarshalError", fault.type)
    assert.matches("the header lambda-runtime-client-context is not JSON: ", fault.message, 1, true)
  end)

  it("shows every field to pairs", function()
    local seen = {}
    for key, value in pairs(of("lambda-runtime-aws-request-id", "req-1")) do
      seen[key] = value
    end
    assert.equal("req-1", seen.aws_request_id)
    assert.equal("orders", seen.function_name)
    assert.equal("table", type(seen.headers))
    assert.equal("function", type(seen.remaining_ms))
    for key in pairs(seen) do
      assert.equal("string", type(key))
    end
  end)

  it("can be written to by a handler", function()
    local c = of()
    c.mine = 1
    assert.equal(1, c.mine)
  end)
end)
