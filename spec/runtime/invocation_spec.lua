--- One invocation: what the handler gets, what is posted, and what the process is like around it.
local bootstrap_process = require("bootstrap_process")

describe("an answer", function()
  it("is posted to the event's address as JSON", function()
    local seen = bootstrap_process.run({ code = "return event", events = { '{"n":1}' } })
    assert.equal("POST /2018-06-01/runtime/invocation/req-1/response", seen[1].method .. " " .. seen[1].path)
    assert.equal("application/json", seen[1].headers["content-type"])
    assert.equal('{"n":1}', seen[1].body)
  end)

  it("ends with the events, by the 410 of the fake, with status 1 and the reason", function()
    local seen = bootstrap_process.run({ code = "return event", events = { "1", "2" } })
    assert.same({ 1, 3, 2 }, { seen.exit, #seen.nexts, #seen })
    assert.matches("the plan is used up", seen.stderr, 1, true)
  end)

  it("leaves stderr alone while all is well", function()
    local seen = bootstrap_process.run({ code = "return event", events = { "1", "2" } })
    assert.equal(1, bootstrap_process.count(seen.stderr, "\n"))
    assert.equal("", seen.stdout)
  end)

  local results = {
    ["return"] = "null", ["return nil"] = "null", ["return 'text'"] = '"text"', ["return true"] = "true",
    ["return 42"] = "42", ["return 2^53"] = "9007199254740992", ["return 400/2"] = "200",
    ["return 0.1"] = "0.1", ["return math.mininteger"] = "-9223372036854775808",
    ["return {}"] = "{}", ["return { 1, 2 }"] = "[1,2]",
    ["return require('lambda').null"] = "null", ["return require('lambda').array({})"] = "[]",
    ["return require('cjson').null"] = "null",
  }
  for code, json in pairs(results) do
    it(("is %s for %s"):format(json, code), function()
      assert.same({ json }, bootstrap_process.answers({ code = code }))
    end)
  end

  it("gives back what came in", function()
    local events = { "null", "true", "0", "-1", '"text"', "[]", "{}", '{"a":[]}', '{"a":{}}',
                     "[[],{},null,1.5]", "9007199254740993", "9223372036854775807", "-9223372036854775808",
                     '"café 日本 😀"',
                     '{"deep":{"deeper":[{"deepest":null}]}}' }
    assert.same(events, bootstrap_process.answers({ code = "return event", events = events }))
  end)

  it("may be bytes of any type by lambda.raw", function()
    local seen = bootstrap_process.run({
      code = [[if event == 1 then return require("lambda").raw('{"a": 1}') end
               return require("lambda").raw("\0\1\xff", "image/png")]],
      events = { "1", "2" },
    })
    assert.same({ '{"a": 1}', "\0\1\xff" }, { seen[1].body, seen[2].body })
    assert.equal("image/png", seen[2].headers["content-type"])
  end)

  it("refuses a content type that would break the header", function()
    local code = [[return require("lambda").raw("x", "text/plain\r\nEvil: yes")]]
    local seen = bootstrap_process.run({ code = code })
    assert.equal("/2018-06-01/runtime/invocation/req-1/error", seen[1].path)
    assert.is_nil(seen[1].headers.evil)
  end)
end)

describe("a request of bootstrap", function()
  it("names the runtime and its version", function()
    local seen = bootstrap_process.run({ code = "return 1" })
    for _, request in ipairs(seen.requests) do
      assert.matches("^lunambda/%d+%.%d+%.%d+$", request.headers["User-Agent"])
    end
  end)

  it("asks for the next event without a body", function()
    local next_request = bootstrap_process.run({ code = "return 1" }).nexts[1]
    assert.equal("GET /2018-06-01/runtime/invocation/next", next_request.method .. " " .. next_request.path)
    assert.equal("", next_request.body)
    assert.is_nil(next_request.headers["content-length"])
  end)

  it("waits for no 100-continue, however long the body", function()
    local events = { "10", "2000", "3000000" }
    local seen = bootstrap_process.run({ code = "return ('x'):rep(event)", events = events })
    for _, post in ipairs(seen) do
      assert.is_nil(post.headers.expect)
    end
    assert.equal(3000002, #seen[3].body)
  end)

  for call, code in pairs({ response = "return 1", error = "error('no')" }) do
    it("echoes the invocation id when there is one, on /" .. call, function()
      local events = { { body = "1", headers = { ["Lambda-Runtime-Invocation-Id"] = "nonce-1" } }, "2",
                       { body = "3", headers = { ["Lambda-Runtime-Invocation-Id"] = "" } },
                       { body = "4", headers = { ["Lambda-Runtime-Invocation-Id"] = "nonce-4" } } }
      local seen = bootstrap_process.run({ code = code, events = events })
      local echoed = {}
      for index, post in ipairs(seen) do
        echoed[index] = post.headers["Lambda-Runtime-Invocation-Id"] or "none"
      end
      assert.same({ "nonce-1", "none", "none", "nonce-4" }, echoed)
    end)

    it("has the request id escaped, on /" .. call, function()
      local event = { body = "1", headers = { ["Lambda-Runtime-Aws-Request-Id"] = "a/b c?d#e%2Fä" } }
      local seen = bootstrap_process.run({ code = code, events = { event } })
      local path = seen[1].path:gsub("%%%x%x", string.upper) -- both cases mean the same
      assert.equal("/2018-06-01/runtime/invocation/a%2Fb%20c%3Fd%23e%252F%C3%A4/" .. call, path)
    end)
  end

  it("goes past every proxy", function()
    local proxy = "http://127.0.0.1:1"
    local env = { http_proxy = proxy, HTTP_PROXY = proxy, all_proxy = proxy, ALL_PROXY = proxy }
    assert.same({ "1" }, bootstrap_process.answers({ code = "return event", events = { "1" }, env = env }))
  end)

  it("stays on one connection for 1,000 events", function()
    local event = { body = '{"n":1}', times = 1000 }
    local seen = bootstrap_process.run({ code = "return context.aws_request_id", events = { event } })
    assert.same({ 1, 1000, 1001 }, { seen.connections, #seen, #seen.nexts })
    for index, post in ipairs(seen) do
      assert.equal(('"req-%d"'):format(index), post.body)
    end
  end)
end)

describe("the trace id in the environment", function()
  local function traced(id)
    return { body = "1", headers = { ["Lambda-Runtime-Trace-Id"] = id } }
  end

  it("is that of the event, and gone when the event has none", function()
    local answers = bootstrap_process.answers({
      code = "return os.getenv('_X_AMZN_TRACE_ID')",
      events = { "1", traced("Root=1-a;Sampled=1"), "1", traced("Root=1-b"), traced("") },
      env = { _X_AMZN_TRACE_ID = "stale" },
    })
    assert.same({ "null", '"Root=1-a;Sampled=1"', "null", '"Root=1-b"', "null" }, answers)
  end)

  it("reaches child processes", function()
    local code = "return io.popen('printenv _X_AMZN_TRACE_ID'):read('l')"
    assert.same({ '"Root=1-a"' }, bootstrap_process.answers({ code = code, events = { traced("Root=1-a") } }))
  end)
end)

describe("the process around a handler", function()
  it("ends with os.exit, without an answer, its output written", function()
    local seen = bootstrap_process.run({ code = "io.write('last words') os.exit(3)" })
    assert.same({ 3, 0, "last words" }, { seen.exit, #seen, seen.stdout })
  end)

  it("ends with os.exit(true, true), the state closed", function()
    local seen = bootstrap_process.run({ code = "print('bye') os.exit(true, true)" })
    assert.same({ 0, 0, "bye\n" }, { seen.exit, #seen, seen.stdout })
  end)

  it("has its output written before the answer is posted", function()
    local code = "print('one') io.write('two') io.stderr:write('three') return 1"
    local seen = bootstrap_process.run({ code = code })
    assert.equal("one\ntwo", seen.stdout)
    assert.equal(#"one\ntwo", seen[1].stdout_bytes)
    assert.equal(#"three", seen[1].stderr_bytes)
  end)

  it("has its output written before a failure is posted", function()
    local seen = bootstrap_process.run({ code = "io.write('so far') error('no')" })
    assert.equal(#"so far", seen[1].stdout_bytes)
    assert.is_true(seen[1].stderr_bytes > 0)
  end)

  it("has the output of loading written before the first event", function()
    local seen = bootstrap_process.run({ source = "io.write('loading') return { handler = print }" })
    assert.equal(#"loading", seen.nexts[1].stdout_bytes)
  end)

  it("survives writing to a closed pipe", function()
    local code = [[local pipe = io.popen("exec true", "w")
                   local ok, why
                   for _ = 1, 1000 do ok, why = pipe:write(("x"):rep(65536)) if not ok then break end end
                   pipe:close()
                   return why]]
    assert.same({ '"Broken pipe"' }, bootstrap_process.answers({ code = code }))
  end)

  it("gives its children the default SIGPIPE", function()
    local code = [[return io.popen("sh -c 'kill -PIPE $$; echo ignored' ; echo done"):read("a")]]
    assert.same({ '"done\\n"' }, bootstrap_process.answers({ code = code }))
  end)

  it("keeps its connection from its children", function()
    local code = [[local connections, inherited = io.open("/proc/self/net/tcp"):read("a"), {}
      for inode in io.popen("ls -l /proc/self/fd"):read("a"):gmatch("socket:%[(%d+)%]") do
        if connections:find(" " .. inode .. " ", 1, true) then inherited[#inherited + 1] = inode end
      end
      return #inherited]]
    assert.same({ "0" }, bootstrap_process.answers({ code = code }))
  end)

  it("works in the task root", function()
    local code = "return io.open('app.lua') ~= nil"
    assert.same({ "true" }, bootstrap_process.answers({ code = code }))
  end)

  it("keeps what the file set up from event to event", function()
    local source = "local n = 0 return { handler = function() n = n + 1 return n end }"
    assert.same({ "1", "2", "3" }, bootstrap_process.answers({ source = source, events = { "0", "0", "0" } }))
  end)
end)
