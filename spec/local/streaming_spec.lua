--- lunambda invoke on streamed answers.
local tool = require("lunambda_tool")

local HANDLER = [[
local lambda = require("lambda")
return { handler = function(event)
  return lambda.stream{ status = event.status, content_type = event.type, body = function(out)
    %s
  end }
end }]]

local function invoke(body, event, call, args)
  return tool.invoke(HANDLER:gsub("%%s", function() return body end), { event or "{}", table.unpack(args or {}) }, call)
end

local NEXT = "call GET /2018-06-01/runtime/invocation/next\n"
local STREAMED = "header Lambda-Runtime-Function-Response-Mode: streaming\n"
local RESPONSE = "call POST /2018-06-01/runtime/invocation/$id/response\n"
local PRELUDE = "header Content-Type: application/vnd.awslambda.http-integration-response\n"

describe("a streamed answer in lunambda invoke", function()
  it("goes to standard output byte by byte, without a newline of ours", function()
    local result = invoke('out:write("a\\0b") out:write("\\r\\nc")')
    assert.same({ "a\0b\r\nc", 0 }, { result.out, result.status })
  end)

  it("is shown as it comes", function()
    -- The body goes on only when its first chunk has arrived in the file that standard output is.
    local result = invoke([[
      out:write("first;")
      local arrived
      for _ = 1, 20000 do
        local file = io.open(".out")
        arrived = file:read("a")
        file:close()
        if arrived == "first;" then break end
      end
      out:write(arrived == "first;" and "it was there" or "it was not there")]])
    assert.equal("first;it was there", result.out)
  end)

  it("may be larger than a buffered one", function()
    local result = invoke('for _ = 1, 160 do assert(out:write(("x"):rep(65536))) end', "{}",
      { around = "@RUN | wc -c" })
    assert.equal(tostring(160 * 65536), result.out:match("%d+"))
  end)

  it("has its prelude on standard error", function()
    local result = invoke('out:write("body\\n")', '{"status":418,"type":"text/plain"}')
    assert.same({ "body\n", 0 }, { result.out, result.status })
    local prelude = '{"headers":{"content-type":"text/plain"},"statusCode":418}'
    assert.truthy(result.err:find("HTTP prelude: " .. prelude .. "\n", 1, true))
  end)

  it("may have nothing but a prelude", function()
    local result = invoke("", '{"status":204}')
    assert.same({ "", 0 }, { result.out, result.status })
    assert.truthy(result.err:find('HTTP prelude: {"headers":{},"statusCode":204}\n', 1, true))
  end)

  it("that breaks off with an error is a failure, told on standard error", function()
    local result = invoke('out:write("half\\n") error(lambda.error("DiskFull", "café"))')
    assert.same({ "half\n", 1 }, { result.out, result.status })
    assert.truthy(result.err:find("The streamed answer broke off:\nDiskFull: café\n", 1, true))
    assert.truthy(result.err:find("\tStatus: error\tError Type: Function.DiskFull\n", 1, true))
  end)

  it("that fails before its first byte has the error document for an answer", function()
    local result = invoke('error("early")')
    assert.truthy(result.out:find('^{"errorMessage":"[^"]*early","errorType":"Function.LuaError"'))
    assert.equal(1, result.status)
  end)

  it("that is too late keeps what was printed", function()
    local result = invoke('out:write("half\\n") while true do end', "{}", nil, { "--timeout", "0.5" })
    assert.equal("half\n", result.out)
    assert.equal(1, result.status)
    assert.truthy(result.err:find("The streamed answer broke off:\n", 1, true))
  end)

  it("that dies with its process keeps what was printed", function()
    local result = invoke('out:write("half\\n") os.exit(3)')
    assert.same({ "half\n", 1 }, { result.out, result.status })
    assert.truthy(result.err:find("Runtime exited with error: exit status 3", 1, true))
  end)

  it("leaves nothing behind for the next event", function()
    local result = tool.invoke([[
      local lambda, n = require("lambda"), 0
      return { handler = function()
        n = n + 1
        if n == 2 then return "buffered" end
        return lambda.stream(function(out) out:write(n .. "\n") if n == 1 then error("no") end end)
      end }]], { "--count", "3" })
    assert.same({ '1\n"buffered"\n3\n', 1 }, { result.out, result.status })
    assert.equal(1, select(2, result.err:gsub("broke off", "")))
  end)

  it("whose reader leaves ends the tool, not in silence", function()
    local result = invoke('while out:write(("x"):rep(65536)) do end', "{}",
      { around = "{ @RUN; echo status $? >&2; } | head -c 1" })
    assert.equal("x", result.out)
    assert.truthy(result.err:find("cannot write the answer to stdout: Broken pipe", 1, true))
    assert.truthy(result.err:find("status 2\n", 1, true))
  end)
end)

describe("a runtime of another kind that streams", function()
  it("may break off: what came is shown, the rest is a failure", function()
    local result = tool.play(NEXT .. STREAMED .. "length 100\nbody half\n" .. RESPONSE:gsub("^call", "send")
      .. "close\nconnect\n" .. NEXT)
    assert.same({ "half", 1 }, { result.out, result.status })
    assert.truthy(result.err:find("Runtime.TruncatedResponse", 1, true))
  end)

  it("may announce a prelude and send none", function()
    local result = tool.play(NEXT .. STREAMED .. PRELUDE .. "body no prelude\n" .. RESPONSE .. NEXT)
    assert.same({ "no prelude", 0 }, { result.out, result.status })
    assert.is_nil(result.err:find("HTTP prelude", 1, true))
  end)

  it("may send more than a prelude can be", function()
    local result = tool.play(NEXT .. STREAMED .. PRELUDE .. "bytes 2000000\n" .. RESPONSE .. NEXT)
    assert.same({ 2000000, 0 }, { #result.out, result.status })
  end)
end)
