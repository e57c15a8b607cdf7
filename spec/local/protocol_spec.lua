local tool = require("lunambda_tool")

local RUNTIME = "/2018-06-01/runtime/"
local NEXT = "call GET " .. RUNTIME .. "invocation/next\n"
local RESPONSE = RUNTIME .. "invocation/$id/response\n"
local FAILURE = RUNTIME .. "invocation/$id/error\n"
local ANSWER = "body \"done\"\ncall POST " .. RESPONSE

--- The statuses of the puppet's calls, in order.
local function statuses(result)
  local found = {}
  for status in result.err:gmatch("reply (%w+)") do
    found[#found + 1] = status
  end
  return table.concat(found, " ")
end

describe("the local Runtime API", function()
  it("accepts an answer with 202", function()
    local result = tool.play(NEXT .. ANSWER .. NEXT, { '{"n":1}' })
    assert.equal('"done"\n', result.out)
    assert.equal(0, result.status)
    assert.truthy(result.err:find('reply 200 {"n":1}\n', 1, true))
    assert.truthy(result.err:find('reply 202 {"status":"OK"}', 1, true))
  end)

  it("gives the same event again to a runtime that asks twice", function()
    local result = tool.play(NEXT .. NEXT .. ANSWER .. NEXT, { "7" })
    assert.equal("200 200 202", statuses(result))
    assert.equal('"done"\n', result.out)
  end)

  it("refuses a second answer with 403", function()
    local result = tool.play(NEXT .. ANSWER .. "body \"late\"\ncall POST " .. RESPONSE ..
      "call POST " .. FAILURE .. NEXT)
    assert.equal("200 202 403 403", statuses(result))
    assert.equal('"done"\n', result.out)
    assert.truthy(result.err:find("InvalidStateTransition", 1, true))
  end)

  it("refuses init/error after the start with 403", function()
    local result = tool.play(NEXT .. "call POST " .. RUNTIME .. "init/error\n" .. ANSWER .. NEXT)
    assert.equal("200 403 202", statuses(result))
  end)

  it("refuses unknown request ids with 400, before and during an event", function()
    local foreign = "call POST " .. RUNTIME .. "invocation/nobody/response\n"
    local result = tool.play(foreign .. NEXT .. foreign .. ANSWER .. NEXT)
    assert.equal("400 200 400 202", statuses(result))
    assert.truthy(result.err:find("InvalidRequestID", 1, true))
    assert.equal('"done"\n', result.out)
  end)

  it("refuses an answer for an earlier attempt with 410, and takes the echoed nonce", function()
    local result = tool.play(NEXT .. "header Lambda-Runtime-Invocation-Id: stale\n" .. ANSWER ..
      "header Lambda-Runtime-Invocation-Id: $nonce\n" .. ANSWER .. NEXT)
    assert.equal("200 410 202", statuses(result))
    assert.truthy(result.err:find("InvokeTimeout", 1, true))
    assert.equal(0, result.status)
  end)

  it("refuses an answer above 6,291,556 bytes with 413, and fails the invocation itself", function()
    local result = tool.play(NEXT .. "bytes 6291557\ncall POST " .. RESPONSE .. NEXT)
    assert.equal("200 413", statuses(result))
    assert.equal('{"errorType":"Function.ResponseSizeTooLarge","errorMessage":"Response payload size ' ..
      '(6291557 bytes) exceeded maximum allowed payload size (6291556 bytes)."}\n', result.out)
    assert.truthy(result.err:find("Status: error\tError Type: Function.ResponseSizeTooLarge", 1, true))
    assert.equal(1, result.status)
  end)

  it("takes an answer of 6,291,556 bytes", function()
    local result = tool.play(NEXT .. "bytes 6291556\ncall POST " .. RESPONSE .. NEXT)
    assert.equal("200 202", statuses(result))
    assert.equal(6291557, #result.out)
    assert.equal(0, result.status)
  end)

  it("answers 404 and 405 elsewhere", function()
    local result = tool.play("call GET /\ncall GET " .. RUNTIME .. "restore/next\n" ..
      "call POST " .. RUNTIME .. "invocation/next\ncall GET " .. RUNTIME .. "init/error\n" ..
      "call GET " .. RUNTIME .. "invocation/x/response\ncall POST " .. RUNTIME .. "invocation//response\n" ..
      "call GET /2018-06-01/ping\n" .. NEXT .. ANSWER .. NEXT)
    assert.equal("404 404 405 405 405 404 200 200 202", statuses(result))
    assert.truthy(result.err:find("reply 200 pong", 1, true))
  end)

  it("refuses foreign Host headers, as a rebound name would send", function()
    local result = tool.play("host evil.example:80\n" .. NEXT .. "host 127.0.0.1\n" .. NEXT .. "exit 3\n")
    assert.equal("403 403", statuses(result))
    assert.truthy(result.err:find("the Host header must be 127.0.0.1:", 1, true))
    assert.truthy(result.err:find("or localhost:", 1, true))
  end)

  it("refuses calls of web pages", function()
    local result = tool.play("header Origin: http://127.0.0.1:8000\n" .. NEXT .. "exit 3\n")
    assert.equal("403", statuses(result))
  end)

  it("takes headers of 100 KiB, and refuses more than its memory with 431", function()
    local result = tool.play("padding 102400\n" .. NEXT .. "padding 100000\n" .. ANSWER ..
      "connect\npadding 2000000\n" .. NEXT)
    assert.equal("200 202 431", statuses(result))
  end)

  it("delivers the event to the connection that still lives", function()
    local result = tool.play("send GET " .. RUNTIME .. "invocation/next\nclose\nconnect\n" .. NEXT ..
      ANSWER .. NEXT)
    assert.equal('"done"\n', result.out)
    assert.equal(0, result.status)
  end)

  it("fails an answer that breaks off", function()
    local result = tool.play(NEXT .. "length 100\nbody half\nsend POST " .. RESPONSE ..
      "close\nconnect\n" .. NEXT)
    assert.truthy(result.out:find('^{"errorType":"Runtime.TruncatedResponse"'))
    assert.equal(1, result.status)
  end)

  it("names the crash, not the broken answer, when the process died of it", function()
    local result = tool.play(NEXT .. "length 100\nbody half\nsend POST " .. RESPONSE .. "exit 7\n")
    assert.truthy(result.out:find("Runtime exited with error: exit status 7", 1, true))
  end)

  it("fails an unknown response mode, and passes a streamed answer on as it is", function()
    local result = tool.play(NEXT .. "header Lambda-Runtime-Function-Response-Mode: Streaming\n" ..
      ANSWER .. NEXT)
    assert.equal("200 400", statuses(result))
    assert.truthy(result.out:find('^{"errorType":"Runtime.InvalidResponseModeHeader"'))
    result = tool.play(NEXT .. "header Lambda-Runtime-Function-Response-Mode: streaming\n" .. ANSWER .. NEXT)
    assert.equal('"done"', result.out)
  end)

  it("hands an error document through, and names its type in the report", function()
    local result = tool.play(NEXT .. "header Lambda-Runtime-Function-Error-Type: Function.LuaError\n" ..
      'body {"errorMessage":"no"}\ncall POST ' .. FAILURE .. NEXT)
    assert.equal('{"errorMessage":"no"}\n', result.out)
    assert.truthy(result.err:find("\tStatus: error\tError Type: Function.LuaError\n", 1, true))
    assert.equal(1, result.status)
  end)

  it("keeps an answer whose runtime dies after it", function()
    local result = tool.play(NEXT .. ANSWER .. "exit 9\n")
    assert.equal('"done"\n', result.out)
    assert.truthy(result.err:find("Status: error\tError Type: Runtime.ExitError", 1, true))
    assert.equal(0, result.status)
  end)
end)

describe("an error of initialisation", function()
  it("is printed once as the answer, whatever the count", function()
    local result = tool.play("header Lambda-Runtime-Function-Error-Type: Function.InitError\n" ..
      'body {"errorMessage":"boom"}\ncall POST ' .. RUNTIME .. "init/error\nexit 1\n", { "--count", "5" })
    assert.equal('{"errorMessage":"boom"}\n', result.out)
    assert.truthy(result.err:find("INIT_REPORT Init Duration: [%d.]+ ms\tPhase: init\tStatus: error\t" ..
      "Error Type: Function.InitError\n"))
    assert.truthy(result.err:find("none of 5 events was sent", 1, true))
    assert.equal(1, result.status)
  end)

  it("may be an exit", function()
    local result = tool.play("exit 4\n")
    assert.truthy(result.out:find('^{"errorType":"Runtime.ExitError","errorMessage":"RequestId: [%x-]+ ' ..
      'Error: Runtime exited with error: exit status 4"}\n$'))
    assert.equal(1, result.status)
  end)

  it("may be slowness", function()
    local result = tool.play("hang\n", { "--init-timeout", "0.2" })
    assert.truthy(result.out:find('"errorType":"Sandbox.Timedout"', 1, true))
    assert.truthy(result.out:find("the initialisation did not end within 0.20 seconds", 1, true))
    assert.truthy(result.err:find("Status: timeout\n", 1, true))
    assert.equal(1, result.status)
  end)
end)
