--- lambda.idempotency in functions, over a fake of DynamoDB.
local bootstrap_process = require("bootstrap_process")
local cjson = require("cjson")
local http = require("lambda.http")
local http_server = require("http_server")

local SOURCE = [[
  local lambda = require("lambda")
  local count = 0
  return { handler = lambda.idempotency.wrap({ table = "t", key = "id" })(function(event)
    count = count + 1
    if event.stuck then
      while true do TICK end
    elseif event.bad then
      error("bad")
    end
    return { count = count, node = event.node }
  end) }]]

describe("an idempotent function", function()
  local server
  before_each(function()
    server = http_server.start("secrets_server")
  end)
  after_each(function()
    server:stop()
  end)

  local function run(events)
    return bootstrap_process.run({
      source = bootstrap_process.tick(SOURCE), events = events, env = {
        AWS_ENDPOINT_URL = server.url, AWS_ACCESS_KEY_ID = "AKIDEXAMPLE", AWS_SECRET_ACCESS_KEY = "key",
      },
    })
  end

  local function calls()
    return table.concat(assert(http.get(server.url .. "/calls")):json(), " ")
  end

  it("has its effect once, in whatever sandbox the event comes again", function()
    local seen = run({ '{"id":1,"node":"a"}', '{"id":1,"node":"a"}', '{"id":2,"node":"a"}' })
    assert.same({ count = 1, node = "a" }, cjson.decode(seen[1].body))
    assert.same({ count = 1, node = "a" }, cjson.decode(seen[2].body))
    assert.same({ count = 2, node = "a" }, cjson.decode(seen[3].body))
    assert.equal("PutItem UpdateItem PutItem GetItem PutItem UpdateItem", calls())
    seen = run({ '{"id":2,"node":"b"}' })
    assert.same({ count = 2, node = "a" }, cjson.decode(seen[1].body))
  end)

  it("runs again after an error, and says what is wrong with an event by its type", function()
    local seen = run({ '{"id":1,"bad":true}', '{"id":1}', "{}" })
    assert.matches("app.lua:%d+: bad$", seen[1].document.errorMessage)
    assert.matches("app.lua:%d+: in", table.concat(seen[1].document.stackTrace, "\n"))
    assert.equal(2, cjson.decode(seen[2].body).count)
    assert.equal("PutItem DeleteItem PutItem UpdateItem", calls())
    assert.equal("IdempotencyKeyMissing", seen[3].document.errorType)
    assert.equal("Function.IdempotencyKeyMissing", seen[3].headers["Lambda-Runtime-Function-Error-Type"])
  end)

  it("is stopped in time as others are, and the stopped execution is none that has answered", function()
    local seen = run({ { body = '{"id":1,"stuck":true}', deadline_ms = 1500 }, '{"id":2}', '{"id":1}' })
    assert.equal("Function.DeadlineExceeded", seen[1].document.errorType)
    assert.matches("app.lua:6", seen[1].document.errorMessage)
    assert.equal(2, cjson.decode(seen[2].body).count)
    if seen[3].document then
      assert.equal("IdempotencyInProgress", seen[3].document.errorType) -- its deadline is not over yet
    else
      assert.equal(3, cjson.decode(seen[3].body).count)
    end
  end)
end)
