local handlers = require("lambda.handler")
local scratch = require("scratch")
-- Loaded when they are needed, which is when package.path is another.
for _, module in ipairs({
  "absence", "bytecode", "c_module", "choice", "errors", "expression", "script", "unloadable",
}) do
  require("lambda." .. module)
end

-- Loaded when something fails, which here is while package.path leads elsewhere.
require("lambda.absence")
require("lambda.bytecode")
require("lambda.errors")

--- Loads `name` from a task root with these files; gives the function, or the fault that was raised.
local function load(name, files)
  local here <close> = scratch.new()
  for file, text in pairs(files or {}) do
    here:write(file, text)
  end
  local path = package.path
  package.path = here.path .. "/?.lua;" .. here.path .. "/?/init.lua"
  local ok, result = pcall(handlers.load, name, { task_root = here.path, function_name = "scripted" })
  package.path = path
  return ok and result, not ok and result
end

describe("lambda.handler", function()
  before_each(function()
    for _, module in ipairs({ "app", "src.orders", "util" }) do
      package.loaded[module] = nil
    end
  end)

  describe("load()", function()
    it("finds a field of the table that the file returns", function()
      local handler = load("app.handler", { ["app.lua"] = "return { handler = function(e) return e + 1 end }" })
      assert.equal(2, handler(1))
    end)

    it("finds a field in a folder's file, nested", function()
      local handler = load("src/orders.api.create",
        { ["src/orders.lua"] = "return { api = { create = function() return 'made' end } }" })
      assert.equal("made", handler())
    end)

    it("finds a global that the file defined", function()
      local handler = load("app.spec_global", { ["app.lua"] = "function spec_global() return 'global' end" })
      _G.spec_global = nil
      assert.equal("global", handler())
    end)

    it("prefers the file's own field to a global", function()
      local handler = load("app.print", { ["app.lua"] = "return { print = function() return 'own' end }" })
      assert.equal("own", handler())
    end)

    it("prefers a global function to a field that is none", function()
      local handler = load("app.spec_global", { ["app.lua"] =
        "function spec_global() return 'global' end return { spec_global = 42 }" })
      _G.spec_global = nil
      assert.equal("global", handler())
    end)

    it("takes a table that can be called", function()
      local handler = load("app.handler", { ["app.lua"] =
        "return { handler = setmetatable({}, { __call = function(_, e) return e end }) }" })
      assert.equal(7, handler(7))
    end)

    it("gives the file the same arguments as require", function()
      local handler = load("src/orders.args",
        { ["src/orders.lua"] = "local name, path = ... return { args = function() return name, path end }" })
      local name, path = handler()
      assert.equal("src.orders", name)
      assert.matches("/src/orders%.lua$", path)
    end)

    it("leaves the module where require finds it", function()
      load("src/orders.handler", { ["src/orders.lua"] = "return { handler = print }" })
      assert.equal(print, package.loaded["src.orders"].handler)
    end)

    it("lets other modules require the file while it has loaded", function()
      local handler = load("app.handler", {
        ["app.lua"] = "package.loaded.app = package.loaded.app or {} local M = package.loaded.app "
          .. "M.handler = require('util').handler return M",
        ["util.lua"] = "local app = require('app') return { handler = function() return app end }",
      })
      assert.equal(package.loaded.app, handler())
    end)
  end)

  describe("refuses", function()
    local names = {
      { "", "no handler is set: _HANDLER is empty; set it to file.function, for example hello.handler" },
      { "hello", "the handler 'hello' has not the form file.function, for example hello.handler" },
      { "hello.", "the handler 'hello.' has not the form file.function, for example hello.handler" },
      { ".hello", "the handler '.hello' has not the form file.function, for example hello.handler" },
      { "a..b", "the handler 'a..b' has not the form file.function, for example hello.handler" },
      { "src/", "the handler 'src/' has not the form file.function, for example hello.handler" },
      { "../a.b", "the handler '../a.b' leads out of the task root: '..' is not allowed" },
      { "a/../b.c", "the handler 'a/../b.c' leads out of the task root: '..' is not allowed" },
    }
    for _, case in ipairs(names) do
      it(("the name %q"):format(case[1]), function()
        local _, fault = load(case[1])
        assert.equal("Runtime.MalformedHandlerName", fault.type)
        assert.equal(case[2], fault.message)
      end)
    end

    it("a file that is not there, naming each path tried", function()
      local _, fault = load("src/orders.create")
      assert.equal("Runtime.ImportModuleError", fault.type)
      assert.matches("needs a file src/orders.lua, but there is none; looked in the task root", fault.message, 1, true)
      assert.matches("no file '[^']+/src/orders%.lua'\n%s+no file '[^']+/src/orders/init%.lua'", fault.message)
    end)

    it("a file that does not compile, naming file and line", function()
      local _, fault = load("app.handler", { ["app.lua"] = "local x = \nreturn end" })
      assert.equal("Runtime.UserCodeSyntaxError", fault.type)
      assert.matches("app%.lua:2: unexpected symbol near 'return'", fault.message)
    end)

    it("bytecode in a .lua file", function()
      local _, fault = load("app.handler", { ["app.lua"] = string.dump(function() end) })
      assert.equal("Runtime.UserCodeSyntaxError", fault.type)
      assert.matches("app.lua holds bytecode; a .lua file must be source text", fault.message, 1, true)
    end)

    it("a folder in the place of the file", function()
      local _, fault = load("app.handler", { ["app.lua/x"] = "" })
      assert.equal("Runtime.ImportModuleError", fault.type)
      assert.matches("cannot read", fault.message)
    end)

    it("a file without the function, listing those that are there", function()
      local _, fault = load("app.hanlder",
        { ["app.lua"] = "return { handler = print, api = { create = print }, n = 1 }" })
      assert.equal("Runtime.HandlerNotFound", fault.type)
      assert.matches("has no function 'hanlder'", fault.message, 1, true)
      assert.matches("the functions there are: api.create, handler$", fault.message)
    end)

    it("a file that returned nothing, saying how to end it", function()
      local _, fault = load("app.handler", { ["app.lua"] = "local x = 1" })
      assert.matches("it returned nothing; end it with `return { handler = … }`", fault.message, 1, true)
    end)

    it("a function where a table should be", function()
      local _, fault = load("app.handler", { ["app.lua"] = "return function() end" })
      assert.matches("it returned a function; end it with", fault.message, 1, true)
    end)
  end)

  it("passes on what a file raises while loading", function()
    local _, raised = load("app.handler", { ["app.lua"] = "error({ code = 7 })" })
    assert.equal(7, raised.code)
  end)
end)
