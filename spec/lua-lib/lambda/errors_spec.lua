local errors = require("lambda.errors")
local json = require("lambda.json")

--- The document and the header's type of something raised in a handler.
local function describe_raised(raised, stage)
  return errors.describe(raised, "stack traceback:", stage or "handler")
end

describe("lambda.errors", function()
  describe("describe()", function()
    it("calls none of the handler's code when that took too long", function()
      local function never() error("called") end
      local hostile = { __tostring = never, __index = never }
      local raised = setmetatable({ type = "OrderNotFound", data = { 7 } }, hostile)
      errors.on_error(never)
      local document = errors.describe(raised, "stack traceback:", "handler", {}, "still running")
      errors.on_error(nil)
      assert.same({ "OrderNotFound", "a table was raised, and to tell more of it took too long", "[7]" },
        { document.errorType, document.errorMessage, json.encode(document.errorData) })
      document = errors.describe(setmetatable({}, hostile), "stack traceback:", "handler", {}, "still running")
      assert.same({ "Function.LuaError", "a table was raised, and to tell more of it took too long" },
        { document.errorType, document.errorMessage })
      document = errors.describe("text", "stack traceback:", "handler", {}, "still running")
      assert.equal("text", document.errorMessage)
    end)

    it("keeps a string and its position", function()
      local document, header = describe_raised("app.lua:3: boom")
      assert.equal("app.lua:3: boom", document.errorMessage)
      assert.equal("Function.LuaError", document.errorType)
      assert.equal("Function.LuaError", header)
      assert.equal("[]", json.encode(document.stackTrace))
    end)

    it("keeps text in any language", function()
      assert.equal("café", describe_raised("café").errorMessage)
    end)

    it("says that nil was raised", function()
      assert.equal("nil was raised", describe_raised(nil).errorMessage)
    end)

    it("writes numbers and booleans as Lua does", function()
      assert.equal("42", describe_raised(42).errorMessage)
      assert.equal("false", describe_raised(false).errorMessage)
    end)

    it("asks __tostring of a table without type", function()
      local raised = setmetatable({}, { __tostring = function() return "told" end })
      assert.equal("told", describe_raised(raised).errorMessage)
    end)

    it("survives a __tostring that raises", function()
      local raised = setmetatable({}, { __tostring = function() error("worse", 0) end })
      assert.equal("a table was raised, and its __tostring failed: worse", describe_raised(raised).errorMessage)
    end)

    it("survives fields that raise when read", function()
      local raised = setmetatable({}, { __index = function() error("no", 0) end })
      local document = describe_raised(raised)
      assert.equal("Function.LuaError", document.errorType)
      assert.matches("^table: ", document.errorMessage)
    end)

    it("takes type, message and data of a lambda.error", function()
      local document, header = describe_raised(errors.new("OrderNotFound", "no such order", { id = 7 }))
      assert.equal("OrderNotFound", document.errorType)
      assert.equal("no such order", document.errorMessage)
      assert.equal('{"id":7}', json.encode(document.errorData))
      assert.equal("Function.OrderNotFound", header)
    end)

    it("takes any table with a type or a message", function()
      assert.equal("Gone", (describe_raised({ type = "Gone" })).errorMessage)
      local document = describe_raised({ message = "only this" })
      assert.equal("only this", document.errorMessage)
      assert.equal("Function.LuaError", document.errorType)
    end)

    it("says why data was left out", function()
      local document = describe_raised(errors.new("Bad", "x", { f = print }))
      assert.matches("^%(left out: .*function", document.errorData)
    end)

    it("leaves out data that is too large", function()
      local document = describe_raised(errors.new("Bad", "x", ("x"):rep(200000)))
      assert.matches("bytes are more than 131072", document.errorData, 1, true)
    end)

    local header_types = {
      { "OrderNotFound", "Function.OrderNotFound" },
      { "Function.Custom", "Function.Custom" },
      { "Runtime.Custom", "Runtime.Custom" },
      { "orderNotFound", "Function.LuaError" },
      { "Order.NotFound", "Function.LuaError" },
      { "X", "Function.LuaError" },
      { "Order1", "Function.LuaError" },
      { "A\r\nX-Evil: 1", "Function.LuaError" },
      { "", "Function.LuaError" },
    }
    for _, case in ipairs(header_types) do
      local shown = case[1]:gsub("%c", "?")
      it(("sends the type '%s' as %s and keeps it in the body"):format(shown, case[2]), function()
        local document, header = describe_raised({ type = case[1], message = "m" })
        assert.equal(case[1], document.errorType)
        assert.equal(case[2], header)
      end)
    end

    it("gives each stage its own type", function()
      assert.equal("Function.InitError", (describe_raised("x", "init")).errorType)
      assert.equal("Runtime.UnmarshalError", (describe_raised("x", "decode")).errorType)
      assert.equal("Runtime.MarshalError", (describe_raised("x", "encode")).errorType)
      assert.equal("Function.DeadlineExceeded", (describe_raised("x", "late")).errorType)
      assert.equal("Function.InitError", (describe_raised(errors.new("Mine", "x"), "init")).errorType)
    end)

    it("keeps the type of a fault in every stage", function()
      local fault = errors.fault("Runtime.HandlerNotFound", "none")
      for _, stage in ipairs({ "init", "decode", "handler", "encode" }) do
        local document, header = describe_raised(fault, stage)
        assert.equal("Runtime.HandlerNotFound", document.errorType)
        assert.equal("Runtime.HandlerNotFound", header)
      end
    end)

    it("survives a __tostring that raises something that cannot be told either", function()
      local nested = setmetatable({}, { __tostring = function() error(setmetatable({}, { __tostring = error })) end })
      assert.equal("a table was raised, and its __tostring failed: with a table", describe_raised(nested).errorMessage)
    end)

    it("bounds each part by the length of its JSON", function()
      for _, byte in ipairs({ "x", '"', "\1", "\127", "\255", "\192", "\191", "é", "日", "🐜" }) do
        local long = byte:rep(300000)
        local frames = ("\n\tapp.lua:1: in function '" .. long .. "'"):rep(40)
        local document, _, cause = errors.describe({ type = long, message = long, data = { long } },
          "stack traceback:" .. frames .. "\n\t[lunambda lambda/boot.lua]:1: in function <x>", "handler")
        local options = { encoding = "replace" }
        assert.is_true(#json.encode(document.errorMessage, options) <= 64 * 1024)
        assert.is_true(#json.encode(document.errorMessage, options) > 60 * 1024)
        assert.is_true(#json.encode(document, options) < 250 * 1024)
        assert.equal(32, #document.stackTrace)
        assert.is_true(#cause <= 32 * 1024)
        assert.truthy(json.decode(cause).exceptions[1].message)
      end
    end)

    it("cuts a long message between characters", function()
      local message = describe_raised("x" .. ("é"):rep(40000)).errorMessage
      assert.is_true(#message <= 64 * 1024 + 3)
      assert.truthy(utf8.len(message))
      assert.matches("é…$", message)
    end)

    it("has no frames for what was raised below every Lua function", function()
      local document = errors.describe("x", "stack traceback:\n\t[C]: in ?", "decode")
      assert.same({}, { table.unpack(document.stackTrace) })
    end)

    it("keeps the handler's frames when lambda.* raised for it", function()
      local document = errors.describe("x", "stack traceback:\n\t[C]: in function 'error'\n"
        .. "\t[lunambda lambda/http.lua]:9: in function 'lambda.http.get'\n"
        .. "\tapp.lua:5: in function <app.lua:4>\n\t[lunambda lambda/boot.lua]:24: "
        .. "in function <[lunambda lambda/boot.lua]:22>\n\t[C]: in ?", "handler")
      assert.same({ "app.lua:5: in function <app.lua:4>" }, { table.unpack(document.stackTrace) })
    end)

    it("lists the frames innermost first, without ours and what lies below", function()
      local document = errors.describe("x", "stack traceback:\n\t[C]: in function 'error'\n\tapp.lua:1: in function"
        .. " 'inner'\n\tapp.lua:5: in function <app.lua:4>\n\t(...tail calls...)\n\t[lunambda lambda/boot.lua]:24:"
        .. " in function <[lunambda lambda/boot.lua]:22>\n\t[C]: in ?", "handler")
      assert.same({ "[C]: in function 'error'", "app.lua:1: in function 'inner'",
        "app.lua:5: in function <app.lua:4>", "(...tail calls...)" }, { table.unpack(document.stackTrace) })
    end)
  end)

  describe("new()", function()
    it("can be printed", function()
      assert.equal("OrderNotFound: no such order", tostring(errors.new("OrderNotFound", "no such order")))
    end)

    it("blames the caller for wrong arguments", function()
      local ok, message = pcall(function() errors.new(7, "x") end)
      assert.is_false(ok)
      assert.matches("errors_spec%.lua:%d+: bad argument #1 to 'lambda%.error' %(an error type expected, got number%)",
        message)
      assert.has_error(function() errors.new("T") end,
        "bad argument #2 to 'lambda.error' (a message expected, got nil)")
    end)
  end)

  describe("on_error()", function()
    local context = { aws_request_id = "req-1" }

    after_each(function()
      errors.on_error(nil)
    end)

    local function describe_in_context(raised, stage)
      return errors.describe(raised, "stack traceback:\n\tapp.lua:1: in x\n\t[lunambda boot]:1: in y",
        stage or "handler", context)
    end

    it("shows what was raised, and the context", function()
      local seen
      errors.on_error(function(err, given)
        seen = { err.type, err.message, err.data, err.stack_trace[1], err.raised, given }
      end)
      local raised = errors.new("Gone", "away", 7)
      local document = describe_in_context(raised)
      assert.same({ "Gone", "away", 7, "app.lua:1: in x", raised, context }, seen)
      assert.same({ "Gone", "away", "7" },
        { document.errorType, document.errorMessage, json.encode(document.errorData) })
    end)

    it("rewrites type, message and data, in headers, too", function()
      errors.on_error(function(err)
        err.type, err.message, err.data = "Internal", "see the log", { id = 1 }
      end)
      local document, header, cause = describe_in_context("password 123")
      assert.same({ "Internal", "see the log", '{"id":1}' },
        { document.errorType, document.errorMessage, json.encode(document.errorData) })
      assert.equal("Function.Internal", header)
      assert.matches('"message":"see the log"', cause, 1, true)
      assert.not_matches("password", cause, 1, true)
    end)

    it("bounds what it wrote", function()
      errors.on_error(function(err)
        err.type, err.message, err.data = ("T"):rep(1e6), ("\1"):rep(1e6), print
      end)
      local document, header = describe_in_context("x")
      assert.is_true(#json.encode(document) < 70 * 1024)
      assert.equal("Function.LuaError", header)
    end)

    for what, fn in pairs({
      ["raises"] = function(err) err.message = "half done"; error("broken") end,
      ["raises what cannot be told"] = function() error(setmetatable({}, { __tostring = error })) end,
      ["leaves a type that is no string"] = function(err) err.type, err.message = 7, "x" end,
      ["leaves no message"] = function(err) err.message = nil end,
      ["yields"] = function() coroutine.yield() end,
    }) do
      it("lets the error out as it was when it " .. what, function()
        local log = require("lambda.log")
        local log_error, logged = log.error, {}
        log.error = function(message) logged[#logged + 1] = message end
        errors.on_error(fn)
        local document = describe_in_context(errors.new("Gone", "away"))
        log.error = log_error
        assert.same({ "Gone", "away" }, { document.errorType, document.errorMessage })
        assert.equal(1, #logged)
        assert.matches("^on_error failed, and the error goes out as it was: .", logged[1])
      end)
    end

    it("is not asked outside an invocation, nor past the deadline", function()
      errors.on_error(function(err) err.message = "rewritten" end)
      assert.equal("x", errors.describe("x", "", "init", nil).errorMessage)
      assert.equal("late", describe_in_context("late", "late").errorMessage)
      assert.equal("rewritten", describe_in_context("x", "encode").errorMessage)
    end)

    it("takes one function, or nil for none", function()
      errors.on_error(function(err) err.message = "first" end)
      errors.on_error(function(err) err.message = "second" end)
      assert.equal("second", describe_in_context("x").errorMessage)
      errors.on_error(nil)
      assert.equal("x", describe_in_context("x").errorMessage)
      local ok, message = pcall(function() errors.on_error("x") end)
      assert.is_false(ok)
      assert.matches("errors_spec%.lua:%d+: bad argument #1 to 'lambda%.on_error' %(a function expected, got string%)",
        message)
    end)
  end)

  describe("returned()", function()
    it("makes a message a Function.Error", function()
      local document, header = describe_raised(errors.returned("no luck"))
      assert.equal("Function.Error", document.errorType)
      assert.equal("Function.Error", header)
      assert.equal("no luck", document.errorMessage)
    end)

    it("leaves a typed error alone", function()
      local document, header = describe_raised(errors.returned({ type = "Gone", message = "away" }))
      assert.equal("Gone", document.errorType)
      assert.equal("Function.Gone", header)
    end)
  end)
end)
