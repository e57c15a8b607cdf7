--- Response streaming, seen from the platform: what arrives, when, and what happens when it cannot.
local cjson = require("cjson")
local bootstrap_process = require("bootstrap_process")

local RESPONSE = "/2018-06-01/runtime/invocation/req-1/response"

--- Runs handlers whose code has `lambda`, `event` and `context`.
local function run(options)
  if options.code then
    options.code = 'local lambda = require("lambda") ' .. options.code
  end
  return bootstrap_process.run(options)
end

local DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

local function from_base64(text)
  assert.equal(0, #text % 4)
  local bits = text:gsub("=", ""):gsub(".", function(digit)
    local value, word = DIGITS:find(digit, 1, true) - 1, ""
    for bit = 5, 0, -1 do
      word = word .. (value >> bit & 1)
    end
    return word
  end)
  return (bits:sub(1, #bits // 8 * 8):gsub("........", function(byte)
    return string.char(tonumber(byte, 2))
  end))
end

local function trailing_error(post)
  return cjson.decode(from_base64(post.upload.trailers["Lambda-Runtime-Function-Error-Body"]))
end

describe("a streamed answer", function()
  it("goes out chunk by chunk, announced as the Runtime API wants it", function()
    local seen = run({ code = [[
      return lambda.stream(function(out)
        assert(out:write("one") == true)
        assert(out:write("two\0three"))
      end)]],
      events = { { body = "{}", headers = { ["Lambda-Runtime-Invocation-Id"] = "nonce-7" } } } })
    local post = seen[1]
    assert.same({ "POST", RESPONSE }, { post.method, post.path })
    assert.same({ "whole", 2, "onetwo\0three" }, { post.upload.ended, post.upload.chunks, post.body })
    assert.equal("streaming", post.headers["Lambda-Runtime-Function-Response-Mode"])
    assert.equal("chunked", post.headers["Transfer-Encoding"])
    assert.equal("application/octet-stream", post.headers["Content-Type"])
    assert.equal("Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body", post.headers["Trailer"])
    assert.equal("nonce-7", post.headers["Lambda-Runtime-Invocation-Id"])
    assert.is_nil(post.headers["Expect"])
    assert.is_nil(post.headers["Content-Length"])
    assert.is_nil(next(post.upload.trailers))
  end)

  it("has a connection of its own, closed behind it", function()
    local seen = run({ code = 'return event.s and lambda.stream("streamed") or "buffered"',
      events = { '{"s":1}', "{}", '{"s":1}', "{}" } })
    local connections = {}
    for index, request in ipairs(seen.requests) do
      connections[index] = request.connection
    end
    assert.same({ 1, 2, 1, 1, 1, 3, 1, 1, 1 }, connections)
  end)

  it("gives the content type that it is told", function()
    local seen = run({ code = 'return lambda.stream{ content_type = "text/event-stream", body = "data: 1\\n\\n" }' })
    assert.equal("text/event-stream", seen[1].headers["Content-Type"])
    assert.equal("data: 1\n\n", seen[1].body)
  end)

  it("begins with a prelude when it has a status, headers or cookies", function()
    local seen = run({ code = [[
      return lambda.stream{ status = 418, headers = { ["X-Tea"] = "green", ["x-cups"] = 2 },
        cookies = { "a=1; Path=/", "b=café" }, content_type = "text/plain",
        body = function(out) out:write("short and stout") end }]] })
    assert.equal("application/vnd.awslambda.http-integration-response", seen[1].headers["Content-Type"])
    assert.equal('{"cookies":["a=1; Path=/","b=café"],"headers":{"X-Tea":"green","content-type":"text/plain",'
      .. '"x-cups":"2"},"statusCode":418}' .. ("\0"):rep(8) .. "short and stout", seen[1].body)
  end)

  it("may be empty, with and without a prelude", function()
    local seen = run({ code = 'return lambda.stream{ status = event.status, body = function(out) end }',
      events = { "{}", '{"status":204}' } })
    assert.same({ "whole", 0, "" }, { seen[1].upload.ended, seen[1].upload.chunks, seen[1].body })
    assert.same({ "whole", '{"headers":{},"statusCode":204}' .. ("\0"):rep(8) },
      { seen[2].upload.ended, seen[2].body })
  end)

  it("takes its body from strings, iterators, generic fors and coroutines", function()
    local seen = run({ files = { ["lines.txt"] = "l1\nl2\n", ["app.lua"] = [[
      local lambda = require("lambda")
      local kinds = {
        text = function() return lambda.stream("whole") end,
        iterator = function() return lambda.stream{ body = ("a b c"):gmatch("%a") } end,
        lines = function() return lambda.stream(io.lines("lines.txt", "L")) end,
        generic = function() return lambda.stream{ body = { io.lines("lines.txt", "L") } } end,
        coroutine = function()
          return lambda.stream(coroutine.wrap(function()
            coroutine.yield("y1") coroutine.yield("") coroutine.yield("y2")
          end))
        end,
        within = function()
          return lambda.stream(function(out)
            local other = coroutine.wrap(function() out:write("in a coroutine") coroutine.yield() out:write("!") end)
            other() other()
          end)
        end,
      }
      return { handler = function(event) return kinds[event]() end }]] },
      events = { '"text"', '"iterator"', '"lines"', '"generic"', '"coroutine"', '"within"' } })
    local bodies = {}
    for index, post in ipairs(seen) do
      bodies[index] = post.body .. ":" .. post.upload.chunks
    end
    assert.same({ "whole:1", "abc:3", "l1\nl2\n:2", "l1\nl2\n:2", "y1y2:2", "in a coroutine!:2" }, bodies)
  end)

  it("sends nothing for an empty chunk", function()
    local seen = run({ code = [[return lambda.stream(function(out)
      out:write("") out:write("a") assert(out:write("") == true) out:write("b") end)]] })
    assert.same({ "whole", 2, "ab" }, { seen[1].upload.ended, seen[1].upload.chunks, seen[1].body })
  end)

  it("is on its way when write returns, not when the body ends", function()
    local seen = run({ code = [[
      return lambda.stream(function(out)
        out:write("first;")
        local arrived
        for _ = 1, 20000 do
          local file = io.open("../seen/upload-1")
          arrived = file and file:read("a")
          if file then file:close() end
          if arrived == "first;" then break end
        end
        out:write(arrived == "first;" and "it was there" or "it was not there")
      end)]] })
    assert.equal("first;it was there", seen[1].body)
  end)

  it("runs after the handler returned, in the same invocation", function()
    local seen = run({ code = [[
      print("handler")
      return lambda.stream(function(out)
        print("body")
        out:write(context.aws_request_id .. (context:remaining_ms() > 0 and " in time" or ""))
      end)]] })
    assert.equal("handler\nbody\n", seen.stdout)
    assert.equal("req-1 in time", seen[1].body)
  end)

  it("arrives whole at a slow reader", function()
    local seen = run({ code = [[return lambda.stream(function(out)
        for i = 1, 40 do assert(out:write(("%08d"):format(i):rep(8192))) end
      end)]], posts = { { status = 202, slow = { 60000, 1 } } } })
    local expected = {}
    for i = 1, 40 do
      expected[i] = ("%08d"):format(i):rep(8192)
    end
    assert.equal("whole", seen[1].upload.ended)
    assert.is_true(table.concat(expected) == seen[1].body)
  end)
end)

describe("an error of a streamed answer", function()
  it("is an ordinary one as long as nothing was sent", function()
    for _, code in ipairs({
      'return lambda.stream(function(out) error("too early") end)',
      'return lambda.stream{ status = 200, body = function(out) out:write("") error("too early") end }',
    }) do
      local seen = run({ code = code })
      assert.equal("/2018-06-01/runtime/invocation/req-1/error", seen[1].path)
      assert.equal("Function.LuaError", seen[1].headers["Lambda-Runtime-Function-Error-Type"])
      assert.matches("too early", seen[1].document.errorMessage, 1, true)
      assert.equal(1, #seen)
      assert.equal(1, bootstrap_process.count(seen.stderr, "too early"))
    end
  end)

  it("goes into trailers afterwards, is logged once, and the next event is answered", function()
    local seen = run({ code = [[
      if event.n then return event.n end
      return lambda.stream(function(out)
        out:write("half")
        error(lambda.error("OrderNotFound", "no such order: café", { id = 7 }))
      end)]], events = { "{}", '{"n":1}' } })
    local post = seen[1]
    assert.same({ RESPONSE, "whole", "half" }, { post.path, post.upload.ended, post.body })
    assert.equal("Function.OrderNotFound", post.upload.trailers["Lambda-Runtime-Function-Error-Type"])
    local document = trailing_error(post)
    assert.same({ "OrderNotFound", "no such order: café", { id = 7 } },
      { document.errorType, document.errorMessage, document.errorData })
    assert.matches("app.lua:4: in upvalue 'body'", document.stackTrace[#document.stackTrace], 1, true)
    assert.equal(1, bootstrap_process.count(seen.stderr, "no such order"))
    assert.equal("1", seen[2].body)
  end)

  it("is shortened to what a Go server takes as trailers; the log has all of it", function()
    local seen = run({ code = [[
      return lambda.stream(function(out)
        out:write("half")
        error(lambda.error("Long", ("é\n"):rep(20000), ("x"):rep(50000)))
      end)]] })
    local document = trailing_error(seen[1])
    assert.same({ "half", "whole", "Function.Long", "Long" }, { seen[1].body, seen[1].upload.ended,
      seen[1].upload.trailers["Lambda-Runtime-Function-Error-Type"], document.errorType })
    assert.is_nil(document.errorData)
    assert.matches("^é\n", document.errorMessage)
    assert.is_true(#document.errorMessage > 500)
    assert.is_true(utf8.len(document.errorMessage) ~= nil)
    assert.matches(("x"):rep(50000), seen.stderr, 1, true)
  end)

  it("may come from an iterator, or as nil and err", function()
    local seen = run({ code = [[
      if event.i then
        local n = 0
        return lambda.stream(function() n = n + 1; return n < 3 and "chunk" or 42 end)
      end
      return lambda.stream(function(out) out:write("x") return nil, "went wrong" end)]],
      events = { '{"i":1}', "{}" } })
    assert.equal("chunkchunk", seen[1].body)
    assert.equal("the iterator of a streamed body gave a number; a chunk must be a string",
      trailing_error(seen[1]).errorMessage)
    assert.same({ "Function.Error", "went wrong" },
      { trailing_error(seen[2]).errorType, trailing_error(seen[2]).errorMessage })
  end)

  it("names the line that wrote something else than a string", function()
    local seen = run({ code = 'return lambda.stream(function(out) out:write("x") out:write(42) end)' })
    assert.matches("app.lua:1: bad argument #1 to 'out:write' (a string expected, got number)",
      trailing_error(seen[1]).errorMessage, 1, true)
  end)

  it("is raised where a kept `out` is used after its answer, whoever streams meanwhile", function()
    local seen = run({ source = [[
      local lambda, kept = require("lambda"), nil
      return { handler = function(event)
        return lambda.stream(function(out)
          local _, err = pcall(function() if kept then kept:write("stray") end end)
          out:write(tostring(err))
          kept = kept or out
          if event.fail then error("on purpose") end
        end)
      end }]], events = { '{"fail":1}', "{}" } })
    assert.equal("nil", seen[1].body)
    assert.matches("out:write after the end of the answer", seen[2].body, 1, true)
  end)
end)

--- The upload and the other posts; one that was cut short is recorded when its connection closed.
local function split(seen)
  local upload, others = nil, {}
  for _, post in ipairs(seen) do
    if post.upload then
      upload = post
    else
      others[#others + 1] = post.body
    end
  end
  return upload, others
end

local PERSISTENT = [[
  if event.n then return event.n end
  return lambda.stream(function(out)
    local chunk, failures, first = ("x"):rep(65536), 0, nil
    for _ = 1, 1000 do
      local ok, err = out:write(chunk)
      if not ok then
        failures, first = failures + 1, first or err
        if err ~= first then error("another err: " .. err) end
      end
      if failures == 50 then break end
    end
    print(("%d failures: %s"):format(failures, tostring(first)))
  end)]]

describe("a platform that takes no more", function()
  for name, case in pairs({
    ["resets the connection"] = { { breakoff = 200000, status = 202 }, "streaming the answer: " },
    ["answers 413"] = { { refuse = 200000, status = 413, body = "too much" },
      "streaming the answer: HTTP status 413: too much" },
    ["answers 400"] = { { refuse = 200000, status = 400 }, "streaming the answer: HTTP status 400" },
    ["answers 410 and closes"] = { { refuse = 1, status = 410, close = true }, "streaming the answer: " },
  }) do
    it("and " .. name .. " makes every write give nil and why at once; it is logged and survived", function()
      local seen = run({ code = PERSISTENT, events = { "{}", '{"n":1}' }, posts = { case[1] } })
      assert.matches("^50 failures: " .. case[2], seen.stdout)
      local upload, others = split(seen)
      assert.equal("cut", upload.upload.ended)
      assert.equal(1, bootstrap_process.count(seen.stderr, "WARN"))
      assert.matches("req-1\tWARN\t" .. case[2], seen.stderr, 1, true)
      assert.same({ "1" }, others)
    end)
  end

  it("may have a connection whose number is beyond what select(2) takes", function()
    local seen = run({ shell = 'ulimit -n 4096 && exec "$@"', code = [[
      Files = {}
      for i = 1, 1100 do Files[i] = assert(io.open("/dev/null")) end
      return lambda.stream(function(out)
        for _ = 1, 64 do assert(out:write(("x"):rep(65536))) end
      end)]], posts = { { status = 202, slow = { 262144, 2 } } } })
    assert.same({ 4194304, "whole" }, { seen[1].upload.bytes, seen[1].upload.ended }, seen.stderr)
  end)

  it("does not get the error that follows from it", function()
    local seen = run({ code = [[
      if event.n then return event.n end
      return lambda.stream(function(out)
        while true do assert(out:write(("x"):rep(65536))) end
      end)]], events = { "{}", '{"n":1}' }, posts = { { status = 202, breakoff = 100000 } } })
    local upload, others = split(seen)
    assert.same({ "cut", { "1" } }, { upload.upload.ended, others })
    assert.equal(1, bootstrap_process.count(seen.stderr, "Invoke Error"))
    assert.equal(1, bootstrap_process.count(seen.stderr, "\tWARN\t"))
  end)

  it("ends an iterator's body, and a tail call of write is no error", function()
    for _, body in ipairs({ "function() return chunk end",
                            "function(out) while out:write(chunk) do end return out:write(chunk) end" }) do
      local seen = run({ code = 'local chunk = ("x"):rep(65536) return lambda.stream(' .. body .. ")",
        posts = { { status = 202, breakoff = 100000 } } })
      assert.equal("cut", seen[1].upload.ended)
      assert.equal(0, bootstrap_process.count(seen.stderr, "Invoke Error"))
    end
  end)

  it("and says 500 ends the process", function()
    local seen = run({ code = 'return lambda.stream("x")', events = { "{}", "{}" }, posts = { 500 } })
    assert.same({ 1, 1, 1 }, { #seen, seen.exit, seen.unused })
    assert.matches("FATAL\tending the streamed answer: HTTP status 500", seen.stderr, 1, true)
  end)

  it("and refuses at the end is logged", function()
    local seen = run({ code = 'return lambda.stream("x")', events = { "{}", "{}" }, posts = { 410 } })
    assert.equal(2, #seen)
    assert.matches("req-1\tWARN\tending the streamed answer: HTTP status 410", seen.stderr, 1, true)
  end)

  it("and drops the connection instead of an answer is logged", function()
    local seen = run({ code = 'return lambda.stream("x")', events = { "{}", "{}" }, posts = { { drop = true } } })
    assert.equal(2, #seen)
    assert.equal("x", seen[1].body)
    assert.matches("req-1\tWARN\tending the streamed answer: ", seen.stderr, 1, true)
  end)
end)

describe("a reader who stands still", function()
  local function run_stalled(code)
    return run({ code = code, posts = { { status = 202, stall = 100000 } }, events = {
      { body = "{}", deadline_ms = 1500 }, '{"n":1}' } })
  end

  it("holds the body back until the deadline, which is an error in time", function()
    local seen = run_stalled([[
      if event.n then return event.n end
      return lambda.stream(function(out)
        local count, chunk = 0, ("x"):rep(65536)
        local guard <close> = setmetatable({}, { __close = function()
          print(count, context:remaining_ms())
        end})
        while true do
          assert(out:write(chunk))
          count = count + 1
        end
      end)]])
    local count, left_ms = seen.stdout:match("^(%d+)\t(%d+)\n$")
    assert.is_true(tonumber(count) < 400) -- 25 MB, more than the kernel's buffers take; it could have been any number
    assert.is_true(tonumber(left_ms) >= 60 and tonumber(left_ms) <= 150, left_ms)
    assert.matches("Function.DeadlineExceeded", seen.stderr, 1, true)
    assert.matches("not read fast enough", seen.stderr, 1, true)
    local upload, others = split(seen)
    assert.same({ "cut", { "1" } }, { upload.upload.ended, others })
  end)

  it("is not taken for one who has read all, even by a body that catches the error", function()
    local seen = run_stalled([[
      if event.n then return event.n end
      return lambda.stream(function(out)
        while pcall(out.write, out, ("x"):rep(65536)) do end
      end)]])
    assert.matches("Function.DeadlineExceeded", seen.stderr, 1, true)
    assert.equal("cut", split(seen).upload.ended)
  end)
end)

describe("a stream of 200 MB", function()
  local CHUNK_BYTES, COUNT = 65536, 3200

  it("arrives byte for byte, through constant memory", function()
    local bytes_equal
    local function compare(here)
      local file = assert(io.open(here.path .. "/seen/upload-2", "rb"))
      local equal = true
      for i = 1, COUNT do
        equal = equal and file:read(CHUNK_BYTES) == ("%08d"):format(i):rep(CHUNK_BYTES // 8)
      end
      bytes_equal = equal and file:read(1) == nil
      file:close()
    end
    local seen = run({ code = [[
      if event == 0 then
        for line in io.lines("/proc/self/status") do
          local kib = line:match("^VmHWM:%s+(%d+) kB$")
          if kib then return math.tointeger(kib) end
        end
      end
      return lambda.stream(function(out)
        for i = 1, event do assert(out:write(("%08d"):format(i):rep(8192))) end
      end)]],
      env = { ASAN_OPTIONS = "quarantine_size_mb=1:detect_leaks=0" }, -- what was freed shall not count
      events = { "20", "0", tostring(COUNT), "0" }, inspect = compare })
    assert.same({ "whole", CHUNK_BYTES * COUNT }, { seen[3].upload.ended, seen[3].upload.bytes })
    assert.is_true(bytes_equal)
    local before_kib, after_kib = seen[2].document, seen[4].document
    assert.is_true(after_kib - before_kib < 8 * 1024, ("%d KiB, then %d KiB"):format(before_kib, after_kib))
  end)

  it("is sent although its deadline was past when the event came: then the clocks disagree", function()
    local seen = run({ code = 'return lambda.stream(function(out) out:write("a") out:write("b") end)',
      events = { { body = "{}", headers = { ["Lambda-Runtime-Deadline-Ms"] = "1000" } } } })
    assert.same({ "whole", "ab" }, { seen[1].upload.ended, seen[1].body }, seen.stderr)
    assert.is_nil(next(seen[1].upload.trailers))
  end)
end)
