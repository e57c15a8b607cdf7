--- What goes wrong before the first event: reported to /init/error during init, then exit status 1.
local bootstrap_process = require("bootstrap_process")

--- Runs what must fail, checks the report's form, and gives its document and what was seen.
local function init_error(options)
  local seen = bootstrap_process.run(options)
  assert.same({ 1, 1, 0 }, { #seen, seen.exit, #seen.nexts })
  assert.equal("POST /2018-06-01/runtime/init/error", seen[1].method .. " " .. seen[1].path)
  assert.equal("application/json", seen[1].headers["content-type"])
  local document = seen[1].document
  assert.equal(document.errorType, seen[1].headers["Lambda-Runtime-Function-Error-Type"])
  assert.equal("table", type(document.stackTrace))
  assert.equal(1, bootstrap_process.count(seen.stderr, document.errorType))
  return document, seen
end

describe("a malformed _HANDLER", function()
  for _, handler in ipairs({ "", "nodot", ".handler", "app.", "app..handler", "src/.handler" }) do
    it(("is refused, with an example of a good one: %q"):format(handler), function()
      local document = init_error({ source = "return {}", handler = handler })
      assert.equal("Runtime.MalformedHandlerName", document.errorType)
      assert.matches(handler, document.errorMessage, 1, true)
      assert.matches("hello.handler", document.errorMessage, 1, true)
    end)
  end

  for _, handler in ipairs({ "../app.handler", "src/../app.handler", "src/../../app.handler" }) do
    it("may not lead out of the task root: " .. handler, function()
      local document = init_error({ source = "return { handler = print }", handler = handler })
      assert.equal("Runtime.MalformedHandlerName", document.errorType)
      assert.matches(handler, document.errorMessage, 1, true)
    end)
  end

  it("is missed when it is not set", function()
    local document = init_error({ source = "return {}", handler = false })
    assert.equal("Runtime.MalformedHandlerName", document.errorType)
    assert.matches("_HANDLER", document.errorMessage, 1, true)
  end)
end)

describe("a handler file that is not there", function()
  it("is reported with every path that was tried", function()
    local document, seen = init_error({ source = "return {}", handler = "src/nowhere.handler" })
    assert.equal("Runtime.ImportModuleError", document.errorType)
    assert.matches(seen.root .. "/src/nowhere.lua", document.errorMessage, 1, true)
    assert.matches("src/nowhere", document.errorMessage, 1, true)
  end)

  it("is not mistaken for a module that the file itself misses", function()
    local document = init_error({ source = "require('missing_module') return {}" })
    assert.equal("Function.InitError", document.errorType)
    assert.matches("missing_module", document.errorMessage, 1, true)
  end)

  it("may be a folder, which is no file", function()
    local document = init_error({ files = { ["app.lua/x"] = "" } })
    assert.equal("Runtime.ImportModuleError", document.errorType)
  end)
end)

describe("a handler file that does not compile", function()
  it("is reported with its line", function()
    local document = init_error({ source = "local x = 1\nreturn = 2" })
    assert.equal("Runtime.UserCodeSyntaxError", document.errorType)
    assert.matches("app%.lua:2: .*near '='", document.errorMessage)
  end)

  it("may hold the bytecode of another Lua", function()
    local document = init_error({ source = "\27Lua\x51\0\1\4\8\4\8\0" })
    assert.equal("Runtime.UserCodeSyntaxError", document.errorType)
    assert.matches("app.lua", document.errorMessage, 1, true)
  end)
end)

describe("a handler file that raises while it loads", function()
  it("is reported with message, position and trace", function()
    local source = "local function open() error('no database') end\nopen()\nreturn {}"
    local document = init_error({ source = source })
    assert.equal("Function.InitError", document.errorType)
    assert.matches("app%.lua:1: no database", document.errorMessage)
    assert.matches("app%.lua:2: ", table.concat(document.stackTrace, "\n"))
  end)

  local raises = {
    ["{ type = 'NoTable', message = 'no table' }"] = "no table", ["nil"] = "nil",
    ["setmetatable({}, { __tostring = function() return 'a tale' end })"] = "a tale",
    ["setmetatable({}, { __tostring = function() error('twice') end })"] = "",
  }
  for raised, message in pairs(raises) do
    it("may raise " .. raised, function()
      local document = init_error({ source = ("error(%s)"):format(raised) })
      assert.equal("Function.InitError", document.errorType)
      assert.matches(message, document.errorMessage, 1, true)
      assert.is_true(#document.errorMessage > 0)
    end)
  end

  it("may raise by the table that it returns", function()
    local source = "return setmetatable({}, { __index = function() error('strict') end })"
    local document = init_error({ source = source })
    assert.equal("Function.InitError", document.errorType)
    assert.matches("strict", document.errorMessage, 1, true)
  end)

  it("does not reach the events by way of a coroutine", function()
    local document = init_error({ source = "coroutine.yield() return {}" })
    assert.equal("Function.InitError", document.errorType)
    assert.matches("yield", document.errorMessage, 1, true)
  end)
end)

describe("a handler that is not in its file", function()
  it("is reported with the functions that are there", function()
    local source = "return { create = print, delete = print, version = 3 }"
    local document = init_error({ source = source, handler = "app.creat" })
    assert.equal("Runtime.HandlerNotFound", document.errorType)
    assert.matches("creat", document.errorMessage, 1, true)
    assert.matches("create", document.errorMessage, 1, true)
    assert.matches("delete", document.errorMessage, 1, true)
    assert.not_matches("version", document.errorMessage, 1, true)
  end)

  for what, source in pairs({ ["a field that is no function"] = "return { handler = 42 }",
                              ["an empty table"] = "return {}",
                              ["a number"] = "return 42",
                              nothing = "" }) do
    it("is missed in " .. what, function()
      local document = init_error({ source = source })
      assert.equal("Runtime.HandlerNotFound", document.errorType)
      assert.matches("handler", document.errorMessage, 1, true)
    end)
  end

  it("is missed in a nested field", function()
    local document = init_error({ source = "return { api = { list = print } }", handler = "app.api.create" })
    assert.equal("Runtime.HandlerNotFound", document.errorType)
    assert.matches("list", document.errorMessage, 1, true)
  end)
end)

describe("a wrong configuration of ours", function()
  it("lists the values that are valid", function()
    local document = init_error({ code = "return 1", env = { LUNAMBDA_EVENT = "jsno" } })
    assert.equal("Runtime.ConfigInvalid", document.errorType)
    assert.matches("LUNAMBDA_EVENT", document.errorMessage, 1, true)
    assert.matches("jsno", document.errorMessage, 1, true)
    assert.matches("json", document.errorMessage, 1, true)
  end)
end)

describe("a handler file that forgets `local`", function()
  local code = "type, next, ipairs, error, table, getmetatable, _G = 'o', 'o', 'o', 'o', 'o', 'o', 'o' "

  it("is loaded all the same", function()
    local seen = bootstrap_process.answers({ source = code .. "return { handler = function() return 1 end }" })
    assert.same({ "1" }, seen)
  end)

  it("may define its handler as a global", function()
    local seen = bootstrap_process.answers({ source = code .. "function handler() return 1 end" })
    assert.same({ "1" }, seen)
  end)

  it("has its missing handler reported all the same", function()
    local document = init_error({ source = code .. "return { create = function() end }" })
    assert.equal("Runtime.HandlerNotFound", document.errorType)
    assert.matches("create", document.errorMessage, 1, true)
  end)
end)

describe("a handler's name that the file does not define", function()
  for _, handler in ipairs({ "app.print", "app.load", "app.next", "app.string.upper", "app.os.exit" }) do
    it("is missed, though Lua itself has such a function: " .. handler, function()
      local document = init_error({ source = "return { create = function() end }", handler = handler })
      assert.equal("Runtime.HandlerNotFound", document.errorType)
      assert.matches("create", document.errorMessage, 1, true)
    end)
  end

  it("is missed where undeclared globals raise", function()
    local source = "setmetatable(_G, { __index = function(_, name) error('undeclared ' .. name, 2) end }) " ..
      "return { create = function() end }"
    local document = init_error({ source = source })
    assert.equal("Runtime.HandlerNotFound", document.errorType)
    assert.matches("create", document.errorMessage, 1, true)
  end)
end)

describe("a syntax error near a string that speaks of bytecode", function()
  it("is reported with its line", function()
    local document = init_error({ source = "local x = 1 'a binary chunk' 'b'" })
    assert.equal("Runtime.UserCodeSyntaxError", document.errorType)
    assert.matches("app%.lua:1: ", document.errorMessage)
  end)
end)

describe("the end of the process", function()
  local spins = "setmetatable({}, { __gc = function() while true do end end }) "
  local exits = "setmetatable({}, { __gc = function() os.exit(0) end }) "

  it("is not held up by a finaliser, after an init error", function()
    init_error({ source = "X = " .. spins .. "error('no database')", plan = { "limit 5000" } })
  end)

  it("keeps its status whatever a finaliser does", function()
    init_error({ source = "X = " .. exits .. "error('no database')" })
  end)

  it("is prompt when the platform says 500", function()
    local source = "X = " .. spins .. "return { handler = function() return 1 end }"
    assert.equal(1, bootstrap_process.run({ source = source, posts = { 500 }, plan = { "limit 5000" } }).exit)
  end)
end)
