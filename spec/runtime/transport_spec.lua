--- Addresses, connections that break, and headers as servers may send them.
local bootstrap_process = require("bootstrap_process")
local scratch = require("scratch")

local function echo(options)
  options.code = "return event"
  return bootstrap_process.run(options)
end

local function bodies(seen)
  local list = {}
  for index, post in ipairs(seen) do
    list[index] = post.body
  end
  return list
end

describe("AWS_LAMBDA_RUNTIME_API", function()
  it("may be an IPv6 literal", function()
    local seen = echo({ plan = { "listen ::1" }, events = { "1", "2" } })
    assert.same({ "1", "2" }, bodies(seen))
    assert.matches("^%[::1%]:%d+$", seen[1].headers.host)
  end)

  it("may be a host name", function()
    local seen = echo({ plan = { "host localhost" }, events = { "1", "2" } })
    assert.same({ "1", "2" }, bodies(seen))
    assert.matches("^localhost:%d+$", seen[1].headers.host)
  end)

  for _, address in ipairs({ "http://127.0.0.1:9001", "127.0.0.1", "127.0.0.1:", ":9001", "127.0.0.1:99999",
                             "127.0.0.1:0", "127.0.0.1:9001/path", "127.0.0.1:90x1", "two words:9001",
                             "[::1:9001", "user@127.0.0.1:9001" }) do
    it(("is refused by name: %q"):format(address), function()
      local seen = echo({ env = { AWS_LAMBDA_RUNTIME_API = address } })
      assert.same({ 1, 0 }, { seen.exit, seen.connections })
      assert.matches("AWS_LAMBDA_RUNTIME_API", seen.stderr, 1, true)
      assert.matches(address, seen.stderr, 1, true)
      assert.equal(1, bootstrap_process.count(seen.stderr, "\n"))
    end)
  end

  for _, value in ipairs({ false, "" }) do
    it("makes bootstrap say what it is when it is " .. (value and "empty" or "unset"), function()
      local seen = echo({ env = { AWS_LAMBDA_RUNTIME_API = value } })
      assert.not_equal(0, seen.exit)
      assert.is_nil(seen.signal)
      assert.matches("lunambda %d+%.%d+%.%d+", seen.stderr)
      assert.matches("lunambda invoke ", seen.stderr, 1, true)
    end)
  end
end)

describe("a server that is not there", function()
  it("is waited for", function()
    local here <close> = scratch.new()
    local loaded = here.path .. "/loaded"
    local source = "io.open('%s', 'w'):close() return { handler = function(event) return event end }"
    local seen = bootstrap_process.run({ source = source:format(loaded), plan = { "late 150 " .. loaded },
                                         events = { "1" } })
    assert.same({ "1" }, bodies(seen))
  end)

  it("is given up in the end, with status 1 and the reason", function()
    local seen = echo({ plan = { "never" } })
    assert.same({ 1, 0 }, { seen.exit, seen.connections })
    assert.is_true(seen.ms >= 1500)
    assert.matches("127.0.0.1", seen.stderr, 1, true)
    assert.matches("connect", seen.stderr, 1, true)
  end)

  it("may hang up at first", function()
    assert.same({ "1" }, bodies(echo({ plan = { "hangups 3" }, events = { "1" } })))
  end)
end)

