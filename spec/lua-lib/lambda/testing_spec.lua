local json = require("lambda.json")
local scratch = require("scratch")
local testing = require("lambda.testing")

describe("lambda.testing", function()
  local here

  before_each(function()
    here = scratch.new()
  end)

  after_each(function()
    testing.reset()
    getmetatable(here).__close(here)
  end)

  --- Loads app.lua, which has this source.
  local function load_app(source, options, handler)
    here:write("app.lua", source)
    options = options or {}
    options.root = options.root or here.path
    return testing.load(handler or "app.handler", options)
  end

  --- The app whose handler has this body.
  local function app_of(body, options)
    return load_app("local lambda = require('lambda')\nreturn { handler = function(event, context)\n"
      .. body .. "\nend }", options)
  end

  describe("an app", function()
    it("answers events", function()
      local answer, failure = app_of("return { hello = event.name }")({ name = "Ada" })
      assert.same({ hello = "Ada" }, answer)
      assert.is_nil(failure)
    end)

    it("has event and answer go through JSON", function()
      local app = app_of("event.list[1] = 'changed' return event")
      local event = { list = json.array({ "a" }), big = 9007199254740993, nothing = json.null, empty = json.array() }
      local answer = app(event)
      assert.equal("a", event.list[1])
      assert.equal(9007199254740993, answer.big)
      assert.equal(json.null, answer.nothing)
      assert.equal("[]", json.encode(answer.empty))
    end)

    it("gives the null of JSON for nothing", function()
      local answer, failure = app_of("")({})
      assert.equal(json.null, answer)
      assert.is_nil(failure)
    end)

    it("fails where the answer has no JSON form", function()
      local answer, failure = app_of("return { f = print }")({})
      assert.is_nil(answer)
      assert.same({ errorType = "Runtime.MarshalError",
        errorMessage = "cannot encode $.f: a function has no JSON form", stackTrace = {} }, failure)
    end)

    it("blames the spec for an event that has no JSON form", function()
      local app = app_of("return 1")
      local ok, problem = pcall(app, { f = print })
      assert.is_false(ok)
      assert.matches("the event has no JSON form: cannot encode $.f", problem, 1, true)
    end)

    it("takes an event as it stands, also one that is not JSON", function()
      local app = app_of("return event")
      assert.same({ 1 }, app(json.raw("[1]")))
      local _, failure = app(json.raw("{oops"))
      assert.equal("Runtime.UnmarshalError", failure.errorType)
    end)

    it("gives raw answers as their bytes", function()
      assert.equal('{"a": 1}', app_of("return lambda.raw('{\"a\": 1}', 'application/json')")({}))
      local _, failure = app_of("return lambda.raw('x', 'a\\nb')")({})
      assert.equal("Runtime.MarshalError", failure.errorType)
      assert.matches("the content type has a control character at byte 2", failure.errorMessage, 1, true)
    end)

    it("refuses an answer that the platform would refuse", function()
      local app = app_of("return lambda.raw(('x'):rep(event))")
      assert.equal(6291556, #app(6291556))
      local _, failure = app(6291557)
      assert.equal("Function.ResponseSizeTooLarge", failure.errorType)
    end)

    it("gives the error document of what was raised", function()
      local _, failure = app_of("local function deep() error('boom') end deep()")({})
      assert.equal("Function.LuaError", failure.errorType)
      assert.equal(here.path .. "/app.lua:3: boom", failure.errorMessage)
      assert.same({ "[C]: in function 'error'", here.path .. "/app.lua:3: in local 'deep'",
        here.path .. "/app.lua:3: in function 'app.handler'" }, failure.stackTrace)
      assert.equal("Function.LuaError: " .. here.path .. "/app.lua:3: boom", tostring(failure))
    end)

    it("knows typed errors, their data, and nil, err", function()
      local _, failure = app_of("error(lambda.error('OrderNotFound', 'no such order', { id = event }))")(7)
      assert.same({ "OrderNotFound", "no such order", { id = 7 } },
        { failure.errorType, failure.errorMessage, failure.errorData })
      _, failure = app_of("return nil, 'closed'")({})
      assert.same({ "Function.Error", "closed" }, { failure.errorType, failure.errorMessage })
    end)

    it("has the function of lambda.on_error see the failure, and nobody else's", function()
      local other = app_of("error('mine', 0)")
      local app = load_app("require('lambda').on_error(function(err) err.type = 'Changed' end)\n"
        .. "return { handler = function() error('x', 0) end }")
      assert.equal("Changed", select(2, app({})).errorType)
      assert.equal("Function.LuaError", select(2, other({})).errorType)
    end)

    it("survives a stack overflow, and any kind of error", function()
      local app = app_of("local function f() return 1 + f() end return f()")
      assert.matches("stack overflow", select(2, app({})).errorMessage, 1, true)
      assert.equal("nil was raised", select(2, app_of("error(nil)")({})).errorMessage)
      assert.matches("^a table was raised", select(2, app_of(
        "error(setmetatable({}, { __tostring = function() error('no') end }))")({})).errorMessage)
    end)

    it("keeps its state from event to event", function()
      local app = load_app("local n = 0 return { handler = function() n = n + 1 return n end }")
      app({})
      assert.equal(2, app({}))
    end)

    it("ends the event, not the spec, by os.exit", function()
      local _, failure = app_of("pcall(os.exit, event) return 1")(3)
      assert.equal("Runtime.ExitError", failure.errorType)
      assert.equal("Runtime exited with error: exit status 3", failure.errorMessage)
      _, failure = app_of("os.exit()")({})
      assert.equal("Runtime exited without providing a reason", failure.errorMessage)
    end)

    it("cannot yield, as little as in bootstrap", function()
      local app = app_of("return { coroutine.isyieldable(), (pcall(coroutine.yield)) }")
      assert.same({ false, false }, app({}))
    end)

    it("is of no use when it is closed", function()
      local app = app_of("return 1")
      app:close()
      app:close()
      assert.has_error(function() app({}) end, "the app is closed: load it again")
    end)

    it("closes itself at the end of a block", function()
      local kept
      do
        local app <close> = app_of("return 1")
        kept = app
      end
      assert.is_false(kept.is_open)
    end)
  end)

  describe("a handler that does not load", function()
    local function failure_of(...)
      local ok, failure = pcall(load_app, ...)
      assert.is_false(ok)
      return failure
    end

    it("raises its error document", function()
      assert.equal("Runtime.HandlerNotFound", failure_of("return {}").errorType)
      assert.equal("Function.InitError", failure_of("error('broken')").errorType)
      assert.equal("Runtime.UserCodeSyntaxError", failure_of("return {").errorType)
      assert.equal("Runtime.ImportModuleError", failure_of("", nil, "other.handler").errorType)
      assert.equal("Runtime.MalformedHandlerName", failure_of("", nil, "../app.handler").errorType)
      assert.matches("^Function.InitError: .*app.lua:1: broken$", tostring(failure_of("error('broken')")))
    end)

    it("says which settings are wrong", function()
      local failure = failure_of("", { env = { LUNAMBDA_EVENT = "xml" } })
      assert.equal("Runtime.ConfigInvalid: LUNAMBDA_EVENT is 'xml', which is none of: json, string, stdio, http",
        tostring(failure))
      for name, value in pairs({
        LUNAMBDA_BIGINT = "big", LUNAMBDA_ENCODING = "x", LUNAMBDA_DEADLINE_MARGIN_MS = "-1",
      }) do
        failure = failure_of("", { env = { [name] = value } })
        assert.matches("^Runtime.ConfigInvalid: " .. name .. " is '", tostring(failure))
      end
    end)

    it("leaves the spec's world as it was", function()
      local path, searchers = package.path, #package.searchers
      failure_of("leak = 1 package.path = 'x' string.rep = nil error('broken')")
      assert.is_nil(rawget(_G, "leak"))
      assert.same({ path, searchers }, { package.path, #package.searchers })
      assert.equal("aa", ("a"):rep(2))
    end)

    it("is told from a mistake in the spec", function()
      for text, arguments in pairs({
        ["a handler expected, such as 'app.handler', got a nil"] = {},
        ["testing.load has no option 'roots'; it has env, memory_mb, modules, now_ms, root"] =
          { "a.b", { roots = "x" } },
        ["testing.load: the option 'env' must be a table, got a string"] = { "a.b", { env = "x" } },
        ["bad option 'env' (A must be a string, or false for none, got a number)"] = { "a.b", { env = { A = 1 } } },
      }) do
        local ok, problem = pcall(testing.load, table.unpack(arguments, 1, 2))
        assert.is_false(ok)
        assert.matches(text, problem, 1, true)
      end
    end)
  end)

  describe("isolation", function()
    it("gives each load modules of its own", function()
      here:write("state.lua", "return { n = 0 }")
      local source = "local state = require('state') return { handler = function() state.n = state.n + 1 "
        .. "return state.n end }"
      local one, other = load_app(source), load_app(source)
      one({})
      one({})
      assert.equal(1, other({}))
      assert.is_nil(package.loaded.state)
      assert.is_nil(package.loaded.app)
    end)

    it("keeps globals apart, and what a handler does to libraries", function()
      local app = app_of("counter = (counter or 0) + 1 string.upper = function() return 'mine' end "
        .. "setmetatable(_G, { __index = function() return 'strict' end }) return { counter, ('a'):upper() }")
      assert.same({ 1, "mine" }, app({}))
      assert.same({ 2, "mine" }, app({}))
      assert.is_nil(rawget(_G, "counter"))
      assert.equal("A", ("a"):upper())
      assert.is_nil(getmetatable(_G) and getmetatable(_G).__index == "strict" or nil)
      assert.same({ json.null, "A" }, app_of("return { lambda.null, ('a'):upper() }")({}))
    end)

    it("finds what is built into bootstrap, and nothing else of the machine's", function()
      local app = app_of("return { require('cjson').encode({ 1 }), (require('cjson.safe').decode('{')), "
        .. "(pcall(require, 'busted')) }")
      assert.same({ "[1]", json.null, false }, app({}))
    end)

    it("hides the spec's own globals and modules", function()
      rawset(_G, "from_spec", 1)
      local app = app_of("return { rawget(_G, 'from_spec') == nil, rawget(_G, 'describe') == nil, type(assert), "
        .. "package.loaded.busted == nil }")
      local answer = app({})
      rawset(_G, "from_spec", nil)
      assert.same({ true, true, "function", true }, answer)
    end)

    it("puts modules of the spec's in place", function()
      here:write("db.lua", "error('the real one')")
      local app = load_app("local db = require('db') return { handler = function(id) return db.get(id) end }",
        { modules = { db = { get = function(id) return "item " .. id end } } })
      assert.equal("item 7", app(7))
    end)

    it("has lambda.* out of a handler's reach, as in bootstrap", function()
      local app = app_of("string.format, table.concat, next, error = nil return context.aws_request_id")
      assert.equal("00000000-0000-4000-8000-000000000001", app({}))
      assert.equal("00000000-0000-4000-8000-000000000002", app({}))
    end)

    it("is restored after a failure, too", function()
      app_of("leak = 1 error('x')")({})
      app_of("leak = 1 while true do end")({}, { remaining_ms = 30 })
      assert.is_nil(rawget(_G, "leak"))
      assert.is_nil((debug.gethook()))
    end)
  end)

  describe("the context", function()
    it("has ids that count up, and the function's own facts", function()
      local app = app_of("return { context.aws_request_id, context.function_name, context.function_version, "
        .. "context.memory_limit_in_mb, context.region, context.invoked_function_arn, os.getenv('_X_AMZN_TRACE_ID') "
        .. "== context.trace_id, context.task_root }", { memory_mb = 512 })
      local answer = app({})
      assert.same({ "00000000-0000-4000-8000-000000000001", "app", "$LATEST", 512, "eu-west-1",
        "arn:aws:lambda:eu-west-1:123456789012:function:app", true, here.path }, answer)
      assert.equal("00000000-0000-4000-8000-000000000002", app({})[1])
      assert.equal("00000000-0000-4000-8000-000000000002", app.request_id)
    end)

    it("takes what the spec says", function()
      local app = app_of("return { context.aws_request_id, context.tenant_id, context.client_context.custom.a, "
        .. "context.identity.cognitoIdentityId, context.headers['X-Mine'] }")
      assert.same({ "r-1", "blue", 1, "c-1", "yes" }, app({}, {
        context = { aws_request_id = "r-1", tenant_id = "blue", client_context = { custom = { a = 1 } },
          identity = { cognitoIdentityId = "c-1" } },
        headers = { ["X-Mine"] = "yes" },
      }))
    end)

    it("refuses what it cannot have", function()
      local app = app_of("return 1")
      for text, options in pairs({
        ["the context of an event has no 'function_name'"] = { context = { function_name = "x" } },
        ["an event has no option 'remaining'; it has context, headers, remaining_ms"] = { remaining = 1 },
        ["remaining_ms must be a whole number of milliseconds, not negative"] = { remaining_ms = -1 },
        ["milliseconds, not negative, at most 2^53"] = { remaining_ms = math.huge },
        ["\"x\\0y\" is no name of a header"] = { headers = { ["x\0y"] = "a" } },
        ["\"5\" is no name of a header"] = { headers = { [5] = "a" } },
        ["the header x-a must be a string without control characters"] = { headers = { ["x-a"] = "a\r\nb" } },
        ["the header lambda-runtime-trace-id must be a string"] = { context = { trace_id = 1 } },
      }) do
        local ok, problem = pcall(function() local _ = app({}, options) end)
        assert.is_false(ok)
        assert.matches("testing_spec.lua:%d+: ", problem)
        assert.matches(text, problem, 1, true)
      end
    end)

    it("knows the function's variables, and hides those of the spec's process", function()
      local app = app_of("return { os.getenv('STAGE'), os.getenv('HOME') ~= nil, os.getenv('LUNAMBDA_BIN') == nil, "
        .. "os.getenv('AWS_ACCESS_KEY_ID'), os.getenv('_HANDLER'), os.getenv('PATH') == nil }",
        { env = { STAGE = "test", PATH = false } })
      assert.same({ "test", os.getenv("HOME") ~= nil, true, "made-up", "app.handler", true }, app({}))
    end)
  end)

  describe("time", function()
    it("is what the event has left", function()
      local app = app_of("return context:remaining_ms()", { now_ms = 1767323045000 })
      assert.equal(3000, app({}))
      assert.equal(50, app({}, { remaining_ms = 50 }))
      assert.equal(0, app({}, { remaining_ms = 0 }))
    end)

    it("stands still where the spec says so, and moves on with it", function()
      local app = app_of("return { os.time(), os.date('!%Y-%m-%d'), os.time({ year = 2000, month = 1, day = 1 }) }",
        { now_ms = 1767323045000 })
      assert.same({ 1767323045, "2026-01-02" }, { table.unpack(app({}), 1, 2) })
      app:advance(24 * 3600 * 1000)
      assert.same({ 1767323045 + 24 * 3600, "2026-01-03" }, { table.unpack(app({}), 1, 2) })
      assert.has_error(function() app:advance(-1) end)
    end)

    it("passes where lambda.* would sleep", function()
      local app = app_of("require('lambda.native').sleep_ms(500) return context:remaining_ms()", { now_ms = 1 })
      assert.equal(2500, app({}))
    end)

    it("ends a loop near the deadline, whatever pcall keeps", function()
      local app = app_of("while true do\npcall(function() end) end")
      local answer, failure = app({}, { remaining_ms = 50 })
      assert.is_nil(answer)
      assert.equal("Function.DeadlineExceeded", failure.errorType)
      assert.matches("app.lua:[34]: still running [45] ms before the time%-out, and was stopped here",
        failure.errorMessage)
      assert.matches("app.lua:[34]: in function ", failure.stackTrace[1])
      assert.equal(1, app_of("return event")(1))
    end)

    it("ends a loop in a coroutine, too", function()
      local app = app_of("local spin = coroutine.wrap(function() while true do end end)\nspin()")
      assert.equal("Function.DeadlineExceeded", select(2, app({}, { remaining_ms = 50 })).errorType)
      app = app_of("local co = coroutine.create(function() while true do end end)\n"
        .. "while true do coroutine.resume(co) end")
      assert.equal("Function.DeadlineExceeded", select(2, app({}, { remaining_ms = 50 })).errorType)
    end)

    it("does not end it where the guard is switched off", function()
      local app = app_of("for _ = 1, 1e6 do end return 'done'", { env = { LUNAMBDA_DEADLINE_MARGIN_MS = "0" } })
      assert.equal("done", app({}, { remaining_ms = 1 }))
    end)

    it("leaves the line hook to whoever had one", function()
      local lines = {}
      local app = app_of("local a = 1\nreturn a")
      debug.sethook(function(_, line)
        if debug.getinfo(2, "S").source == "@" .. here.path .. "/app.lua" then
          lines[#lines + 1] = line
        end
      end, "l")
      local ok, answer = pcall(app, {})
      local hook = debug.gethook()
      debug.sethook()
      assert.same({ true, 1, "function" }, { ok, answer, type(hook) })
      assert.same({ 3, 4 }, { lines[#lines - 1], lines[#lines] })
    end)
  end)

  describe("what a handler writes", function()
    it("is kept: the log", function()
      local app = app_of("lambda.log.info('paid', { order = 42 }) context.log.debug('seen') "
        .. "lambda.log.error(lambda.error('Bad', 'text'))")
      app({})
      assert.same({
        { level = "INFO", message = "paid", fields = { order = 42 } },
        { level = "DEBUG", message = "seen", fields = {} },
        { level = "ERROR", message = "text", fields = { errorType = "Bad", errorMessage = "text" } },
      }, app.logs)
      app.logs = {}
      app({})
      assert.equal(3, #app.logs)
    end)

    it("is kept: print, io.write and the metrics", function()
      local app = load_app("print('loading')\nreturn { handler = function() print('a', 1, nil) io.write('b', 2)\n"
        .. "io.stdout:write('c\\n') return io.type(io.stdout) end }")
      assert.equal("loading\n", app.output)
      assert.equal("file", app({}))
      assert.equal("loading\na\t1\tnil\nb2c\n", app.output)
      app = app_of("local m = require('lambda.metrics').new({ namespace = 'n' }) m:add('Paid', 1, 'None') m:flush()")
      app({})
      assert.matches('"CloudWatchMetrics"', app.output, 1, true)
    end)

    it("has its errors where lua's own files have them", function()
      local app = app_of("return { (select(2, pcall(io.write, {}))), (select(2, io.stdout:seek('set', 0))), "
        .. "io.read('a'), (select(2, io.stdin:close())), (select(2, io.close())) }")
      assert.same({ "bad argument #1 to 'write' (string expected, got table)", "Illegal seek", "",
        "standard input stays open", "standard output stays open" }, app({}))
    end)
  end)

  describe("functions around events", function()
    it("run when bootstrap would run them", function()
      local app = load_app("local lambda = require('lambda')\nlambda.after(function() print('each') end)\n"
        .. "lambda.on_shutdown(function() print('down') end)\n"
        .. "return { handler = function() lambda.after(function() print('this') end) print('event') end }")
      app({})
      assert.equal("event\neach\nthis\n", app.output)
      app({})
      assert.equal("event\neach\nthis\nevent\neach\nthis\n", app.output)
      app:close()
      assert.matches("down\n$", app.output)
    end)

    it("may add further ones", function()
      local app = load_app("local lambda = require('lambda')\n"
        .. "lambda.after(function() lambda.after(function() print('added') end) end)\n"
        .. "return { handler = function() end }")
      app({})
      app({})
      assert.equal("added\nadded\n", app.output)
    end)

    it("have their errors logged", function()
      local app = load_app("require('lambda').after(function() error('late', 0) end)\n"
        .. "return { handler = function() return 1 end }")
      assert.equal(1, app({}))
      assert.same({ "ERROR", "After Error", "late" },
        { app.logs[1].level, app.logs[1].message, app.logs[1].fields.errorMessage })
    end)
  end)

  describe("a convention", function()
    it("may be string", function()
      local app = load_app("return { convention = 'string', handler = function(body, headers) "
        .. "return body .. '|' .. headers.request_id end }")
      assert.equal("{not json|00000000-0000-4000-8000-000000000001", app("{not json"))
      assert.equal('{"a":1}|00000000-0000-4000-8000-000000000002', app({ a = 1 }))
    end)

    it("may be stdio", function()
      local app = load_app("for line in io.lines() do io.write('<', line, '>') end print(context.function_name)", nil,
        "app.lua")
      assert.equal("<a><b>app\n", app("a\nb"))
      assert.equal("<c>app\n", app("c"))
      assert.equal("", app.output)
      app = load_app("local n = io.read('n') io.write(n * 2) os.exit(n == 7 and 1 or 0)", nil, "app.lua")
      assert.equal("8", app(4))
      assert.equal("Function.ScriptExit", select(2, app(7)).errorType)
    end)

    it("may be http", function()
      local app = load_app("return { convention = 'http', handler = function(req, res) "
        .. "res:json({ path = req.path }) end }")
      local answer = app(require("lambda.events").apigw_v2({ path = "/orders" }))
      assert.same({ 200, '{"path":"/orders"}' }, { answer.statusCode, answer.body })
      assert.equal("Runtime.UnmarshalError", select(2, app({})).errorType)
    end)

    it("comes from the environment, too", function()
      assert.equal("ab", load_app("return { handler = function(body) return body .. 'b' end }",
        { env = { LUNAMBDA_EVENT = "string" } })("a"))
    end)
  end)

  describe("a streamed answer", function()
    it("is collected", function()
      local app = app_of("return lambda.stream({ status = 201, headers = { ['x-a'] = 'b' }, body = function(out) "
        .. "out:write('one') out:write('two') end })")
      local answer, failure = app({})
      assert.is_nil(failure)
      assert.same({ "onetwo", { "one", "two" }, 201, "b" },
        { answer.body, answer.chunks, answer.prelude.statusCode, answer.prelude.headers["x-a"] })
    end)

    it("may have no prelude, and no body", function()
      local answer = app_of("return lambda.stream({ body = 'text', content_type = 'text/plain' })")({})
      assert.same({ body = "text", chunks = { "text" }, content_type = "text/plain" }, answer)
      assert.equal("", app_of("return lambda.stream(function(out) end)")({}).body)
    end)

    it("ends at the deadline, too", function()
      local answer, failure = app_of("return lambda.stream(function(out) out:write('half') while true do end end)")({},
        { remaining_ms = 50 })
      assert.equal("half", answer.body)
      assert.equal("Function.DeadlineExceeded", failure.errorType)
    end)

    it("comes with its failure where it broke off", function()
      local answer, failure = app_of("return lambda.stream(function(out) out:write('half') error('broken', 0) end)")({})
      assert.equal("half", answer.body)
      assert.equal("broken", failure.errorMessage)
    end)
  end)

  describe("testing.http", function()
    local GET = "local r, err = lambda.http.get(event) return r and { r.status, r.body, r.headers['X-A'] } or err.kind"

    it("answers requests, and keeps them", function()
      local web = testing.http({
        ["GET https://api.example.com/orders/1"] = { status = 202, body = "one", headers = { ["X-A"] = "b" } },
        ["GET https://api.example.com/orders/*"] = "any",
      })
      local app = app_of(GET)
      assert.same({ 202, "one", "b" }, app("https://api.example.com/orders/1?q=a%20b"))
      assert.same({ 200, "any" }, app("https://api.example.com/orders/2"))
      assert.equal(2, #web.requests)
      assert.same({ "GET", "https://api.example.com/orders/1?q=a%20b", "a b", "lunambda" }, {
        web.requests[1].method, web.requests[1].url, web.requests[1].query.q, web.requests[1].headers["user-agent"] })
    end)

    it("asks a function of the spec's, in the spec's world", function()
      local seen
      testing.http({ ["POST https://api.example.com/"] = function(request)
        seen = { request:json(), request.headers["content-type"], request.headers["x-key"], rawget(_G, "leak") }
        return { json = { id = 1 } }
      end })
      local app = app_of("leak = 1 local r = lambda.http.post('https://api.example.com/', nil, { json = { a = 1 }, "
        .. "headers = { ['X-Key'] = 'k' } }) return { r:json(), leak }")
      assert.same({ { id = 1 }, 1 }, app({}))
      assert.same({ { a = 1 }, "application/json", "k" }, seen)
    end)

    it("has lambda.http itself follow redirects, and keep limits", function()
      testing.http({
        ["GET https://a.example.com/"] = { status = 302, headers = { Location = "/there" } },
        ["GET https://a.example.com/there"] = "arrived",
      })
      assert.equal("arrived", app_of(GET)("https://a.example.com/")[2])
      local to
      testing.http({
        ["GET https://a.example.com/x/y"] = function() return { status = 302, headers = { location = to } } end,
        ["GET https://b.example.com/"] = "b", ["GET https://a.example.com/x/z"] = "z",
        ["GET https://a.example.com/x/y?q=1"] = "q", ["GET https://a.example.com/there"] = "arrived",
      })
      for reference, body in pairs({
        z = "z", ["?q=1"] = "q", ["//b.example.com/"] = "b", ["https://b.example.com/"] = "b", ["/there"] = "arrived",
      }) do
        to = reference
        assert.equal(body, app_of(GET)("https://a.example.com/x/y")[2])
        to = { reference }
        assert.equal(body, app_of(GET)("https://a.example.com/x/y")[2])
      end
      assert.equal("too_large", app_of("return select(2, lambda.http.get(event, { max_bytes = 3 })).kind")(
        "https://a.example.com/there"))
    end)

    it("serves several requests at once, and LuaSocket's names", function()
      testing.http({ ["GET https://a.example.com/*"] = function(request) return request.url:match("[^/]*$") end })
      local app = app_of("local list = lambda.http.all({ { url = event .. '1' }, { url = event .. '2' } }) "
        .. "return { list[1].body, list[2].body, (require('ssl.https').request(event .. '3')) }")
      assert.same({ "1", "2", "3" }, app("https://a.example.com/"))
    end)

    it("can fail, and can take its time", function()
      testing.http({
        ["GET https://down.example.com/"] = { fail = "connect" },
        ["GET https://slow.example.com/"] = { delay_ms = 800, body = "slow" },
      })
      local app = app_of("local r, err = lambda.http.get(event, { timeout_ms = 1000 }) "
        .. "return { r and r.body or err.kind, context:remaining_ms() }", { now_ms = 1767323045000 })
      assert.same({ "connect", 3000 }, app("https://down.example.com/"))
      assert.same({ "slow", 2200 }, app("https://slow.example.com/"))
      assert.same({ "timeout", 150 }, app("https://slow.example.com/", { remaining_ms = 750 }))
    end)

    it("meets the deadline guard when a reply takes too long", function()
      testing.http({ ["GET https://slow.example.com/"] = { delay_ms = 2950, body = "slow" } })
      local app = app_of("lambda.http.get('https://slow.example.com/', { timeout_ms = 2990 }) while true do end",
        { now_ms = 1767323045000 })
      assert.equal("Function.DeadlineExceeded", select(2, app({})).errorType)
    end)

    it("fails the spec for a request that no route matches, whatever the handler makes of it", function()
      testing.http({ ["GET https://a.example.com/x"] = "", ["POST https://a.example.com/*"] = "" })
      local app = app_of("pcall(lambda.http.get, event) return 1")
      local ok, problem = pcall(app, "https://a.example.com/y")
      assert.is_false(ok)
      assert.matches("nothing answers GET https://a.example.com/y; there are:\n\tGET https://a.example.com/x\n"
        .. "\tPOST https://a.example.com/*", problem, 1, true)
      assert.equal(1, app("https://a.example.com/x"))
    end)

    it("may have one app call another, but not itself", function()
      local inner = app_of("word = 'inner' return word")
      local outer = app_of("word = 'outer' local r = lambda.http.get('https://a.example.com/') return r.body .. word")
      local route = { ["GET https://a.example.com/"] = function() return (inner({})) end }
      testing.http(route)
      assert.equal("innerouter", outer({}))
      assert.is_nil(rawget(_G, "word"))
      testing.http({ ["GET https://a.example.com/"] = function() return (outer({})) end })
      local ok, problem = pcall(outer, {})
      assert.is_false(ok)
      assert.matches("the app handles an event: it takes one at a time", problem, 1, true)
      testing.http(route)
      assert.equal("innerouter", outer({}))
    end)

    it("fails the spec by what a function of the spec's raises", function()
      testing.http({ ["GET https://a.example.com/"] = function() assert.equal(1, 2) end })
      local ok, problem = pcall(app_of("pcall(lambda.http.get, event) return 1"), "https://a.example.com/")
      assert.is_false(ok)
      assert.matches("Expected objects to be equal", tostring(problem), 1, true)
    end)

    it("is gone when it is closed", function()
      local web = testing.http({ ["GET https://a.example.com/"] = "first" })
      local app = app_of(GET)
      do
        local _ <close> = testing.http({ ["GET https://a.example.com/"] = "second" })
        assert.equal("second", app("https://a.example.com/")[2])
      end
      assert.equal("first", app("https://a.example.com/")[2])
      web:close()
      assert.equal("connect", app("http://127.0.0.1:1/")) -- the real one
    end)

    it("says what is wrong with a route", function()
      for text, routes in pairs({
        ["a table of routes expected, got a string"] = "x",
        ["bad route \"/orders\": a method and a URL expected"] = { ["/orders"] = "" },
        ["bad route (a string expected, got a number)"] = { "x" },
      }) do
        local ok, problem = pcall(function() local _ = testing.http(routes) end)
        assert.is_false(ok)
        assert.matches("testing_spec.lua:%d+: ", problem)
        assert.matches(text, problem, 1, true)
      end
      testing.http({
        ["GET https://a.example.com/1"] = { statuscode = 1 }, ["GET https://a.example.com/2"] = { status = "x" },
        ["GET https://a.example.com/3"] = function() end,
        ["GET https://a.example.com/4"] = { headers = { [true] = "x" } },
      })
      local app = app_of(GET)
      for n, text in ipairs({ "gave 'statuscode': a reply has body, delay_ms", "gave a string as status, which must be",
        "gave a nil; a string or a table", "gave a boolean as the name of a header" }) do
        local ok, problem = pcall(app, "https://a.example.com/" .. n)
        assert.is_false(ok)
        assert.matches(text, problem, 1, true)
      end
    end)
  end)

  describe("testing.aws", function()
    local CALL = "local r, err = lambda.http.post('https://x.eu-west-1.amazonaws.com/', nil, { json = event.input, "
      .. "headers = { ['X-Amz-Target'] = event.target } }) return { r.status, r:json(), r.headers['x-amzn-errortype'] }"

    it("answers an operation by its target", function()
      local get = testing.aws("dynamodb", "GetItem", { Item = { id = { S = "1" } } })
      local send = testing.aws("sqs", "SendMessage", function(input) return { MessageId = input.MessageBody } end)
      local app = app_of(CALL)
      assert.same({ 200, { Item = { id = { S = "1" } } } },
        app({ target = "DynamoDB_20120810.GetItem", input = { TableName = "t" } }))
      assert.same({ 200, { MessageId = "m" } },
        app({ target = "AmazonSQS.SendMessage", input = { MessageBody = "m" } }))
      assert.same({ { TableName = "t" } }, { get.calls[1].input })
      assert.equal(1, #send.calls)
    end)

    it("fails as the service fails", function()
      testing.aws("states", "StartExecution", function()
        return nil, { type = "ThrottlingException", message = "slow down", status = 429 }
      end)
      assert.same({ 429, { __type = "ThrottlingException", message = "slow down" }, "ThrottlingException" },
        app_of(CALL)({ target = "AWSStepFunctions.StartExecution", input = {} }))
    end)

    it("answers the clients of lambda.aws", function()
      local put = testing.aws("dynamodb", "PutItem", {})
      testing.aws("dynamodb", "GetItem", function(input)
        if input.Key.id.S ~= "1" then
          return nil, { type = "ResourceNotFoundException", message = "no such table" }
        end
        return { Item = { id = input.Key.id, count = { N = "7" }, tags = { SS = { "a", "b" } } } }
      end)
      local app = app_of("local dynamodb = lambda.aws.client('dynamodb')\n"
        .. "assert(dynamodb:PutItem({ TableName = 't', Item = { id = event.id, big = 2^53 | 0, ok = true } }))\n"
        .. "local found, err = dynamodb:GetItem({ TableName = 't', Key = { id = event.id } })\n"
        .. "return found and found.Item or { code = err.code, reason = err.reason, attempts = err.attempts }")
      local item = app({ id = "1" })
      assert.same({ "1", 7 }, { item.id, item.count })
      assert.same({ code = "ResourceNotFoundException", reason = "no such table", attempts = 1 }, app({ id = "2" }))
      assert.same({ TableName = "t", Item = { id = { S = "1" }, big = { N = "9007199254740992" },
        ok = { BOOL = true } } }, put.calls[1].input)
      local headers = put.calls[1].request.headers
      assert.equal("made-up", headers["x-amz-security-token"])
      assert.matches("^AWS4%-HMAC%-SHA256 Credential=made%-up/%d+/eu%-west%-1/dynamodb/aws4_request, ",
        headers.authorization)
      assert.equal(2, #put.calls)
    end)

    it("has throttled clients try again, by the clock of the app", function()
      local calls = 0
      testing.aws("sqs", "SendMessage", function()
        calls = calls + 1
        if calls < 3 then
          return nil, { type = "ThrottlingException", message = "slow down" }
        end
        return { MessageId = "m" }
      end)
      local app = app_of("local sent = assert(lambda.aws.client('sqs'):SendMessage({ QueueUrl = 'q', "
        .. "MessageBody = event.body }))\nreturn sent.MessageId")
      local before = os.clock()
      assert.equal("m", app({ body = "b" }))
      assert.equal(3, calls)
      assert.is_true(os.clock() - before < 5)
    end)

    it("knows a service by each of its names", function()
      testing.aws("eventbridge", "PutEvents", { FailedEntryCount = 0 })
      local app = app_of("return lambda.aws.client('events'):PutEvents({ Entries = {} })")
      assert.same({ FailedEntryCount = 0 }, app({}))
    end)

    it("fails the spec for other operations", function()
      testing.aws("ssm", "GetParameter", {})
      local ok, problem = pcall(app_of(CALL), { target = "AmazonSSM.PutParameter", input = {} })
      assert.is_false(ok)
      assert.matches("nothing answers POST https://x.eu-west-1.amazonaws.com/; there are:\n\tssm:GetParameter", problem,
        1, true)
    end)

    it("says what it does not know", function()
      for text, arguments in pairs({
        ["testing.aws knows no service 's3', but dynamodb, events, kinesis,"] = { "s3", "GetObject", {} },
        ["testing.aws: 'get' is no operation, such as GetItem"] = { "sqs", "get", {} },
        ["a table or a function expected as what GetItem gives, got a nil"] = { "dynamodb", "GetItem" },
      }) do
        local ok, problem = pcall(function() local _ = testing.aws(table.unpack(arguments, 1, 3)) end)
        assert.is_false(ok)
        assert.matches("testing_spec.lua:%d+: ", problem)
        assert.matches(text, problem, 1, true)
      end
    end)
  end)

  it("agrees with bootstrap", function()
    local tool = require("lunambda_tool")
    local bodies = {
      "return { 1, 2.0, lambda.null, {}, lambda.array() }", "error('x')", "error({ type = 'A', message = 'b' })",
      "return nil, { type = 'Gone', message = 'x', data = { 1 } }", "return { [{}] = 1 }", "return '\\xff'",
      "local t = {} t.t = t return t", "return lambda.raw('[1]')", "local x = nil; return x.y",
    }
    for _, body in ipairs(bodies) do
      local source = "local lambda = require('lambda')\nreturn { handler = function()\n" .. body .. "\nend }"
      local answer, failure = load_app(source)({})
      local result = tool.invoke(source)
      local theirs = json.decode((result.out:gsub("/tmp/[%w.]+/app", "APP")))
      local ours = failure or type(answer) == "string" and json.decode(answer) or answer
      ours = json.decode((json.encode(ours):gsub("/tmp/[%w._-]+/app", "APP")))
      assert.same(theirs, ours)
    end
  end)
end)
