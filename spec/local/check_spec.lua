local tool = require("lunambda_tool")

local function check(files, ...)
  return tool.run({ files = files, args = { "check", ... } })
end

describe("lunambda check", function()
  it("says what would be called, without calling it", function()
    local result = check({ ["src/app.lua"] = "return { api = { go = function() print('called') end } }" },
      "src/app.api.go")
    assert.equal("src/app.api.go loads: api.go of src/app.lua\n", result.out)
    assert.truthy(result.err:find("^Init Duration: %d+%.%d%d ms\n$"))
    assert.equal(0, result.status)
  end)

  it("says when the module is not in the task root itself", function()
    local result = check({ ["lua_modules/share/lua/5.4/app.lua"] = "return { go = print }" }, "app.go")
    assert.equal("app.go loads: go of app, from the search path\n", result.out)
  end)

  it("knows the other forms of a handler's name", function()
    local files = { ["bin/report.lua"] = "print(io.read('a'))",
                    ["app.lua"] = "return { new = function() return print end }",
                    ["code.luac"] = string.dump(assert(load("return { go = print }"))) }
    for handler, said in pairs({ ["bin/report.lua"] = ": a script, bin/report.lua", ["code.go"] = ": go of code.luac",
                                 ["=require('app').new()"] = "" }) do
      local result = check(files, handler)
      assert.equal(handler .. " loads" .. said .. "\n", result.out)
    end
  end)

  it("passes variables on", function()
    local result = check({ ["app.lua"] = "assert(os.getenv('MODE') == 'dry') return { go = print }" },
      "app.go", "--env", "MODE=dry")
    assert.equal(0, result.status)
  end)

  it("shows the error of initialisation readably", function()
    local result = check({ ["app.lua"] = "local function deep() error('no caf\u{e9}') end\ndeep()" },
      "app.go")
    assert.equal("", result.out)
    assert.truthy(result.err:find("app.go does not load:\nFunction.InitError: app.lua:1: no caf\u{e9}\n  ",
      1, true)
      or result.err:find("app.go does not load:\nFunction.InitError: .*app.lua:1: no caf\u{e9}\n  "))
    assert.equal(1, result.status)
  end)

  it("names what is missing", function()
    local result = check({ ["app.lua"] = "return {}" }, "app.go")
    assert.truthy(result.err:find("app.go does not load:\nRuntime.HandlerNotFound: ", 1, true))
    assert.equal(1, result.status)
    result = check({}, "none.go")
    assert.truthy(result.err:find("none.go does not load:\nRuntime.ImportModuleError: ", 1, true))
  end)

  it("bounds the initialisation", function()
    local result = check({ ["app.lua"] = "while true do end" }, "app.go", "--init-timeout", "0.2")
    assert.truthy(result.err:find("\nSandbox.Timedout: the initialisation did not end within 0.20 seconds"))
    assert.equal(1, result.status)
  end)

  it("tells of a process that dies while loading", function()
    local result = check({ ["app.lua"] = "os.exit(5)" }, "app.go")
    assert.truthy(result.err:find("\nRuntime.ExitError: Runtime exited with error: exit status 5"))
    assert.equal(1, result.status)
  end)
end)
