--- lambda.on_shutdown: an internal extension, SIGTERM, and what runs then.
local bootstrap_process = require("bootstrap_process")

local HOOKED = [[
local lambda = require("lambda")
lambda.on_shutdown(function() print("first registered") end)
lambda.on_shutdown(function() print("last registered") end)
return { handler = function(event) return event end }
]]

local function paths(seen)
  local list = {}
  for index, request in ipairs(seen.requests) do
    list[index] = request.method .. " " .. request.path
  end
  return list
end

local function find(seen, path)
  for index, request in ipairs(seen.requests) do
    if request.path == path then
      return request, index
    end
  end
end

describe("lambda.on_shutdown", function()
  it("registers an internal extension, without events, before the first /next", function()
    local seen = bootstrap_process.run({ source = HOOKED, events = { "1", { term = true } } })
    local register = seen.requests[1]
    assert.equal("/2020-01-01/extension/register", register.path)
    assert.equal("lunambda", register.headers["Lambda-Extension-Name"])
    assert.same({ events = {} }, register.document)
    assert.equal('{"events":[]}', register.body)
  end)

  it("lets the extension wait on a connection of its own", function()
    local seen = bootstrap_process.run({ source = HOOKED, events = { "1", { term = true } } })
    local wait = find(seen, "/2020-01-01/extension/event/next")
    assert.equal("extension-1", wait.headers["Lambda-Extension-Identifier"])
    assert.not_equal(find(seen, "/2018-06-01/runtime/invocation/next").connection, wait.connection)
    assert.equal(2, seen.connections)
  end)

  it("is called on SIGTERM while /next waits, last registered first; then the process ends with 0", function()
    local seen = bootstrap_process.run({ source = HOOKED, events = { "1", { term = true } } })
    assert.equal(0, seen.exit)
    assert.equal("last registered\nfirst registered\n", seen.stdout)
    assert.equal("", seen.stderr)
  end)

  it("needs a fraction of the platform's 300 ms to begin", function()
    local seen = bootstrap_process.run({ source = HOOKED, events = { "1", { term = true } } })
    assert.is_true(seen.ms - seen.requests[#seen.requests].at_ms < 300)
  end)

  it("waits for the end of an invocation that is running", function()
    local seen = bootstrap_process.run({
      source = [[
        local lambda = require("lambda")
        lambda.on_shutdown(function() print("shut down") end)
        return { handler = function()
          os.execute("kill -TERM $PPID")
          print("still running")
          return "answer"
        end }
      ]],
      events = { "1", "2" },
    })
    assert.equal("still running\nshut down\n", seen.stdout)
    assert.equal('"answer"', find(seen, "/2018-06-01/runtime/invocation/req-1/response").body)
    assert.equal(1, seen.unused)
    assert.equal(0, seen.exit)
  end)

  it("logs what a function raises, with its stack, and calls the others", function()
    local seen = bootstrap_process.run({
      source = [[
        local lambda = require("lambda")
        lambda.on_shutdown(function() print("the other") end)
        lambda.on_shutdown(function() error("no more disk") end)
        return { handler = function() end }
      ]],
      events = { { term = true } },
    })
    assert.equal("the other\n", seen.stdout)
    assert.matches("Shutdown Error\t.*app.lua:3: no more disk", seen.stderr)
    assert.matches("app.lua:3: in ", seen.stderr, 1, true)
    assert.equal(0, seen.exit)
  end)

  it("is refused during an event: it would be too late to register", function()
    local answers = bootstrap_process.answers({
      code = [[return select(2, pcall(require("lambda").on_shutdown, print))]],
    })
    assert.matches("lambda.on_shutdown must be called while the handler's file loads", answers[1], 1, true)
  end)

  it("says so when the platform takes no extension, and works all the same", function()
    local seen = bootstrap_process.run({
      source = HOOKED, events = { "1", { term = true } }, plan = { "register 403" },
    })
    assert.matches("registering an internal extension for lambda.on_shutdown: HTTP status 403", seen.stderr, 1, true)
    assert.equal("last registered\nfirst registered\n", seen.stdout)
    assert.is_nil(find(seen, "/2020-01-01/extension/event/next"))
  end)

  local WITHOUT_SANITIZER = "detect_leaks=0:handle_segv=0:handle_sigbus=0:handle_sigfpe=0:handle_abort=0"
  local fails = "exec strace -f -o /dev/null -e trace=%s -e inject=%s:error=EINVAL \"$@\""

  --- Whether bootstrap starts so at all: a sanitizer may need the call.
  local function can_inject(call)
    local start = ("'%s/bootstrap' --version >/dev/null 2>&1"):format(bootstrap_process.bin())
    return os.execute(("ASAN_OPTIONS='%s' "):format(WITHOUT_SANITIZER)
      .. fails:format(call, call):gsub("^exec ", ""):gsub('"%$@"', start))
  end

  for call, complaint in pairs({
    rt_sigaction = "lambda.on_shutdown will not be called: SIGTERM cannot be caught: Invalid argument",
    eventfd2 = "cannot make an eventfd: Invalid argument",
  }) do
    local says = "says so where the system does not let it: " .. call
    if not can_inject(call) then
      pending(says .. ": strace is not installed or cannot inject errors here, or the sanitizer needs the call")
    else
      it(says, function()
        local seen = bootstrap_process.run({
          source = HOOKED, events = { "1" }, shell = fails:format(call, call), env = {
            ASAN_OPTIONS = WITHOUT_SANITIZER,
          },
        })
        assert.equal("1", find(seen, "/2018-06-01/runtime/invocation/req-1/response").body)
        assert.matches(complaint, seen.stderr, 1, true)
      end)
    end
  end

  it("leaves SIGTERM to the programs that a handler starts", function()
    local seen = bootstrap_process.run({
      source = [[
        local lambda = require("lambda")
        lambda.on_shutdown(function() end)
        return { handler = function()
          local _, how, number = os.execute("kill -TERM $$")
          return how .. " " .. number
        end }
      ]],
    })
    assert.equal('"signal 15"', find(seen, "/2018-06-01/runtime/invocation/req-1/response").body)
  end)

  it("ends the extension's thread with the loop", function()
    local seen = bootstrap_process.run({ source = HOOKED, events = { "1" } })
    assert.equal(1, seen.exit)
    assert.equal("", seen.stdout)
  end)
end)

describe("without lambda.on_shutdown", function()
  it("there is no extension, one connection, and SIGTERM ends the process", function()
    local seen = bootstrap_process.run({
      code = "return require('lambda').null", events = { "1", { term = true } },
    })
    assert.equal(15, seen.signal)
    assert.equal(1, seen.connections)
    assert.same({
      "GET /2018-06-01/runtime/invocation/next",
      "POST /2018-06-01/runtime/invocation/req-1/response",
      "GET /2018-06-01/runtime/invocation/next",
    }, paths(seen))
  end)
end)

describe("a record of a shutdown function", function()
  it("has no request id: the last event is over", function()
    local seen = bootstrap_process.run({
      source = [[
        local lambda = require("lambda")
        lambda.on_shutdown(function() lambda.log.info("bye") end)
        return { handler = function() lambda.log.info("hello") return 1 end }
      ]],
      events = { "1", { term = true } },
      env = { AWS_LAMBDA_LOG_FORMAT = "JSON" },
    })
    assert.matches('"requestId":"req%-1","message":"hello"', seen.stderr)
    assert.matches('"level":"INFO","message":"bye"', seen.stderr)
  end)
end)
