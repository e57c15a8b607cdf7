--- lunambda invoke --concurrency: several events in one sandbox.
local tool = require("lunambda_tool")

local function count(text, pattern)
  local _, found = text:gsub(pattern, "")
  return found
end

--- A handler whose workers wait for each other, asleep, in front of a FIFO of the folder.
local MEETING = [[
local lambda = require("lambda")
return { handler = function(event)
  os.execute("echo >> arrived")
  while true do
    local here = 0
    for _ in io.lines("arrived") do here = here + 1 end
    if here >= event.crew then
      return here >= event.crew
    end
    os.execute("sleep 0.01")
  end
end }
]]

describe("lunambda invoke --concurrency", function()
  it("has as many events in hand at once, and sends one for each worker", function()
    local result = tool.invoke(MEETING, { "--concurrency", "4", '{"crew":4}' })
    assert.equal("true\ntrue\ntrue\ntrue\n", result.out)
    assert.equal(0, result.status)
    assert.equal(4, count(result.err, "START RequestId"))
  end)

  it("sends --count events over its workers", function()
    local result = tool.invoke("return { handler = function(e) return e.n end }",
      { "--concurrency", "3", "--count", "50", '{"n":7}' })
    assert.equal(("7\n"):rep(50), result.out)
    assert.equal(50, count(result.err, "REPORT RequestId"))
  end)

  it("answers for late events and keeps the sandbox; their late answers are refused with 410", function()
    local result = tool.invoke([[
      return { handler = function()
        os.execute("sleep 0.3")
        return "late"
      end }
    ]], { "--concurrency", "2", "--count", "3", "--timeout", "0.1", "{}" })
    assert.equal(3, count(result.out, '"errorType":"Sandbox.Timedout"'))
    assert.equal(3, count(result.err, "Task timed out after 0.10 seconds"))
    assert.equal(1, result.status)
    assert.equal(0, count(result.err, "new sandbox"))
  end)

  it("starts a new sandbox when all workers hang", function()
    local result = tool.invoke([[
      return { handler = function() os.execute("sleep 30") end }
    ]], { "--concurrency", "2", "--count", "3", "--timeout", "0.1", "--init-timeout", "1", "{}" })
    assert.equal(3, count(result.out, '"errorType":"Sandbox.Timedout"'))
    assert.matches("All workers hang in events that timed out", result.err, 1, true)
  end)

  it("answers for all events of a sandbox that ends, and goes on with a new one", function()
    local result = tool.invoke([[
      return { handler = function() os.exit(3) end }
    ]], { "--concurrency", "2", "--count", "3", "{}" })
    assert.equal(3, count(result.out, '"errorType":"Runtime.ExitError"'))
    assert.equal(1, result.status)
  end)

  it("says once that the handler does not load", function()
    local result = tool.invoke("error('no')", { "--concurrency", "4", "{}" })
    assert.equal(1, count(result.out, "Function.InitError"))
    assert.equal(1, result.status)
  end)

  it("takes 1 to 64", function()
    local result = tool.invoke("return 1", { "--concurrency", "65", "{}" })
    assert.equal(2, result.status)
    assert.equal("lunambda: --concurrency takes a whole number from 1 to 64, got '65'\n", result.err)
  end)

  it("gives up a streamed answer that is late, as any other", function()
    local result = tool.invoke([[
      return { handler = function()
        return require("lambda").stream(function(out) out:write("a") os.execute("sleep 5") end)
      end }
    ]], { "--concurrency", "1", "--timeout", "0.5", "{}" })
    assert.matches("Task timed out after 0.50 seconds", result.err, 1, true)
    assert.equal(1, result.status)
  end)

  it("takes streamed answers above 6 MB, without their prelude in the body", function()
    local result = tool.invoke([[
      return { handler = function()
        return require("lambda").stream({ status = 201, body = ("x"):rep(7 << 20) })
      end }
    ]], { "--concurrency", "1", "--timeout", "30", "{}" })
    assert.equal(0, result.status)
    assert.is_nil(result.out:find("\0", 1, true))
    assert.is_true(#result.out >= 7 << 20)
  end)
end)