describe("a connection that the server closes", function()
  it("between events is opened again", function()
    local events = { { body = "1", close = true },
                     { body = "2", headers = { Connection = "close" }, close = true }, "3" }
    local seen = echo({ events = events, posts = { { status = 202, close = true } } })
    assert.same({ "1", "2", "3" }, bodies(seen))
  end)

  it("in the middle of an event's body loses nothing", function()
    local event = '"' .. ("x"):rep(5000) .. '"'
    for _, broken in ipairs({ { cut = 0 }, { cut = 4000 }, { cut = 700, chunks = { 100 } } }) do
      broken.body = event
      local seen = echo({ events = { broken, event, "2" } })
      assert.same({ event, "2" }, bodies(seen))
      assert.equal("/2018-06-01/runtime/invocation/req-2/response", seen[1].path)
    end
  end)

  it("when /next is asked on it makes libcurl send the request again", function()
    local seen = echo({ events = { "1", { drop = true }, "2" } })
    assert.same({ "1", "2" }, bodies(seen))
    assert.same({ 1, 2 }, { seen.nexts[2].connection, seen.nexts[3].connection })
  end)

  it("by a reset is opened again", function()
    assert.same({ "1", "2" }, bodies(echo({ events = { { reset = true }, "1", { reset = true }, "2" } })))
  end)

  it("in the middle of the answer to a post does not lose the loop", function()
    local posts = { { status = 202, body = '{"status":"OK"}', cut = 3 } }
    local seen = echo({ events = { "1", "2" }, posts = posts })
    assert.equal("1", seen[1].body)
    assert.equal("2", seen[#seen].body)
  end)
end)

describe("the headers of an event", function()
  for _, case in ipairs({ "lower", "upper" }) do
    it("may come in " .. case .. " case", function()
      local event = { body = "1", case = case, headers = { ["Lambda-Runtime-Trace-Id"] = "Root=1-a",
                                                           ["Lambda-Runtime-Invocation-Id"] = "nonce" } }
      local code = "return { context.aws_request_id, context.trace_id, context.deadline_ms ~= nil }"
      local events = { event, { body = "1", case = case, chunks = { 1 } } }
      local seen = bootstrap_process.run({ code = code, events = events })
      assert.equal('["req-1","Root=1-a",true]', seen[1].body)
      assert.equal("nonce", seen[1].headers["Lambda-Runtime-Invocation-Id"])
    end)
  end

  it("may have no content type", function()
    assert.same({ "1" }, bodies(echo({ events = { { body = "1", without = { "Content-Type" } } } })))
  end)

  it("without a request id are no event: it is asked again", function()
    local empty = { body = "1", headers = { ["Lambda-Runtime-Aws-Request-Id"] = "" } }
    local missing = { body = "2", without = { "Lambda-Runtime-Aws-Request-Id" } }
    local seen = echo({ events = { empty, missing, "3" } })
    assert.same({ "3" }, bodies(seen))
  end)

  it("do not take the request id from an informational answer", function()
    local early = { body = "1", early = { "103 Lambda-Runtime-Aws-Request-Id: wrong" } }
    local only_early = { body = "2", early = early.early, without = { "Lambda-Runtime-Aws-Request-Id" } }
    local seen = echo({ events = { early, only_early, "3" } })
    assert.same({ "1", "3" }, bodies(seen))
    assert.equal("/2018-06-01/runtime/invocation/req-1/response", seen[1].path)
  end)

  it("may be many and long", function()
    local headers = {}
    for index = 1, 20 do
      headers["X-Long-" .. index] = ("v"):rep(3000)
    end
    local code = "local n = 0 for i = 1, 20 do n = n + #context.headers['x-long-' .. i] end return n"
    local seen = bootstrap_process.run({ code = code, events = { { body = "1", headers = headers } } })
    assert.equal("60000", seen[1].body)
  end)
end)

describe("bootstrap without standard descriptors", function()
  for _, closed in ipairs({ "<&-", ">&-", "2>&-", ">&- 2>&-", "<&- >&- 2>&-" }) do
    it("sends the Runtime API nothing but requests: " .. closed, function()
      local seen = bootstrap_process.run({
        shell = 'exec "$@" ' .. closed,
        code = "print('printed') io.stderr:write('written\\n') if event == 1 then error('boom', 0) end return event",
        events = { "1", "2" },
      })
      assert.same({ 2, 3 }, { #seen, #seen.nexts })
      assert.equal("/2018-06-01/runtime/invocation/req-1/error", seen[1].path)
      assert.equal("boom", seen[1].document.errorMessage)
      assert.equal("2", seen[2].body)
    end)
  end
end)
