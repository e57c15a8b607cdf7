--- lambda.router: which route a request is for, what its answer becomes for each kind of event, what failures become.
local events = require("lambda.events")
local json = require("lambda.json")
local lambda = require("lambda")
local router = require("lambda.router")

local KINDS = { "apigw_v1", "apigw_v2", "alb", "function_url" }
local CONTEXT = { aws_request_id = "req-9" }

--- Answers one request; body decoded where it is JSON.
local function ask(app, options, kind)
  if type(options) == "string" then
    local method, path = options:match("^(%S+) (.*)$")
    options = { method = method, path = path }
  end
  local answer = app:handler()(events[kind or "function_url"](options), CONTEXT)
  local is_json = (answer.headers or {})["content-type"] == "application/json"
  return answer, is_json and answer.body ~= "" and json.decode(answer.body) or answer.body
end

--- The records that fn writes.
local function logged(fn)
  local log = require("lambda.log")
  local records, names = {}, { "debug", "info", "warn", "error" }
  local kept = {}
  for _, name in ipairs(names) do
    kept[name] = log[name]
    log[name] = function(message, fields)
      records[#records + 1] = { level = name, message = message, fields = fields }
    end
  end
  local ok, err = pcall(fn)
  for _, name in ipairs(names) do
    log[name] = kept[name]
  end
  assert(ok, err)
  return records
end

--- An app whose routes answer with their pattern and parameters.
local function app_of(patterns, options)
  local app = router.new(options)
  for _, pattern in ipairs(patterns) do
    app:get(pattern, function(req)
      return { route = req.route, params = json.object(req.params) }
    end)
  end
  return app
end

describe("a route", function()
  it("is found by each kind of event, and answers it", function()
    local app = router.new()
    app:post("/orders/{id}", function(req, res, context)
      res:cookie("seen", "yes")
      res.status = 201
      return { id = req.params.id, kind = req.kind, tags = req.multi_query.tag, cookie = req.cookies.who,
               n = req:json().n, id_of_request = context.aws_request_id }
    end)
    for index, kind in ipairs(KINDS) do
      local answer = ask(app, {
        method = "POST", path = "/orders/7", query = { tag = { "a", "b c" } }, cookies = { "who=me" }, body = { n = 1 },
        multi_value = kind == "alb" or nil,
      }, kind)
      local cookies = answer.cookies or answer.multiValueHeaders["set-cookie"]
      assert.same({ "seen=yes; Path=/; Secure; HttpOnly" }, { cookies[1] })
      assert.equal(201, answer.statusCode)
      assert.same({ id = "7", kind = ({ "v1", "v2", "alb", "url" })[index], tags = { "a", "b c" }, cookie = "me", n = 1,
                    id_of_request = "req-9" }, json.decode(answer.body))
    end
  end)

  it("answers with a table as JSON, a string as text, raw as it stands, and nothing as res has it", function()
    local app = router.new()
    app:get("/table", function() return { 1 } end)
    app:get("/text", function() return "café" end)
    app:get("/html", function(_, res)
      res.headers["Content-Type"] = "text/html"
      return "<p>"
    end)
    app:get("/raw", function() return lambda.raw("<x/>", "application/xml") end)
    app:get("/raw-json", function() return lambda.raw("[1]") end)
    app:get("/res", function(_, res) return res:redirect("/text", 307) end)
    app:get("/none", function(_, res) res.status = 204 end)
    app:get("/bytes", function(_, res) res:send("\137PNG\0", "image/png") end)
    local function seen(path)
      local answer = ask(app, "GET " .. path)
      return { answer.statusCode, answer.headers["content-type"], answer.body, answer.isBase64Encoded }
    end
    assert.same({ 200, "application/json", "[1]", false }, seen("/table"))
    assert.same({ 200, "text/plain; charset=utf-8", "café", false }, seen("/text"))
    assert.same({ 200, "text/html", "<p>", false }, seen("/html"))
    assert.same({ 200, "application/xml", "<x/>", false }, seen("/raw"))
    assert.same({ 200, "application/json", "[1]", false }, seen("/raw-json"))
    assert.same({ 307, nil, "", false }, seen("/res"))
    assert.equal("/text", ask(app, "GET /res").headers.location)
    assert.same({ 204, nil, "", false }, seen("/none"))
    assert.same({ 200, "image/png", "iVBORwA=", true }, seen("/bytes"))
  end)

  it("takes text before a parameter before a wildcard, whatever the order, and goes back where that leads nowhere",
    function()
      local patterns = { "/a/*rest", "/a/{x}/c", "/a/{x}", "/a/b", "/", "/a/b/d", "/{any}/b/c/e", "/a/{x}/{y}/z" }
      for turn = 1, 2 do
        if turn == 2 then
          table.sort(patterns)
        end
        local app = app_of(patterns)
        for path, expected in pairs({
          ["/"] = { "/", {} }, ["/a/b"] = { "/a/b", {} }, ["/a/x"] = { "/a/{x}", { x = "x" } },
          ["/a/b/c"] = { "/a/{x}/c", { x = "b" } }, ["/a/b/d"] = { "/a/b/d", {} },
          ["/a/b/x"] = { "/a/*rest", { rest = "b/x" } }, ["/a/b/c/e"] = { "/a/*rest", { rest = "b/c/e" } },
          ["/z/b/c/e"] = { "/{any}/b/c/e", { any = "z" } }, ["/a/b/d/z"] = { "/a/{x}/{y}/z", { x = "b", y = "d" } },
          ["/a/b/"] = { "/a/*rest", { rest = "b/" } }, ["/a//"] = { "/a/*rest", { rest = "/" } },
        }) do
          local _, body = ask(app, "GET " .. path)
          assert.same({ route = expected[1], params = expected[2] }, body, path)
        end
        for _, path in ipairs({ "/a", "/a/", "//", "/A/b", "/b", "/z/b/c" }) do
          assert.equal(404, ask(app, "GET " .. path).statusCode, path)
        end
      end
    end)

  it("has its parameters decoded, each by itself, unless the service did that", function()
    local app = app_of({ "/o/{id}/x", "/f/*path", "/café/{x}" })
    local function params(path, kind)
      local _, body = ask(app, "GET " .. path, kind)
      return body.params
    end
    for _, kind in ipairs({ "apigw_v1", "alb", "function_url" }) do
      assert.same({ id = "a/b ü+%" }, params("/o/a%2fb%20%C3%BC+%25/x", kind))
      assert.same({ path = "a/b//../c" }, params("/f/a%2Fb//../c", kind))
      assert.same({ x = ".." }, params("/caf%C3%A9/%2e%2E", kind))
    end
    assert.same({ id = "100%" }, params("/o/100%/x", "apigw_v2"))
    assert.same({ id = "a%2Fb" }, params("/o/a%2Fb/x", "apigw_v2"))
    local event = events.apigw_v1({ path = "/o/50%/x" })
    event.version = "1.0" -- an HTTP API that speaks payload 1.0
    assert.equal("50%", json.decode(app:handler()(event).body).params.id)
  end)

  it("keeps /a and /a/ apart, unless the app was told not to", function()
    local strict, lax = app_of({ "/a", "/b/", "/" }), app_of({ "/a", "/b/", "/" }, { trailing_slash = "ignore" })
    local function statuses(app)
      local list = {}
      for i, path in ipairs({ "/a", "/a/", "/b", "/b/", "/", "/a//" }) do
        list[i] = ask(app, "GET " .. path).statusCode
      end
      return list
    end
    assert.same({ 200, 404, 404, 200, 200, 404 }, statuses(strict))
    assert.same({ 200, 200, 200, 200, 200, 404 }, statuses(lax))
    assert.has_error(function() lax:get("/a/", print) end, "the routes GET /a and GET /a/ are for the same paths")
  end)
end)

describe("a path without a route for the method", function()
  local app = router.new()
  app:get("/a/{x}", function() return "got" end):put("/a/b", function() return "put" end)
  app:head("/h", function(_, res) res.headers["x-h"] = "own" end):get("/h", function() return "no" end)
  app:any("/any", function(req) return req.method end):delete("/any", function() return "deleted" end)
  app:route("PURGE", "/cache", function() return "purged" end)

  it("is answered 405 with Allow, and 404 where no method has it", function()
    local answer, body = ask(app, "POST /a/b")
    assert.same({ 405, "GET, HEAD, OPTIONS, PUT", "Method Not Allowed" },
      { answer.statusCode, answer.headers.allow, body.message })
    assert.equal("GET, HEAD, OPTIONS", ask(app, "POST /a/c").headers.allow)
    assert.equal("OPTIONS, PURGE", ask(app, "GET /cache").headers.allow)
    answer, body = ask(app, "GET /nowhere")
    assert.same({ 404, nil, { message = "Not Found" } }, { answer.statusCode, answer.headers.allow, body })
  end)

  it("is answered 204 with Allow to OPTIONS", function()
    local answer = ask(app, "OPTIONS /a/b")
    assert.same({ 204, "GET, HEAD, OPTIONS, PUT", "" }, { answer.statusCode, answer.headers.allow, answer.body })
    assert.equal(404, ask(app, "OPTIONS /nowhere").statusCode)
  end)

  it("answers HEAD by the route of GET without its body, unless it has its own", function()
    local answer = ask(app, "HEAD /a/c")
    assert.same({ 200, "", "text/plain; charset=utf-8" },
      { answer.statusCode, answer.body, answer.headers["content-type"] })
    assert.equal("own", ask(app, "HEAD /h").headers["x-h"])
  end)

  it("may have a route for any method, behind those for one", function()
    assert.equal("PATCH", ask(app, "PATCH /any").body)
    assert.equal("deleted", ask(app, "DELETE /any").body)
    assert.equal("PURGE", ask(app, "PURGE /any").body)
    assert.equal("purged", ask(app, "PURGE /cache").body)
  end)

  it("survives methods that are none", function()
    for _, method in ipairs({ "get", "*", "\0", "ANY", ("X"):rep(100000), "G E\r\nT", "\255", "__index" }) do
      assert.equal(405, ask(app, { method = method, path = "/h" }).statusCode)
      assert.equal(404, ask(app, { method = method, path = "/x" }).statusCode)
    end
  end)
end)

describe("a hostile path", function()
  local app = app_of({ "/{x}", "/f/*path", "/a/b/c" })

  it("is answered 400 when nothing can be made of it", function()
    for _, path in ipairs({ "/%", "/%4", "/%zz", "/a%2", "/%C3", "/%FF/x", "/\xFF", "/%00", "/\0", "x", "*", "/%u0041",
                            "/%ED%A0%80", "/f/%C0%AF" }) do
      for _, kind in ipairs({ "alb", "function_url", "apigw_v1" }) do
        local answer, body = ask(app, { path = path }, kind)
        assert.same({ 400, { message = "Bad Request" } }, { answer.statusCode, body }, path)
      end
    end
  end)

  it("is answered 414 when it is huge, and fast when it is just below", function()
    assert.equal(414, ask(app, "GET /" .. ("a"):rep(32768)).statusCode)
    assert.equal(200, ask(app, "GET /" .. ("a"):rep(32767)).statusCode)
    assert.equal(200, ask(app, "GET /f/" .. ("/"):rep(32765)).statusCode)
    assert.equal(404, ask(app, "GET /x" .. ("/a"):rep(16000)).statusCode)
  end)

  it("is not tidied up", function()
    for path, status in pairs({ ["/a/./b/c"] = 404, ["/a//b/c"] = 404, ["/x/../a/b/c"] = 404, ["/a/b/c?"] = 404,
                                ["/a%2Fb%2Fc"] = 200, ["/A/b/c"] = 404, ["/%61/b/c"] = 200 }) do
      assert.equal(status, ask(app, "GET " .. path).statusCode, path)
    end
    local _, body = ask(app, "GET /a%2Fb%2Fc")
    assert.equal("/{x}", body.route)
  end)

  it("cannot put a header into the answer", function()
    local evil = router.new()
    evil:get("/go/{to}", function(req, res) return res:redirect("/" .. req.params.to) end)
    evil:get("/cookie/{to}", function(req, res) return res:cookie("c", req.params.to) end)
    local records = logged(function()
      for _, path in ipairs({ "/go/x%0d%0aset-cookie:%20a=b", "/cookie/x%0d%0ax", "/cookie/a%3B%20Domain=x" }) do
        local answer, body = ask(evil, "GET " .. path)
        assert.same({ 500, { message = "Internal Server Error", requestId = "req-9" } }, { answer.statusCode, body })
        assert.is_nil(json.encode(answer):find("set%-cookie"))
      end
    end)
    assert.equal(3, #records)
    assert.matches("^the answer cannot be sent: res: the header location must be text", records[1].message)
  end)
end)

describe("registering", function()
  local app = router.new()
  app:get("/a/{x}", print):get("/w/*all", print)

  --- What fn raises, blaming this file.
  local function refused(fn)
    local ok, err = pcall(fn)
    assert.is_false(ok)
    local text = err:match("^spec/lua%-lib/lambda/router_spec.lua:%d+: (.*)$")
    return assert(text, err)
  end

  it("refuses two routes for the same paths, naming both", function()
    assert.equal("the routes GET /a/{x} and GET /a/{y} are for the same paths",
      refused(function() app:get("/a/{y}", print) end))
    assert.equal("the routes GET /w/*all and GET /w/*rest are for the same paths",
      refused(function() app:route("GET", "/w/*rest", print) end))
    app:post("/a/{y}", print)
    app:get("/a/{y}/b", print)
    assert.equal("the routes GET /a/{x} and GET /a/{id} are for the same paths",
      refused(function() app:group("/a"):get("/{id}", print) end))
  end)

  it("refuses patterns that are none, with the remedy", function()
    for pattern, why in pairs({
      ["a"] = "it must begin with '/'", [""] = "it must begin with '/'", ["/a//b"] = "it has an empty segment ('//')",
      ["/:id"] = "':id' is written {id} here", ["/{p+}"] = "'{p+}' is written *p here",
      ["/{a}{b}"] = "'{a}{b}' is neither text nor {name} nor *name",
        ["/x{a}"] = "'x{a}' is neither text nor {name} nor *name",
      ["/*"] = "'*' is neither text nor {name} nor *name", ["/{}"] = "'{}' is neither text nor {name} nor *name",
      ["/*a/b"] = "'*a' takes all that follows, so it must be the last segment",
      ["/{a}/{a}"] = "it has two parameters 'a'",
        ["/a%20b"] = "'a%20b' has escapes; write the characters that they stand for",
      ["/a b"] = "it must be the path alone, in UTF-8, without blanks, '?' and '#'",
      ["/a?x"] = "it must be the path alone, in UTF-8, without blanks, '?' and '#'",
      ["/\xFF"] = "it must be the path alone, in UTF-8, without blanks, '?' and '#'",
    }) do
      local text = refused(function() app:get(pattern, print) end)
      assert.equal(("bad pattern '%s': %s"):format(pattern, why), text)
    end
  end)

  it("refuses arguments of the wrong kind", function()
    assert.equal("bad argument #1 to 'app:get' (a pattern expected, got nil)",
      refused(function() app:get(nil, print) end))
    assert.equal("bad argument #2 to 'app:get' (a function expected, got string)",
      refused(function() app:get("/x", "y") end))
    assert.equal("bad argument #3 to 'app:route' (a function expected, got nil)",
      refused(function() app:route("GET", "/x") end))
    assert.matches("^bad argument #1 to 'app:route'", refused(function() app:route("get", "/x", print) end))
    assert.matches("^bad argument #1 to 'app:route'", refused(function() app:route("*", "/x", print) end))
    assert.matches("^bad argument #1 to 'app:use'", refused(function() app:use({}) end))
    assert.matches("^bad argument #1 to 'app:on_error'", refused(function() app:on_error("f") end))
    assert.matches("^bad argument #1 to 'app:group'", refused(function() app:group("/a/") end))
    assert.matches("^bad argument #1 to 'app:group'", refused(function() app:group("a") end))
    assert.equal("bad pattern '/*x/y': '*x' takes all that follows, so it must be the last segment",
      refused(function() app:group("/*x/y") end))
    assert.matches("^bad argument #1 to 'app:map'", refused(function() app:map(404, "X") end))
    assert.matches("^bad argument #2 to 'app:map'", refused(function() app:map("X", 200) end))
    assert.matches("^bad option 'trailing'", refused(function() local _ = router.new({ trailing = 1 }) end))
    assert.matches("^bad option 'trailing_slash'",
      refused(function() local _ = router.new({ trailing_slash = true }) end))
    assert.matches("^bad argument #1 to 'router.new'", refused(function() local _ = router.new("x") end))
  end)

  it("takes what can be called for a function", function()
    local callable = router.new():get("/", setmetatable({}, { __call = function() return "called" end }))
    assert.equal("called", ask(callable.app, "GET /").body)
  end)
end)

describe("middleware", function()
  local function trace_of(app, request)
    local answer = ask(app, request)
    return answer.headers["x-trace"], answer
  end

  local function tracing(name)
    return function(_, res, _, next)
      res.headers["x-trace"] = (res.headers["x-trace"] or "") .. "<" .. name
      next()
      res.headers["x-trace"] = res.headers["x-trace"] .. name .. ">"
    end
  end

  it("runs around the routes of its group and of those below, the first outermost, late ones too", function()
    local app = router.new()
    app:use(tracing("a"))
    app:get("/", function() return "" end)
    local inner
    app:group("/admin", function(admin)
      admin:get("", function() return "admin" end)
      admin:use(tracing("b"))
      inner = admin:group("/in"):use(tracing("c"))
      inner:get("/{x}", function(req) return req.params.x end)
    end)
    assert.equal("<aa>", (trace_of(app, "GET /")))
    assert.equal("<a<bb>a>", (trace_of(app, "GET /admin")))
    assert.equal("<a<b<cc>b>a>", (trace_of(app, "GET /admin/in/1")))
    inner:use(tracing("d"))
    assert.equal("<a<b<c<dd>c>b>a>", (trace_of(app, "GET /admin/in/1")))
    assert.equal("<aa>", (trace_of(app, "GET /admin/nowhere")))
    assert.equal("<aa>", (trace_of(app, "POST /admin")))
  end)

  it("answers by itself when it does not call next()", function()
    local app = router.new()
    app:use(function(req, res, _, next)
      if req.headers.authorization ~= "yes" then
        res.status = 401
        return { message = "who are you?" }
      end
      return next()
    end)
    local was_called = false
    app:get("/", function() was_called = true return "in" end)
    local answer, body = ask(app, "GET /")
    assert.same({ 401, "who are you?", false }, { answer.statusCode, body.message, was_called })
    assert.equal("in", ask(app, { path = "/", headers = { Authorization = "yes" } }).body)
  end)

  it("sees the status of an error, and what it set before stays, but not what the failed function set", function()
    local app, seen = router.new(), nil
    app:use(function(_, res, _, next)
      res.headers["x-before"] = "1"
      res:cookie("before", "1")
      next()
      seen = res.status
      res.headers["x-after"] = "1"
    end)
    app:get("/", function(_, res)
      res.headers["x-secret"], res.headers["x-before"] = "1", "changed"
      res:cookie("secret", "1")
      res:write("half an answer")
      error("no")
    end)
    local answer, body
    logged(function() answer, body = ask(app, "GET /") end)
    assert.equal(500, seen)
    assert.same({ "1", "1", nil }, { answer.headers["x-before"], answer.headers["x-after"],
      answer.headers["x-secret"] })
    assert.same({ "before=1; Path=/; Secure; HttpOnly" }, setmetatable(answer.cookies, nil))
    assert.same({ message = "Internal Server Error", requestId = "req-9" }, body)
  end)

  it("cannot run the rest twice", function()
    local app, count = router.new(), 0
    app:use(function(_, _, _, next) next() next() end)
    app:get("/", function() count = count + 1 return "" end)
    local records = logged(function() assert.equal(500, ask(app, "GET /").statusCode) end)
    assert.equal(1, count)
    assert.matches("router_spec.lua:%d+: next%(%) was called before", records[1].message)
  end)
end)

describe("an error", function()
  it("becomes 500 without its text, and is logged once, without what the client sent", function()
    local app = router.new()
    app:get("/o/{id}", function() error("kaput") end)
    app:use(function(_, _, _, next) next() end)
    local answer, body
    local records = logged(function()
      answer, body = ask(app, { path = "/o/secret", query = { a = "secret" }, headers = { ["x-a"] = "secret" } })
    end)
    assert.same({ 500, { message = "Internal Server Error", requestId = "req-9" } }, { answer.statusCode, body })
    assert.equal(1, #records)
    assert.equal("error", records[1].level)
    assert.matches("router_spec.lua:%d+: kaput$", records[1].message)
    assert.same({ errorType = "Function.LuaError", route = "/o/{id}", status = 500 }, records[1].fields)
  end)

  it("has the status of its type when it is raised or returned, and its message", function()
    local app = router.new():map("OrderNotFound", 404):map("Busy", 503)
    app:get("/raised", function() error(lambda.error("OrderNotFound", "no such order", { secret = 1 })) end)
    app:get("/returned", function() return nil, lambda.error("OrderNotFound", "no such order") end)
    app:get("/table", function() error({ type = "OrderNotFound", message = "no such \xFF order" }) end)
    app:get("/busy", function() return nil, lambda.error("Busy", "later") end)
    app:get("/other", function() return nil, lambda.error("Other", "secret") end)
    app:get("/text", function() return nil, "secret" end)
    local function seen(path)
      local answer, body = ask(app, "GET " .. path)
      return { answer.statusCode, body.message, body.type }
    end
    local records = logged(function()
      assert.same({ 404, "no such order", "OrderNotFound" }, seen("/raised"))
      assert.same({ 404, "no such order", "OrderNotFound" }, seen("/returned"))
      assert.same({ 404, "no such \u{FFFD} order", "OrderNotFound" }, seen("/table"))
    end)
    assert.equal(0, #records)
    records = logged(function()
      assert.same({ 503, "later", "Busy" }, seen("/busy"))
      assert.same({ 500, "Internal Server Error" }, seen("/other"))
      assert.same({ 500, "Internal Server Error" }, seen("/text"))
    end)
    assert.same({ "later", "secret", "secret" }, { records[1].message, records[2].message, records[3].message })
    assert.equal("Function.Error", records[3].fields.errorType)
  end)

  it("can be answered by on_error, which may leave the default", function()
    local app = router.new():map("Gone", 410)
    app:get("/gone", function() error(lambda.error("Gone", "no more", { id = 7 })) end)
    app:get("/boom", function() error("boom") end)
    app:get("/teapot", function() error(lambda.error("Teapot", "short and stout")) end)
    local failures = {}
    app:on_error(function(failure, req, res, context)
      failures[#failures + 1] = { failure.type, failure.status, req.route, context.aws_request_id, failure.data }
      if failure.type == "Gone" then
        return { sorry = failure.message }
      elseif failure.type == "Teapot" then
        res.status = 503
      end
    end)
    local answers = {}
    logged(function()
      for i, path in ipairs({ "/gone", "/boom", "/teapot" }) do
        local answer, body = ask(app, "GET " .. path)
        answers[i] = { answer.statusCode, body }
      end
    end)
    assert.same({ 410, { sorry = "no more" } }, answers[1])
    assert.same({ 500, { message = "Internal Server Error", requestId = "req-9" } }, answers[2])
    assert.same({ 503, { message = "Service Unavailable", requestId = "req-9" } }, answers[3])
    assert.same({ { "Gone", 410, "/gone", "req-9", { id = 7 } }, { "Function.LuaError", 500, "/boom", "req-9" },
                  { "Teapot", 500, "/teapot", "req-9" } }, failures)
  end)

  it("in on_error is logged, and answered 500", function()
    local app = router.new():on_error(function(_, res)
      res.headers["x-a"] = "1"
      error("worse")
    end)
    app:get("/", function() error("bad") end)
    local answer
    local records = logged(function() answer = ask(app, "GET /") end)
    assert.same({ 500, nil, 2 }, { answer.statusCode, answer.headers["x-a"], #records })
    assert.matches("bad$", records[1].message)
    assert.matches("^on_error failed: .*worse$", records[2].message)
  end)

  it("is what an answer is that cannot be sent", function()
    local app = router.new()
    app:get("/number", function() return 7 end)
    app:get("/true", function() return true end)
    app:get("/cycle", function() local t = {} t.t = t return t end)
    app:get("/status", function(_, res) res.status = "abc" end)
    app:get("/header", function(_, res) res.headers["bad name"] = "x" end)
    app:get("/headers", function(_, res) res.headers = 7 end)
    app:get("/cookies", function(_, res) res.cookies = nil end)
    app:get("/body", function(_, res) res.body = {} end)
    app:get("/stream", function() return lambda.stream("x") end)
    app:get("/nil", function() error() end)
    app:get("/odd", function() error(setmetatable({}, { __index = function() error("odd") end })) end)
    for _, path in ipairs({ "/number", "/true", "/cycle", "/status", "/header", "/headers", "/cookies", "/body",
      "/stream",
                            "/nil", "/odd" }) do
      for _, method in ipairs({ "GET", "HEAD" }) do
        local answer
        local records = logged(function() answer = ask(app, method .. " " .. path) end)
        local is_well = path == "/cookies" or path == "/body" and method == "HEAD" -- nothing of it goes out
        local expected = is_well and { 200, 0 } or { 500, 1 }
        assert.same(expected, { answer.statusCode, #records }, path)
      end
    end
  end)

  it("that no answer may hide is raised again", function()
    local app = router.new():on_error(function() return "hidden" end)
    app:use(function(_, _, _, next) next() end)
    app:get("/memory", function() error("not enough memory", 0) end)
    app:get("/late", function() error({ type = "Function.DeadlineExceeded", message = "late" }) end)
    app:get("/text", function() error("not enough memory for you") end)
    assert.has_error(function() ask(app, "GET /memory") end, "not enough memory")
    assert.has_error(function() ask(app, "GET /late") end, { type = "Function.DeadlineExceeded", message = "late" })
    logged(function() assert.equal("hidden", ask(app, "GET /text").body) end)
  end)

  it("that strikes anywhere, as the deadline does, leaves nothing for the next request to stumble over", function()
    local function late()
      debug.sethook()
      error("late", 0)
    end
    for steps = 1, 5000 do
      local app, ended = app_of({ "/orders/{id}" }), false
      logged(function()
        pcall(function()
          debug.sethook(late, "", steps)
          ask(app, "GET /orders/1")
          ended = debug.gethook() ~= nil
          debug.sethook()
        end)
      end)
      debug.sethook()
      assert.equal(200, ask(app, "GET /orders/1").statusCode, "after " .. steps)
      if ended then
        return
      end
    end
    error("it takes more than 5,000 steps")
  end)

  it("is raised for an event that is no request", function()
    local ok, err = pcall(router.new():handler(), { Records = {} })
    assert.same({ false, "Runtime.UnmarshalError" }, { ok, err.type })
  end)
end)

describe("router.body", function()
  local app = router.new()
  app:post("/", function(req)
    local value, err = router.body(req)
    if err then
      return nil, err
    end
    return { got = value }
  end)

  it("reads JSON and forms by their content type, in base64 or not", function()
    for content_type, case in pairs({
      ["application/json"] = { '{"a":[1]}', { a = { 1 } } }, ["Application/JSON; charset=utf-8"] = { "7", 7 },
      ["application/merge-patch+json"] = { "false", false },
      ["application/x-www-form-urlencoded"] = { "a=1&b=x+y%26&a=2", { a = "2", b = "x y&" } },
    }) do
      for _, kind in ipairs(KINDS) do
        local event = events[kind]({ method = "POST", path = "/", body = case[1],
          headers = { ["content-type"] = content_type } })
        assert.same({ got = case[2] }, json.decode(app:handler()(event).body))
        event.body, event.isBase64Encoded = lambda.crypto.base64(case[1]), true
        assert.same({ got = case[2] }, json.decode(app:handler()(event).body))
      end
    end
  end)

  it("answers 400 to what is not JSON, 415 to another type", function()
    for content_type, case in pairs({
      ["application/json"] = { '{"a"', 400 }, ["text/plain"] = { "{}", 415 }, ["application/jsonp"] = { "{}", 415 },
      ["multipart/form-data; boundary=x"] = { "x", 415 },
    }) do
      local records = logged(function()
        local answer = ask(app, { method = "POST", path = "/", body = case[1],
          headers = { ["content-type"] = content_type } })
        assert.equal(case[2], answer.statusCode)
      end)
      assert.equal(0, #records)
    end
    assert.equal(415, ask(app, { method = "POST", path = "/" }).statusCode)
  end)
end)

describe("CORS", function()
  local A, EVIL = "https://a.example", "https://evil.example"

  local function app_with(options)
    local app = router.new():cors(options)
    app:get("/x", function(_, res) res.headers.vary = "Accept" return "x" end):put("/x", function() error("no") end)
    app:any("/any", function() return "any" end)
    return app
  end

  local function headers_of(app, method, path, headers)
    local answer = ask(app, { method = method, path = path, headers = headers })
    local list = { status = answer.statusCode }
    for name, value in pairs(answer.headers) do
      list[name:gsub("^access%-control%-", "")] = name ~= "content-type" and value or nil
    end
    return list
  end

  it("names an origin of the list in every answer, errors too, and varies with it", function()
    local app = app_with({ origins = { A, "http://localhost:3000" }, credentials = true, expose = { "x-total",
      "etag" } })
    assert.same({ status = 200, ["allow-origin"] = A, ["allow-credentials"] = "true", vary = "Accept, Origin",
                  ["expose-headers"] = "x-total, etag" }, headers_of(app, "GET", "/x", { origin = A }))
    assert.same({ status = 200, vary = "Accept, Origin" }, headers_of(app, "GET", "/x", { origin = EVIL }))
    assert.same({ status = 200, vary = "Accept, Origin" }, headers_of(app, "GET", "/x"))
    assert.equal(A, headers_of(app, "GET", "/nowhere", { origin = A })["allow-origin"])
    logged(function()
      assert.equal(A, headers_of(app, "PUT", "/x", { origin = A })["allow-origin"])
    end)
  end)

  it("answers a preflight before any middleware, with what the path has", function()
    local app = app_with({ origins = { A }, max_age = 600, headers = { "content-type", "x-token" } })
    app:use(function(_, res) res.status = 401 return "who?" end)
    local asked = { origin = A, ["access-control-request-method"] = "PUT",
      ["access-control-request-headers"] = "x-token" }
    assert.same({ status = 204, ["allow-origin"] = A, ["allow-methods"] = "GET, HEAD, OPTIONS, PUT",
                  ["allow-headers"] = "content-type, x-token", ["max-age"] = "600",
                  vary = "Origin, Access-Control-Request-Method" }, headers_of(app, "OPTIONS", "/x", asked))
    asked.origin = EVIL
    assert.same({ status = 204, vary = "Origin, Access-Control-Request-Method" }, headers_of(app, "OPTIONS", "/x",
      asked))
    assert.equal(404, headers_of(app, "OPTIONS", "/nowhere", asked).status)
    assert.equal(401, headers_of(app, "OPTIONS", "/x", { origin = A }).status)
  end)

  it("gives back the headers that are asked for, where none are listed and they are names", function()
    local app = app_with({ origins = "*" })
    local asked = { origin = EVIL, ["access-control-request-method"] = "PATCH",
                    ["access-control-request-headers"] = "x-a,  X-B, b@d" }
    assert.same({ status = 204, ["allow-origin"] = "*", ["allow-methods"] = "PATCH", ["allow-headers"] = "x-a, X-B",
                  vary = "Access-Control-Request-Method, Access-Control-Request-Headers" },
      headers_of(app, "OPTIONS", "/any", asked))
    asked["access-control-request-headers"] = ("x,"):rep(5000)
    assert.is_nil(headers_of(app, "OPTIONS", "/any", asked)["allow-headers"])
    asked["access-control-request-method"] = "P\r\nX: y"
    assert.equal("GET", headers_of(app, "OPTIONS", "/any", asked)["allow-methods"])
    assert.same({ status = 200, ["allow-origin"] = "*", vary = "Accept" }, headers_of(app, "GET", "/x",
      { origin = EVIL }))
  end)

  it("asks a function, which never sees what is no origin", function()
    local seen = {}
    local app = app_with({ origins = function(origin, req)
      seen[#seen + 1] = origin .. req.path
      return origin:find("%.example$") ~= nil
    end })
    assert.equal(EVIL, headers_of(app, "GET", "/x", { origin = EVIL })["allow-origin"])
    assert.is_nil(headers_of(app, "GET", "/x", { origin = "null" })["allow-origin"])
    for _, origin in ipairs({ "https://x.example\r\nset-cookie: a=b", "https://x.example, https://y.example", "a b",
      "\xFF" }) do
      local headers = headers_of(app, "GET", "/x", { origin = origin })
      assert.same({ 200, nil }, { headers.status, headers["allow-origin"] })
    end
    assert.same({ EVIL .. "/x", "null/x" }, seen)
    local broken = app_with({ origins = function() error("no") end })
    local records = logged(function()
      assert.equal(500, headers_of(broken, "GET", "/x", { origin = A }).status)
    end)
    assert.equal(1, #records)
  end)

  it("refuses options that browsers refuse, or that are none", function()
    for _, case in ipairs({
      { { origins = "*", credentials = true }, "'credentials'" }, { { origins = { "https://a.example/" } },
        "is no origin" },
      { { origins = { "A.example" } }, "is no origin" }, { {}, "'origins'" }, { { origins = "*", max_age = "1" },
        "'max_age'" },
      { { origins = "*", headers = { "a b" } }, "'headers'" }, { { origins = "*", expose = "x" }, "'expose'" },
      { { origin = "*" }, "bad option 'origin'" }, { "*", "bad argument #1" },
    }) do
      local ok, err = pcall(function() router.new():cors(case[1]) end)
      assert.is_false(ok)
      assert.matches("^spec/lua%-lib/lambda/router_spec.lua:%d+: ", err)
      assert.truthy(err:find(case[2], 1, true), err)
    end
  end)
end)

describe("random routes", function()
  --- Patterns as Lua patterns, one by one: for each that fits, what its segments are; the smallest is the one meant.
  local function naive(patterns, path)
    local best, best_rank
    for _, pattern in ipairs(patterns) do
      local rank = pattern:gsub("{[^}]*}", "\1"):gsub("%*.*", "\2")
      local lua = "^" .. rank:gsub("%-", "%%-"):gsub("\1", "([^/]+)"):gsub("\2", "(.+)") .. "$"
      local values = { path:match(lua) }
      if #values > 0 then
        local ranks = {}
        for segment in rank:gmatch("/([^/]*)") do
          ranks[#ranks + 1] = segment == "\1" and "1" or segment == "\2" and "2" or "0"
        end
        local text = table.concat(ranks)
        if not best_rank or text < best_rank then
          best, best_rank = { pattern = pattern, values = rank:find("[\1\2]") and values or {} }, text
        end
      end
    end
    return best
  end

  it("are matched as the rules say, whatever their order", function()
    local seed = os.time()
    math.randomseed(seed)
    local words = { "a", "b", "ab", "a-b" }
    local hits = 0
    local function random_path(is_pattern)
      local segments = {}
      local count = math.random(1, 5)
      for i = 1, count do
        local dice = math.random(1, 10)
        if is_pattern and dice > 6 and dice < 10 then
          segments[i] = "{p" .. i .. "}"
        elseif is_pattern and dice == 10 and i == count then
          segments[i] = "*w"
        elseif i == count and dice == 1 or not is_pattern and dice == 2 then
          segments[i] = ""
        else
          segments[i] = words[math.random(#words)]
        end
      end
      return "/" .. table.concat(segments, "/")
    end
    for _ = 1, 300 do
      local app, patterns, shapes = router.new(), {}, {}
      for _ = 1, math.random(1, 25) do
        local pattern = random_path(true)
        local shape = pattern:gsub("{[^}]*}", "{}")
        local ok = pcall(app.get, app, pattern, function(req) return { route = req.route,
          params = json.object(req.params) } end)
        assert.equal(not shapes[shape], ok, pattern)
        if ok then
          patterns[#patterns + 1], shapes[shape] = pattern, true
        end
      end
      for _ = 1, 40 do
        local path = random_path(false)
        local expected = naive(patterns, path)
        local answer, body = ask(app, "GET " .. path)
        local where = ("seed %d: %s among %s"):format(seed, path, table.concat(patterns, " "))
        assert.equal(expected and 200 or 404, answer.statusCode, where)
        if expected then
          hits = hits + 1
          local params, i = {}, 0
          for name in expected.pattern:gmatch("[{*]([%w]+)") do
            i = i + 1
            params[name] = expected.values[i]
          end
          assert.same({ route = expected.pattern, params = params }, body, where)
        end
      end
    end
    assert.is_true(hits > 100)
  end)

  it("survive events put together at random", function()
    local app = router.new():cors({ origins = { "https://a.example" } })
    app:get("/{x}", function(req) return { req.params.x } end):any("/a/*w", function(req) return req.params.w end)
    local handler = app:handler()
    local pieces = { "/", "a", "%", "%2F", "%ff", "\0", "..", "é", "\xC3", "?", "*", "{x}", " " }
    local methods = { "GET", "HEAD", "OPTIONS", "POST", "get", "\xFF", "" }
    for _ = 1, 3000 do
      local path = {}
      for i = 1, math.random(0, 8) do
        path[i] = pieces[math.random(#pieces)]
      end
      local event = events[KINDS[math.random(4)]]({
        method = methods[math.random(#methods)], path = "/" .. table.concat(path),
        headers = { origin = table.concat(path, "a"),
          ["access-control-request-method"] = pieces[math.random(#pieces)] },
      })
      local ok, answer = pcall(handler, event, CONTEXT)
      if ok then
        assert.is_true(answer.statusCode < 500)
        assert(json.encode(answer))
      else
        assert.equal("Runtime.UnmarshalError", answer.type) -- without a method it is no request
      end
    end
  end)
end)
