--- A handler that overruns its time is stopped before the platform kills it, and its caller told where it was stuck.
local bootstrap_process = require("bootstrap_process")
local lua_modules = require("lua_modules")
local tool = require("lunambda_tool")

local TIME_MS = 1500

--- Runs code that is stuck for one event; the next one must be answered as if nothing had been.
local function stuck(code, options)
  options = options or {}
  options.source = ([[
    return { handler = function(event)
      if event == "well" then
        local n = 0
        for i = 1, 100000 do n = n + i end
        return coroutine.wrap(function() return n end)()
      end
      %s
    end }]]):gsub("%%s", function() return bootstrap_process.tick(code) end)
  options.events = { { body = '"stuck"', deadline_ms = TIME_MS }, '"well"' }
  local seen = bootstrap_process.run(options)
  assert.same({ 2, 3, 0 }, { #seen, #seen.nexts, seen.unused }, seen.stderr)
  assert.equal("5000050000", seen[2].body)
  return seen[1], seen
end

local function assert_stopped(post, where)
  assert.equal("/2018-06-01/runtime/invocation/req-1/error", post.path)
  assert.equal("Function.DeadlineExceeded", post.headers["Lambda-Runtime-Function-Error-Type"])
  assert.equal("Function.DeadlineExceeded", post.document.errorType)
  assert.matches("app.lua:" .. where .. ": still running %d%d%d? ms before the time%-out", post.document.errorMessage)
  assert.matches("app.lua:" .. where .. ":", table.concat(post.document.stackTrace, "\n"))
end

describe("a handler that overruns its time", function()
  it("is stopped in a loop that never ends", function()
    assert_stopped(stuck("\nwhile true do TICK end"), 8)
  end)

  it("is stopped while it sleeps", function()
    local post = stuck("\nrequire('lambda.native').sleep_ms(60000)\nreturn 1")
    assert_stopped(post, "%d+")
  end)

  it("is stopped in a loop within pcall", function()
    assert_stopped(stuck("while true do pcall(function()\nwhile true do TICK end end) end"), 8)
  end)

  it("is stopped in a loop in a coroutine in a coroutine", function()
    local post = stuck([[
      local outer = coroutine.create(function()
        local inner = coroutine.wrap(function()
          while true do TICK end
        end)
        while true do pcall(inner) end
      end)
      while true do
        coroutine.resume(outer)
      end]])
    assert_stopped(post, 9)
    local trace = table.concat(post.document.stackTrace, "\n")
    assert.matches("app.lua:9:.*app.lua:11:.*coroutine.resume.*app.lua:14:", trace)
    assert.not_matches("[lunambda", trace, 1, true)
  end)

  it("has its stack told however many coroutines it is in, and however deep each is", function()
    local post = bootstrap_process.run({
      source = bootstrap_process.tick([[
        local function deep(level, fn) if level > 0 then deep(level - 1, fn) else fn() end return level end
        local function nest(count)
          if count == 0 then while true do TICK end end
          coroutine.wrap(function() deep(30, function() nest(count - 1) end) end)()
          return count
        end
        return { handler = function() deep(30, function() nest(30) end) return 1 end }]]),
      events = { { body = "{}", deadline_ms = TIME_MS } },
    })[1]
    assert_stopped(post, 3)
    assert.equal(32, #post.document.stackTrace)
  end)

  it("is stopped between calls of string.rep that follow one another", function()
    assert_stopped(stuck("\nwhile true do local _ = ('x'):rep(1e6) end"), 8)
  end)

  it("is killed by the platform in pattern matching that does not end, for that is C", function()
    local result = tool.invoke(
      "return { handler = function() return (('a'):rep(200)):find(('a-'):rep(8) .. 'b') end }", { "--timeout", "0.5" })
    assert.matches("Sandbox.Timedout", result.out, 1, true)
  end)

  it("is killed by the platform in a C call that sleeps", function()
    local result = tool.invoke("return { handler = function() require('sleeper').sleep(60000) end }",
      { "--timeout", "0.5", "--env", "LUA_CPATH_5_4=" .. lua_modules.cpath() })
    assert.matches("Sandbox.Timedout", result.out, 1, true)
  end)

  it("is not stopped in a C call, but right behind it", function()
    local post = stuck("require('sleeper').sleep(1420)\nwhile true do TICK end",
      { env = { LUA_CPATH_5_4 = lua_modules.cpath() } })
    assert_stopped(post, 7)
  end)

  it("is logged with the stuck line", function()
    local _, seen = stuck("\nwhile true do TICK end")
    assert.equal(1, bootstrap_process.count(seen.stderr, "Function.DeadlineExceeded"))
    assert.matches("app.lua:8: still running", seen.stderr, 1, true)
  end)
end)

describe("the deadline guard", function()
  it("takes its margin from LUNAMBDA_DEADLINE_MARGIN_MS", function()
    local post = bootstrap_process.run({
      code = bootstrap_process.tick("while true do TICK end"),
      events = { { body = "{}", deadline_ms = TIME_MS } },
      env = { LUNAMBDA_DEADLINE_MARGIN_MS = "20" },
    })[1]
    assert.matches(": still running 20 ms before", post.document.errorMessage, 1, true)
  end)

  it("is switched off by a margin of 0", function()
    local seen = bootstrap_process.run({
      code = "local t = os.clock() while os.clock() - t < 0.3 do end return 'late'",
      events = { { body = "{}", deadline_ms = 200 } },
      env = { LUNAMBDA_DEADLINE_MARGIN_MS = "0" },
    })
    assert.equal('"late"', seen[1].body)
  end)

  it("refuses a margin that is none", function()
    local seen = bootstrap_process.run({ code = "return 1", env = { LUNAMBDA_DEADLINE_MARGIN_MS = "soon" } })
    assert.equal("Runtime.ConfigInvalid", seen[1].document.errorType)
    assert.matches("LUNAMBDA_DEADLINE_MARGIN_MS is 'soon', not a number of milliseconds", seen[1].document.errorMessage,
      1, true)
  end)

  it("does not stop a handler whose deadline is past when its event comes", function()
    local answers = bootstrap_process.answers({
      code = "for i = 1, 100000 do end return context:remaining_ms()",
      events = { { body = "{}", headers = { ["Lambda-Runtime-Deadline-Ms"] = "1000" } } },
    })
    assert.same({ "0" }, answers)
  end)

  it("interrupts a C call with EINTR at most", function()
    local answers = bootstrap_process.answers({
      code = "if event == 1 then return 'armed' end return tostring(require('sleeper').doze(5000))",
      events = { { body = "1", deadline_ms = 500 }, { body = "2" } },
      env = { LUA_CPATH_5_4 = lua_modules.cpath() },
    })
    assert.same({ '"armed"', '"EINTR"' }, answers)
  end)

  it("never stops a later invocation for an earlier one's deadline", function()
    local events = {}
    for index = 1, 20 do
      events[index] = { body = "{}", deadline_ms = 500 }
    end
    events[21] = { body = "{}" } -- its time is a minute
    local answers = bootstrap_process.answers({
      code = "local t = os.clock() + (context:remaining_ms() > 1000 and 0.8 or 0.015) "
        .. "while os.clock() < t do end return 1",
      events = events,
    })
    assert.same({ ("1"):rep(21) }, { table.concat(answers) })
  end)
end)
