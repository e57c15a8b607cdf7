local json = require("lambda.json")
local native = require("lambda.native")
local trace = require("lambda.trace")

local HEADER = "Root=1-5e1b4151-5ac6c58dc39a9ba42c0f5d5c;Parent=53995c3f42cd8ad8;Sampled=1"

describe("lambda.trace", function()
  local sent, header, real_datagram, real_headers, real_getenv, warned, real_log
  setup(function()
    real_datagram, real_headers, real_getenv = native.datagram, native.log.headers, os.getenv
    real_log = package.loaded["lambda.log"]
    package.loaded["lambda.log"] = { warn = function(text) warned[#warned + 1] = text end }
    local function send(host, port, bytes)
      local first, document = bytes:match("^(.-\n)(.*)$")
      assert.equal('{"format":"json","version":1}\n', first)
      sent[#sent + 1] = assert(json.decode(document))
      sent[#sent].to = host .. " " .. port
      return true
    end
    native.datagram = function() return { send = send } end
    native.log.headers = function()
      return header and "date\0x\0lambda-runtime-trace-id\0" .. header .. "\0x\0y\0"
    end
  end)
  teardown(function()
    native.datagram, native.log.headers = real_datagram, real_headers
    package.loaded["lambda.log"] = real_log
    package.loaded["lambda.trace"] = nil
  end)
  before_each(function()
    sent, warned, header = {}, {}, HEADER
  end)

  --- The module with a daemon's address, which the tests' environment does not have.
  local function with_daemon(address)
    os.getenv = function(name) -- luacheck: ignore 122
      return name == "AWS_XRAY_DAEMON_ADDRESS" and address or real_getenv(name)
    end
    package.loaded["lambda.trace"] = nil
    local module = require("lambda.trace")
    os.getenv = real_getenv -- luacheck: ignore 122
    return module
  end

  it("sends a subsegment of the function's segment", function()
    local t = with_daemon("169.254.79.129:2000")
    local result = t.capture("orders table", function(segment)
      segment:annotate("tenant", "bob"):annotate("hit", true):metadata("rows", { 1, 2 }):metadata("q", "x", "db")
      return 42
    end)
    assert.equal(42, result)
    assert.equal(1, #sent)
    local document = sent[1]
    assert.equal("169.254.79.129 2000", document.to)
    assert.equal("subsegment", document.type)
    assert.equal("orders table", document.name)
    assert.equal("1-5e1b4151-5ac6c58dc39a9ba42c0f5d5c", document.trace_id)
    assert.equal("53995c3f42cd8ad8", document.parent_id)
    assert.matches("^%x%x%x%x%x%x%x%x%x%x%x%x%x%x%x%x$", document.id)
    assert.is_true(document.start_time <= document.end_time)
    assert.is_true(math.abs(document.end_time - os.time()) < 5)
    assert.same({ tenant = "bob", hit = true }, document.annotations)
    assert.same({ default = { rows = { 1, 2 } }, db = { q = "x" } }, document.metadata)
    assert.is_nil(document.fault)
  end)

  it("hangs what begins inside under what is open", function()
    local t = with_daemon("127.0.0.1:2000")
    t.capture("outer", function(outer)
      t.capture("inner", function() end)
      local _ <close> = t.begin("second")
      assert.equal(outer.id, sent[1].parent_id)
    end)
    t.capture("next", function() end)
    assert.same({ "inner", "second", "outer", "next" }, { sent[1].name, sent[2].name, sent[3].name, sent[4].name })
    assert.equal(sent[3].id, sent[2].parent_id)
    assert.equal("53995c3f42cd8ad8", sent[4].parent_id)
  end)

  it("keeps order when a parent finishes before its child", function()
    local t = with_daemon("127.0.0.1:2000")
    local outer, inner = t.begin("outer"), t.begin("inner")
    outer:finish()
    inner:finish()
    inner:finish()
    t.capture("next", function() end)
    assert.equal(3, #sent)
    assert.equal("53995c3f42cd8ad8", sent[3].parent_id)
  end)

  it("forgets what an earlier event never finished", function()
    local t = with_daemon("127.0.0.1:2000")
    t.begin("forgotten")
    header = HEADER:gsub("5e1b4151", "5e1b4152")
    t.capture("next", function() end)
    assert.equal("1-5e1b4152-5ac6c58dc39a9ba42c0f5d5c", sent[1].trace_id)
    assert.equal("53995c3f42cd8ad8", sent[1].parent_id)
  end)

  it("marks what failed, and passes the error on with its stack trace", function()
    local t = with_daemon("127.0.0.1:2000")
    local stack
    local ok, err = xpcall(t.capture, function(raised)
      stack = debug.traceback()
      return raised
    end, "pay", function()
      error(require("lambda").error("CardRefused", "no money"))
    end)
    assert.is_false(ok)
    assert.equal("CardRefused", err.type)
    assert.matches("trace_spec.lua:%d+: in function <", stack)
    assert.is_true(sent[1].fault)
    local exception = sent[1].cause.exceptions[1]
    assert.equal("CardRefused", exception.type)
    assert.equal("no money", exception.message)
    assert.equal(16, #exception.id)
    assert.is_string(sent[1].cause.working_directory)
  end)

  it("says what a remote call gave", function()
    local t = with_daemon("127.0.0.1:2000")
    for status, flags in pairs({ [200] = {}, [404] = { error = true }, [429] = { error = true, throttle = true },
      [503] = { fault = true } }) do
      sent = {}
      t.capture("api.example.com", function(segment)
        segment:remote({ method = "GET", url = "https://api.example.com/a", status = status })
      end)
      assert.equal("remote", sent[1].namespace)
      assert.equal(status, sent[1].http.response.status)
      assert.same(flags, { error = sent[1].error, fault = sent[1].fault, throttle = sent[1].throttle })
    end
  end)

  it("costs and sends nothing when the event is not traced", function()
    local t = with_daemon("127.0.0.1:2000")
    for _, value in ipairs({ (HEADER:gsub("Sampled=1", "Sampled=0")), "rubbish", false }) do
      header = value
      assert.is_false(t.is_sampled())
      assert.equal(1, t.capture("a", function(segment)
        segment:annotate("k", 1):metadata("k", 1):remote({ status = 500 })
        return 1
      end))
    end
    assert.same({}, sent)
    header = HEADER
    assert.is_true(t.is_sampled())
  end)

  it("has nobody to send to without a daemon, and understands the forms of its address", function()
    with_daemon(nil).capture("a", function() end)
    with_daemon("nonsense").capture("a", function() end)
    with_daemon("127.0.0.1:99999999999999999999").capture("a", function() end)
    assert.same({}, sent)
    with_daemon("tcp:127.0.0.1:2001 udp:127.0.0.2:2002").capture("a", function() end)
    with_daemon("[::1]:2003").capture("a", function() end)
    assert.equal("127.0.0.2 2002", sent[1].to)
    assert.equal("::1 2003", sent[2].to)
  end)

  it("leaves out metadata that would make the document too long, and says what is lost", function()
    local t = with_daemon("127.0.0.1:2000")
    t.capture("a", function(segment)
      segment:annotate("k", 1):metadata("big", ("x"):rep(70000))
    end)
    assert.is_nil(sent[1].metadata)
    assert.same({ k = 1 }, sent[1].annotations)
    t.capture("a", function(segment)
      segment:annotate("k", ("x"):rep(70000))
    end)
    assert.equal(1, #sent)
    assert.equal(2, #warned)
    assert.matches("^a trace is lost: ", warned[2])
    local raised = pcall(t.capture, "a", function() error(("x"):rep(100000)) end)
    assert.is_false(raised)
    assert.equal(2, #sent)
  end)

  it("blames the caller for wrong arguments", function()
    local function blamed(expected, fn, ...)
      local ok, err = pcall(fn, ...)
      assert.is_false(ok)
      assert.matches(expected, err, 1, true)
    end
    blamed("bad argument #1 to 'trace.begin' (a name expected", trace.begin)
    blamed("a name expected", trace.begin, "")
    blamed("a name expected", trace.begin, "a\nb{")
    blamed("a name expected", trace.begin, "é?")
    blamed("a name expected", trace.begin, ("x"):rep(201))
    blamed("bad argument #2 to 'trace.capture' (a function expected, got nil)", trace.capture, "a")
    local segment = trace.begin("a")
    blamed("bad argument #1 to 'annotate'", segment.annotate, segment, "a b", 1)
    blamed("bad argument #2 to 'annotate'", segment.annotate, segment, "a", {})
    blamed("bad argument #1 to 'metadata'", segment.metadata, segment, 1, 1)
    blamed("bad argument #2 to 'metadata'", segment.metadata, segment, "a", print)
    blamed("bad argument #3 to 'metadata' (a string expected, got number)", segment.metadata, segment, "a", 1, 5)
    blamed("bad argument #2 to 'annotate' (X-Ray has no NaN", segment.annotate, segment, "a", 0 / 0)
    blamed("has no NaN and no infinity", segment.annotate, segment, "a", -math.huge)
    blamed("bad argument #1 to 'remote' (a table expected, got nil)", segment.remote, segment)
    blamed("(status: a value of type integer expected, got string)", segment.remote, segment, { status = "404" })
    blamed("(url: a value of type string expected, got table)", segment.remote, segment, { url = {} })
    segment:finish()
  end)
end)

describe("lambda.native.datagram", function()
  local socket = require("socket")
  local datagram = native.datagram()

  it("sends to IPv4 and IPv6, and says why it could not", function()
    for _, address in ipairs({ "127.0.0.1", "::1" }) do
      local receiver = assert(address == "::1" and socket.udp6() or socket.udp4())
      assert(receiver:setsockname(address, 0))
      receiver:settimeout(5)
      local _, port = receiver:getsockname()
      assert.is_true(datagram.send(address, port, "hello\0world"))
      assert.equal("hello\0world", receiver:receive())
      receiver:close()
    end
    for _, place in ipairs({ { "localhost", 1 }, { "127.0.0.1", 0 }, { "127.0.0.1", 99999 }, { "", 1 },
      { ("1"):rep(100), 1 } }) do
      local ok, reason = datagram.send(place[1], place[2], "x")
      assert.is_nil(ok)
      assert.is_string(reason)
    end
    local ok, reason = datagram.send("127.0.0.1", 9, ("x"):rep(70000))
    assert.is_nil(ok)
    assert.matches("[Mm]essage too long", reason)
    assert.is_false(pcall(datagram.send, "127.0.0.1"))
  end)
end)
