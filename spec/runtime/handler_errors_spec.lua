--- A handler that fails is reported to /error with type, message and trace, and the next event is answered.
local bootstrap_process = require("bootstrap_process")
local cjson = require("cjson")

local HEADER = "Lambda-Runtime-Function-Error-Type"

--- Runs code that must fail for the event "fail", checks the report's form and that the process lives on.
local function failure(code, event, options)
  options = options or {}
  options.source = ([[
    return { handler = function(event, context)
      if event == "well" then return "well" end
      %s
    end }]]):gsub("%%s", function() return code end)
  options.events = { event or '"fail"', '"well"' }
  local seen = bootstrap_process.run(options)
  assert.same({ 2, 3, 0 }, { #seen, #seen.nexts, seen.unused })
  assert.equal("/2018-06-01/runtime/invocation/req-1/error", seen[1].path)
  assert.equal("application/json", seen[1].headers["content-type"])
  assert.equal("/2018-06-01/runtime/invocation/req-2/response", seen[2].path)
  assert.equal('"well"', seen[2].body)
  assert.is_truthy(utf8.len(seen[1].body))
  assert.equal(1, bootstrap_process.count(seen.stderr, "req-1"))
  assert.equal(0, bootstrap_process.count(seen.stderr, "req-2"))
  local document = seen[1].document
  assert.equal("string", type(document.errorMessage))
  assert.equal("table", type(document.stackTrace))
  return document, seen[1].headers[HEADER], seen
end

describe("a handler that raises a string", function()
  it("is reported as Function.LuaError with the position", function()
    local document, header = failure("error('out of stock')")
    assert.same({ "Function.LuaError", "Function.LuaError" }, { document.errorType, header })
    assert.matches("app%.lua:3: out of stock$", document.errorMessage)
  end)

  it("has an array of frames, innermost first, without those of the runtime", function()
    local code = "\nlocal function inner() error('deep') end\nlocal function outer() inner() end\nouter()"
    local trace = failure(code).stackTrace
    local joined = table.concat(trace, "\n")
    local inner, outer, handler = joined:find("app%.lua:4:.*app%.lua:5:.*app%.lua:6:")
    assert.is_truthy(inner, joined)
    assert.is_truthy(outer or handler)
    assert.not_matches("\n", table.concat(trace, ""))
    assert.not_matches("lambda/", joined, 1, true)
    assert.not_matches("stack traceback", joined, 1, true)
    assert.matches("app%.lua:6:", trace[#trace])
  end)

  it("is logged once, on one line with time, request id and level", function()
    local _, _, seen = failure("error('marker-7781\\nand more')")
    assert.equal(1, bootstrap_process.count(seen.stderr, "marker-7781"))
    local record = seen.stderr:match("[^\n]*marker%-7781[^\n]*")
    assert.matches("^%d+%-%d+%-%d+T%d+:%d+:%d+%.%d%d%dZ\treq%-1\tERROR\t", record)
    assert.matches("Function.LuaError", record, 1, true)
    assert.matches("and more", record, 1, true)
  end)

  it("is logged as a JSON record where Lambda asks for JSON", function()
    local _, _, seen = failure("error('marker-7783')", nil, { env = { AWS_LAMBDA_LOG_FORMAT = "JSON" } })
    local record = cjson.decode(seen.stderr:match("[^\n]*marker%-7783[^\n]*"))
    assert.same({ "req-1", "ERROR" }, { record.requestId, record.level })
    assert.equal("Function.LuaError", record.errorType)
    assert.matches("marker%-7783$", record.errorMessage)
    assert.matches("^%d+%-%d+%-%d+T%d+:%d+:%d+%.%d%d%dZ$", record.timestamp)
    assert.equal("table", type(record.stackTrace))
    for line in seen.stderr:gmatch("[^\n]+") do
      assert.equal("table", type(cjson.decode(line)))
    end
  end)

  it("may raise it as a runtime error of Lua's own", function()
    local document = failure("local order = nil; return order.id")
    assert.equal("Function.LuaError", document.errorType)
    assert.matches("attempt to index a nil value (local 'order')", document.errorMessage, 1, true)
  end)

  it("may overflow the stack", function()
    local document = failure("local function f() return 1 + f() end return f()")
    assert.equal("Function.LuaError", document.errorType)
    assert.matches("stack overflow", document.errorMessage, 1, true)
    assert.is_true(#document.stackTrace < 100)
  end)

  it("may fail inside a coroutine", function()
    local document = failure("coroutine.wrap(function() error('within') end)()")
    assert.equal("Function.LuaError", document.errorType)
    assert.matches("within", document.errorMessage, 1, true)
  end)

  it("keeps the frames of the coroutines that coroutine.wrap passed it on through", function()
    local document = failure([[
      local function deep() error({ type = "Deep", message = "boom" }) end
      local inner = function()
        deep()
      end
      local outer = function()
        coroutine.wrap(inner)()
      end
      pcall(coroutine.wrap(function() error("another", 0) end))
      coroutine.wrap(outer)() ]])
    local joined = table.concat(document.stackTrace, "\n")
    assert.equal("boom", document.errorMessage)
    assert.matches("app.lua:3: in .*app.lua:5: in .*app.lua:8: in .*app.lua:11: in function 'app.handler'$", joined)
    assert.not_matches("app.lua:10:", joined, 1, true)
  end)

  it("keeps them for a string, to which the position of the call was added", function()
    local document = failure("coroutine.wrap(function()\nlocal function deep() error('boom') end\ndeep() end)()")
    assert.equal("boom", document.errorMessage:match("%a+$"))
    assert.matches("app.lua:4: in .*app.lua:5: in ", table.concat(document.stackTrace, "\n"))
  end)

  it("does not take another error's frames for its own", function()
    local document = failure([[
      pcall(coroutine.wrap(function() error("no") end))
      error("other", 0) ]])
    assert.not_matches("app.lua:3: in function <", table.concat(document.stackTrace, "\n"), 1, true)
  end)

  it("may pass on what a coroutine raised", function()
    local code = "local _, raised = coroutine.resume(coroutine.create(function() error('within') end)) " ..
      "error(raised, 0)"
    assert.matches("app%.lua:3: within$", failure(code).errorMessage)
  end)

  it("may yield, which is an error", function()
    local document = failure("coroutine.yield(1)")
    assert.equal("Function.LuaError", document.errorType)
    assert.matches("yield", document.errorMessage, 1, true)
  end)
end)

describe("a handler that raises something else", function()
  it("gives type and message by a table", function()
    local document, header = failure("error({ type = 'OrderNotFound', message = 'no such order' })")
    assert.same({ "OrderNotFound", "Function.OrderNotFound" }, { document.errorType, header })
    assert.equal("no such order", document.errorMessage)
    assert.matches("app%.lua:3:", table.concat(document.stackTrace, "\n"))
  end)

  it("gives them by lambda.error", function()
    local code = "error(require('lambda').error('OrderNotFound', 'no such order', { id = 7 }))"
    local document, header = failure(code)
    assert.same({ "OrderNotFound", "Function.OrderNotFound" }, { document.errorType, header })
    assert.equal("no such order", document.errorMessage)
  end)

  for _, given in ipairs({ "order_not_found", "", "X", "Order Not Found", "A\\r\\nB: c", "Bestellungä" }) do
    it(("sends Function.LuaError in the header for the type %q"):format(given), function()
      local _, header = failure(("error({ type = '%s', message = 'm' })"):format(given))
      assert.equal("Function.LuaError", header)
    end)
  end

  it("may leave out the type", function()
    local document, header = failure("error({ message = 'no such order' })")
    assert.same({ "Function.LuaError", "Function.LuaError" }, { document.errorType, header })
    assert.equal("no such order", document.errorMessage)
  end)

  it("may leave out the message, or give one that is no string", function()
    assert.equal("OrderNotFound", failure("error({ type = 'OrderNotFound' })").errorType)
    assert.matches("42", failure("error({ type = 'OrderNotFound', message = 42 })").errorMessage, 1, true)
  end)

  for what, raised in pairs({ ["nil"] = "nil", ["a number"] = "42", ["a boolean"] = "false",
                              ["a function"] = "print", ["a bare table"] = "{ code = 7 }",
                              ["a type that is no string"] = "{ type = 42, message = {} }" }) do
    it("may raise " .. what, function()
      local document, header = failure(("error(%s)"):format(raised))
      assert.same({ "Function.LuaError", "Function.LuaError" }, { document.errorType, header })
      assert.is_true(#document.errorMessage > 0)
    end)
  end

  it("has its __tostring asked", function()
    local code = "error(setmetatable({}, { __tostring = function() return 'a tale of woe' end }))"
    assert.equal("a tale of woe", failure(code).errorMessage)
  end)

  for what, method in pairs({ ["raises"] = "error('twice')", ["returns no string"] = "return 42",
                              ["overflows the stack"] = "local function f() return 1 + f() end f()" }) do
    it("is reported even if __tostring " .. what, function()
      local code = "error(setmetatable({}, { __tostring = function() %s end }))"
      assert.equal("Function.LuaError", failure(code:format(method)).errorType)
    end)
  end

  it("is reported even if reading its fields raises", function()
    local code = "error(setmetatable({}, { __index = function() error('twice') end }))"
    assert.equal("Function.LuaError", failure(code).errorType)
  end)
end)

describe("a handler that returns nil and an error", function()
  it("is reported as Function.Error with the message", function()
    local document, header = failure("return nil, 'no such order'")
    assert.same({ "Function.Error", "Function.Error" }, { document.errorType, header })
    assert.equal("no such order", document.errorMessage)
  end)

  it("gives type and message by a table", function()
    local document, header = failure("return nil, { type = 'OrderNotFound', message = 'no such order' }")
    assert.same({ "OrderNotFound", "Function.OrderNotFound" }, { document.errorType, header })
    assert.equal("no such order", document.errorMessage)
  end)

  it("may leave out the type", function()
    local document, header = failure("return nil, { message = 'no such order' }")
    assert.same({ "Function.Error", "Function.Error" }, { document.errorType, header })
    assert.equal("no such order", document.errorMessage)
  end)

  it("is logged once", function()
    local _, _, seen = failure("return nil, 'marker-7782'")
    assert.equal(1, bootstrap_process.count(seen.stderr, "marker-7782"))
  end)

  it("is no failure when the second value is nil", function()
    assert.same({ "null" }, bootstrap_process.answers({ code = "return nil, nil" }))
  end)

  it("is no failure when the first value is not nil", function()
    assert.same({ "false" }, bootstrap_process.answers({ code = "return false, 'ignored'" }))
  end)
end)

describe("a handler that forgets `local`", function()
  local code = "type, next, pairs, ipairs, error, pcall, tostring, table, string, math, getmetatable = event "

  it("is answered all the same, and so are the events after it", function()
    local events = { '"a"', '"b"' }
    local options = { code = code .. "return context.trace_id or event", events = events }
    assert.same(events, bootstrap_process.answers(options))
  end)

  it("is reported all the same", function()
    local document = failure(code .. "local order order.id = 1")
    assert.equal("Function.LuaError", document.errorType)
    assert.matches("attempt to index a nil value (local 'order')", document.errorMessage, 1, true)
  end)
end)

describe("the text of a message", function()
  it("keeps its UTF-8", function()
    assert.matches("café über 日本$", failure("error('café über 日本')").errorMessage)
  end)

  it("keeps quotes, newlines and control characters", function()
    local document = failure([[error('a "quoted"\n\tline\0\1\127 \\ end', 0)]])
    assert.equal('a "quoted"\n\tline\0\1\127 \\ end', document.errorMessage)
  end)

  it("has invalid UTF-8 replaced", function()
    assert.matches("^bad.+bytes.+here$", failure([[error('bad\xffbytes\xc3here', 0)]]).errorMessage)
  end)

  it("is cut to what the platform takes", function()
    local document, _, seen = failure("error(('ä'):rep(5 * 1024 * 1024), 0)")
    assert.is_true(#seen[1].body <= 1024 * 1024)
    assert.matches("^äää", document.errorMessage)
  end)

  it("is cut in the log, too, to what one record may hold", function()
    local _, _, seen = failure("error(('x'):rep(5 * 1024 * 1024), 0)")
    assert.is_true(#seen.stderr <= 512 * 1024)
  end)
end)

describe("an event that is no JSON", function()
  for what, event in pairs({ broken = '{"a":', empty = "", trailing = "{} {}", ["not UTF-8"] = '"\xff"' }) do
    it("is reported as Runtime.UnmarshalError when it is " .. what, function()
      local document, header, seen = failure("return 1", event)
      assert.same({ "Runtime.UnmarshalError", "Runtime.UnmarshalError" }, { document.errorType, header })
      assert.equal(1, bootstrap_process.count(seen.stderr, "Runtime.UnmarshalError"))
    end)
  end
end)

describe("a result that cannot be encoded", function()
  for what, code in pairs({ ["a function"] = "return { total = print }", ["a NaN"] = "return { total = 0/0 }",
                            ["an infinity"] = "return { total = 1/0 }",
                            ["bytes"] = [[return { total = '\xff' }]],
                            ["a coroutine"] = "return { total = coroutine.create(print) }",
                            ["itself"] = "local t = {} t.total = t return t" }) do
    it("is reported as Runtime.MarshalError with its path: " .. what, function()
      local document, header, seen = failure(code)
      assert.same({ "Runtime.MarshalError", "Runtime.MarshalError" }, { document.errorType, header })
      assert.matches("$.total", document.errorMessage, 1, true)
      assert.equal(1, bootstrap_process.count(seen.stderr, "Runtime.MarshalError"))
    end)
  end
end)

describe("a result above 6,291,556 bytes", function()
  for what, code in pairs({ value = "return ('x'):rep(6291555)",
                            raw = "return require('lambda').raw(('x'):rep(6291557))" }) do
    it("is found before it is sent: " .. what, function()
      local document, header, seen = failure(code)
      assert.equal("Function.ResponseSizeTooLarge", document.errorType)
      assert.equal("Function.ResponseSizeTooLarge", header)
      assert.matches("6291556", document.errorMessage:gsub(",", ""), 1, true)
      assert.equal(1, bootstrap_process.count(seen.stderr, "Function.ResponseSizeTooLarge"))
    end)
  end

  for what, code in pairs({ value = "return ('x'):rep(6291554)",
                            raw = "return require('lambda').raw(('x'):rep(6291556))" }) do
    it("is not what fits exactly: " .. what, function()
      local seen = bootstrap_process.run({ code = code })
      assert.equal("/2018-06-01/runtime/invocation/req-1/response", seen[1].path)
      assert.equal(6291556, #seen[1].body)
    end)
  end
end)

describe("a handler that blames its caller", function()
  it("has no position of the runtime's in the message", function()
    local document = failure("error('bad order', 2)")
    assert.equal("Function.LuaError", document.errorType)
    assert.not_matches("lunambda", document.errorMessage, 1, true)
    assert.matches("bad order$", document.errorMessage)
  end)
end)

describe("a handler that replaces functions of the string library", function()
  for what, code in pairs({ ["a method"] = "string.gmatch, string.find, string.format, string.lower = nil ",
                            ["the metatable"] = "debug.setmetatable('', nil) " }) do
    it("is reported with its own message: " .. what, function()
      local document, header = failure(code .. "error('out of stock', 0)")
      assert.same({ "Function.LuaError", "Function.LuaError" }, { document.errorType, header })
      assert.equal("out of stock", document.errorMessage)
    end)

    it("still has its context: " .. what, function()
      local events = { '"a"', '"b"' }
      local options = { code = code .. "return context.headers['Lambda-Runtime-Aws-Request-Id']", events = events }
      assert.same({ '"req-1"', '"req-2"' }, bootstrap_process.answers(options))
    end)
  end
end)

describe("a handler that alters what require goes by", function()
  for what, code in pairs({
    ["no searchers"] = "package.searchers = nil ",
    ["none of them"] = "package.searchers = {} ",
    ["a bare preload"] = "setmetatable(package.preload, nil) ",
    ["nothing loaded"] = "for name in pairs(package.loaded) do package.loaded[name] = nil end ",
  }) do
    it("is reported with its own type and stack: " .. what, function()
      local document, header = failure("local err = require('lambda').error('OutOfStock', 'sorry') "
        .. code .. "error(err)")
      assert.same({ "OutOfStock", "Function.OutOfStock", "sorry" },
        { document.errorType, header, document.errorMessage })
      assert.matches("in %a+ '[%a.]*handler'", table.concat(document.stackTrace, "\n"))
    end)

    it("still has its log and its routes: " .. what, function()
      local seen = bootstrap_process.run({ source = [[
        local lambda = require("lambda")
        local log, app = lambda.log, lambda.router.new()
        return { handler = function(event, context)
          ]] .. code .. [[
          log.warn({ 1 }, { f = log.warn })
          return app:handler()(event, context)
        end } ]], events = { '{"version":"2.0","rawPath":"/","requestContext":{"http":{"method":"GET"}}}' } })
      assert.matches("WARN\t[1]\t", seen.stderr, 1, true)
      assert.matches('"statusCode":404', seen[1].body, 1, true)
    end)
  end
end)
