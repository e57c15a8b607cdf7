--- The forms of a handler's name, other than file.function in a .lua file.
local bootstrap_process = require("bootstrap_process")
local lua_modules = require("lua_modules")

local function answer(options)
  return bootstrap_process.answers(options)[1]
end

--- The document of what must fail while the environment initialises.
local function init_error(options)
  local seen = bootstrap_process.run(options)
  assert.same({ 1, 1, 0 }, { #seen, seen.exit, #seen.nexts })
  assert.equal("/2018-06-01/runtime/init/error", seen[1].path)
  assert.equal(seen[1].document.errorType, seen[1].headers["Lambda-Runtime-Function-Error-Type"])
  return seen[1].document
end

--- Bytecode of this source, with bytes of it put in the place of others.
local function bytecode(source, at, bytes)
  local code = string.dump(assert(load(source, "@app.lua")))
  return at and code:sub(1, at - 1) .. bytes .. code:sub(at + #bytes) or code
end

local ECHO = "return { handler = function(event) return event end }"

describe("a handler of bytecode", function()
  it("is found as .luac where there is no .lua", function()
    assert.equal("[1]", answer({ files = { ["app.luac"] = bytecode(ECHO) }, events = { "[1]" } }))
    assert.equal("[1]", answer({ files = { ["src/app.luac"] = bytecode(ECHO) }, handler = "src/app.handler",
                                 events = { "[1]" } }))
    assert.equal("[1]", answer({ files = { ["app/init.luac"] = bytecode(ECHO) }, events = { "[1]" } }))
  end)

  it("gives way to the source beside it", function()
    local files = { ["app.lua"] = "return { handler = function() return 'source' end }", ["app.luac"] = bytecode(ECHO) }
    assert.equal('"source"', answer({ files = files }))
  end)

  it("may begin with a line for the shell", function()
    assert.equal("{}", answer({ files = { ["app.luac"] = "#!/usr/bin/env lua5.4\n" .. bytecode(ECHO) } }))
  end)

  it("reports its errors with the lines of its source", function()
    local code = bytecode("return {\n handler = function()\n error('no') end }")
    assert.equal("app.lua:3: no", bootstrap_process.run({ files = { ["app.luac"] = code } })[1].document.errorMessage)
  end)

  it("finds modules of bytecode", function()
    for _, place in ipairs({ "where.luac", "lua_modules/share/lua/5.4/where.luac", "where/init.luac" }) do
      local files = { ["app.lua"] = "return { handler = require('where') }",
                      [place] = bytecode("return function() return 'here' end") }
      assert.equal('"here"', answer({ files = files }))
    end
  end)

  local headers = {
    ["of Lua 5.3"] = { 5, "\x53", "it was compiled for Lua 5.3, and this is Lua 5.4" },
    ["of another format"] = { 6, "\7", "its format has the number 7" },
    ["of a transfer as text"] = { 9, "\n\n", "its bytes were changed on the way" },
    ["of other instructions"] = { 13, "\8", "its instructions have 8 bytes" },
    ["of 32 bits"] = { 14, "\4", "its integers have 32 bits, here they have 64" },
    ["of small floats"] = { 15, "\4", "its floats have 32 bits, here they have 64" },
    ["of the other end"] = { 16, "\0\0\0\0\0\0\x56\x78", "its integers have the bytes in another order" },
    ["of odd floats"] = { 24, "\1\2\3\4\5\6\7\8", "its floats have another form" },
    ["of LuaJIT"] = { 1, "\27LJ\2", "it is bytecode of LuaJIT" },
  }
  for what, header in pairs(headers) do
    it("says what differs in the header " .. what, function()
      local document = init_error({ files = { ["app.luac"] = bytecode(ECHO, header[1], header[2]) } })
      assert.equal("Runtime.UserCodeSyntaxError", document.errorType)
      assert.matches("/app.luac does not load: " .. header[3], document.errorMessage, 1, true)
      assert.matches("compile it again with the luac of Lua 5.4 for 64 bits, or ship the source",
        document.errorMessage, 1, true)
    end)
  end

  it("says that it is cut short, wherever", function()
    local code = bytecode(ECHO)
    for _, length in ipairs({ 4, 5, 12, 20, 30 }) do
      local document = init_error({ files = { ["app.luac"] = code:sub(1, length) } })
      assert.equal("Runtime.UserCodeSyntaxError", document.errorType)
      assert.matches("it is cut short", document.errorMessage, 1, true)
    end
    local document = init_error({ files = { ["app.luac"] = code:sub(1, 60) } })
    assert.matches("its header fits, but the rest is cut short or damaged", document.errorMessage, 1, true)
  end)

  it("may not be source text", function()
    for _, source in ipairs({ ECHO, "" }) do
      local document = init_error({ files = { ["app.luac"] = source } })
      assert.equal("Runtime.UserCodeSyntaxError", document.errorType)
      assert.matches("source text belongs into a .lua file", document.errorMessage, 1, true)
    end
  end)

  it("may not hide in a .lua file", function()
    local document = init_error({ source = bytecode(ECHO) })
    assert.equal("Runtime.UserCodeSyntaxError", document.errorType)
    assert.matches("bytecode belongs into a .luac file", document.errorMessage, 1, true)
  end)

  it("that is required, and is another Lua's, is reported as typed", function()
    local document = init_error({ files = { ["app.lua"] = "require('where') " .. ECHO,
                                            ["where.luac"] = bytecode(ECHO, 5, "\x53") } })
    assert.equal("Runtime.UserCodeSyntaxError", document.errorType)
    assert.matches("/where.luac does not load: it was compiled for Lua 5.3", document.errorMessage, 1, true)
    assert.matches("in function 'require'", table.concat(document.stackTrace, "\n"), 1, true)
  end)
end)

describe("a handler in C", function()
  local former = lua_modules.bytes("former")

  it("is found as .so where there is no Lua", function()
    assert.equal("[7]", answer({ files = { ["former.so"] = former }, handler = "former.handler", events = { "[7]" } }))
  end)

  it("is opened by the name that Lua's rules give it", function()
    assert.equal("8", answer({ files = { ["src/former.so"] = former }, handler = "src/former.handler",
                               events = { "8" } }))
    assert.equal("9", answer({ files = { ["lib/lua/5.4/former-v2.so"] = former }, handler = "former-v2.handler",
                               events = { "9" } }))
  end)

  it("may be a userdata that can be called", function()
    assert.equal("[1]", answer({ files = { ["former.so"] = former }, handler = "former.object", events = { "[1]" } }))
  end)

  it("gives way to Lua", function()
    local files = { ["former.so"] = former, ["former.luac"] = bytecode("return { handler = function() return 1 end }") }
    assert.equal("1", answer({ files = files, handler = "former.handler" }))
  end)

  it("is what require finds, opened once", function()
    local files = { ["former.so"] = former, ["app.lua"] = "local f = require('former') return { handler = f.handler }" }
    assert.equal("{}", answer({ files = files }))
  end)

  it("without the function is reported with those that are there", function()
    local document = init_error({ files = { ["former.so"] = former }, handler = "former.hanlder" })
    assert.equal("Runtime.HandlerNotFound", document.errorType)
    assert.matches("former.so has no function 'hanlder'", document.errorMessage, 1, true)
    assert.matches("handler, object", document.errorMessage, 1, true)
  end)

  it("without the function that opens it is told so", function()
    local document = init_error({ files = { ["pi.so"] = former }, handler = "pi.handler" })
    assert.equal("Runtime.ImportModuleError", document.errorType)
    assert.matches("pi.so does not load: it exports no function luaopen_pi", document.errorMessage, 1, true)
  end)

  it("that is no shared object is refused with the reason of the system", function()
    local document = init_error({ files = { ["pi.so"] = "not ELF" }, handler = "pi.handler" })
    assert.equal("Runtime.ImportModuleError", document.errorType)
    assert.matches("the C module [^\n]*/pi%.so does not load: [^\n]*file too short", document.errorMessage)
  end)
end)

describe("a handler that is nowhere", function()
  it("is reported with all the places, those of bytecode and C too", function()
    local document = init_error({ source = ECHO, handler = "nowhere.handler" })
    assert.equal("Runtime.ImportModuleError", document.errorType)
    for _, ending in ipairs({ ".lua", ".luac", "/init.lua", "/init.luac", ".so" }) do
      assert.matches("/nowhere" .. ending .. "'", document.errorMessage, 1, true)
    end
  end)
end)

describe("an expression", function()
  local FILES = { ["app.lua"] = "local M = {} function M.new(n) return function(event) return { event, n } end end " ..
    "M.handler = function() return 'handler' end return M" }

  it("gives the function", function()
    assert.equal("[1,7]", answer({ files = FILES, handler = '=require("app").new(7)', events = { "1" } }))
    assert.equal("[1,[]]", answer({ files = FILES, events = { "1" },
      handler = "=require'app'.new(require'lambda'.array())" }))
  end)

  it("may give a module with a handler, or a table that can be called", function()
    assert.equal('"handler"', answer({ files = FILES, handler = '=require("app")' }))
    assert.equal('"called"', answer({ files = FILES,
      handler = "=setmetatable({},{__call=function()return'called'end})" }))
  end)

  it("may run over several statements of Lua, as long as it returns one", function()
    local handler = "=(function()local\tn=3;return\tfunction()return\tn;end;end)()"
    assert.equal("3", answer({ files = FILES, handler = handler }))
  end)

  it("that does not compile is a syntax error", function()
    local document = init_error({ files = FILES, handler = "=require(" })
    assert.equal("Runtime.UserCodeSyntaxError", document.errorType)
    assert.matches("the handler '=require(' does not compile: _HANDLER:1:", document.errorMessage, 1, true)
  end)

  it("that gives no function is told what it gave", function()
    for expression, what in pairs({ ["="] = "nil", ["=7"] = "a number", ["={}"] = "a table without functions" }) do
      local document = init_error({ files = FILES, handler = expression })
      assert.equal("Runtime.HandlerNotFound", document.errorType)
      assert.matches("gave no function, but " .. what, document.errorMessage, 1, true)
    end
  end)

  it("that raises fails as a file would", function()
    local document = init_error({ files = FILES, handler = '=require("missing").handler' })
    assert.equal("Function.InitError", document.errorType)
    assert.matches("missing", document.errorMessage, 1, true)
    assert.equal("Runtime.UserCodeSyntaxError",
      init_error({ files = { ["b.luac"] = bytecode(ECHO, 5, "\x53") }, handler = '=require("b")' }).errorType)
  end)
end)

describe("a table of functions", function()
  local SOURCE = [[
    local function named(name) return function(event) return { name, event } end end
    return {
      by_name = { scripted = named("name"), other = named("other") },
      by_alias = { live = named("live"), beta = { handler = named("beta") }, default = named("default") },
      both = { scripted = named("name"), live = named("live"), version = 3 },
      nobody = { orders = named("orders"), billing = named("billing") },
      nested = { api = { create = named("create") } },
    }
  ]]
  local ARN = "arn:aws:lambda:eu-central-1:123456789012:function:scripted"

  local function invoked(handler, arn)
    local headers = { ["Lambda-Runtime-Invoked-Function-Arn"] = arn }
    return answer({ source = SOURCE, handler = handler, events = { { body = "1", headers = headers } } })
  end

  it("is asked for the function's name", function()
    assert.equal('["name",1]', invoked("app.by_name", ARN))
    assert.equal('["other",1]', answer({ source = SOURCE, handler = "app.by_name", events = { "1" },
                                         env = { AWS_LAMBDA_FUNCTION_NAME = "other" } }))
  end)

  it("is asked for the alias that was invoked, and for the default", function()
    assert.equal('["live",1]', invoked("app.by_alias", ARN .. ":live"))
    assert.equal('["beta",1]', invoked("app.by_alias", ARN .. ":beta"))
    for _, arn in ipairs({ ARN, ARN .. ":gamma", ARN .. ":42", "no ARN", ":live" }) do
      assert.equal('["default",1]', invoked("app.by_alias", arn))
    end
  end)

  it("prefers the alias to the name", function()
    assert.equal('["live",1]', invoked("app.both", ARN .. ":live"))
    assert.equal('["name",1]', invoked("app.both", ARN))
    assert.equal('["name",1]', invoked("app.both", ARN .. ":version"))
  end)

  it("may be what an expression gives", function()
    assert.equal('["name",1]', invoked('=require("app").by_name', ARN))
  end)

  it("with none for this function is an init error that lists the keys", function()
    local document = init_error({ source = SOURCE, handler = "app.nobody" })
    assert.equal("Runtime.HandlerNotFound", document.errorType)
    assert.matches("none is for the function 'scripted', and there is no 'default'", document.errorMessage, 1, true)
    assert.matches("the keys there are: billing, orders", document.errorMessage, 1, true)
    init_error({ source = SOURCE, handler = "app.nobody", env = { AWS_LAMBDA_FUNCTION_NAME = false } })
  end)

  it("without functions of its own is none", function()
    local document = init_error({ source = SOURCE, handler = "app.nested" })
    assert.matches("has no function 'nested'", document.errorMessage, 1, true)
    assert.matches("nested.api.create", document.errorMessage, 1, true)
  end)
end)
