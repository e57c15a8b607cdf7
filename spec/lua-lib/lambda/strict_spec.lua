--- lambda.strict changes the globals of its whole state: each example is a program of its own.
local bootstrap_process = require("bootstrap_process")
local json = require("lambda.json")
local scratch = require("scratch")

--- Runs Lua code after require("lambda.strict"); whether it ended well, and what it wrote to standard error.
local function run(code, before)
  local here <close> = scratch.new()
  here:write("app.lua", code)
  here:write("main.lua", ("package.path = %q %s strict = require('lambda.strict') dofile('app.lua')")
    :format(package.path:gsub("lua%-lib/", require("lfs").currentdir() .. "/lua-lib/"), before or ""))
  local ok = os.execute(("cd '%s' && lua5.4 main.lua 2>err"):format(here.path))
  return ok == true, here:read("err")
end

it("lets well-behaved code alone", function()
  local ok, err = run([[
    assert(rawget(_G, "nothing") == nil)
    counter = 0
    function bump() counter = counter + 1 end
    bump() bump()
    assert(counter == 2 and type(string.format) == "function")
    counter = nil
    assert(counter == nil)
    local t = setmetatable({}, { __index = function(_, k) return k end })
    assert(t.anything == "anything")
  ]])
  assert.is_true(ok, err)
end)

it("raises where an undefined global is read, and names it", function()
  local ok, err = run("local x = 1\nlocal function f()\n  return x + totl\nend\nprint(f())")
  assert.is_false(ok)
  assert.matches('app.lua:3: undefined global "totl"', err, 1, true)
end)

it("raises where a function makes a new one", function()
  local ok, err = run("local function f()\n  local a = 1\n  total = a\nend\nf()")
  assert.is_false(ok)
  assert.matches([[app.lua:3: new global "total" inside a function: it wants a 'local']], err, 1, true)
end)

it("can be told of names", function()
  local ok, err = run([[
    strict.declare("late", "other")
    assert(late == nil)
    local function f() late = 1 end
    f()
    assert(late == 1 and other == nil)
    assert(not pcall(strict.declare, 7))
  ]])
  assert.is_true(ok, err)
end)

it("holds in coroutines, and for names of any type", function()
  local ok, err = run([[
    local ok, err = coroutine.resume(coroutine.create(function() return missing end))
    assert(not ok and err:find('app.lua:1: undefined global "missing"', 1, true), err)
    ok, err = pcall(function() return _G[{}] end)
    assert(not ok and err:find("undefined global [table]", 1, true), err)
    ok, err = pcall(function() return _G["a\nb"] end)
    assert(not ok and err:find('"a\\nb"', 1, true), err)
  ]])
  assert.is_true(ok, err)
end)

it("knows what had a value before", function()
  local ok, err = run([[
    local function reset() early = nil end
    reset()
    assert(early == nil)
    local function f() early = 2 end
    f()
    assert(early == 2)
  ]], "early = 1")
  assert.is_true(ok, err)
end)

it("says where what is no key was used as one", function()
  local ok, err = run([[
    local ok, err = pcall(load("\n_G[nil] = 1", "=here"))
    assert(not ok and err == "here:2: table index is nil", err)
    ok, err = pcall(load("\n_G[0/0] = 1", "=here"))
    assert(not ok and err == "here:2: table index is NaN", err)
  ]])
  assert.is_true(ok, err)
end)

it("refuses to fight another metatable, and keeps a harmless one", function()
  local ok, err = run("", "setmetatable(_G, { __index = {} })")
  assert.is_false(ok)
  assert.matches("_G has a metatable with __index or __newindex already", err, 1, true)
  ok, err = run("", "setmetatable(_G, { __metatable = false })")
  assert.is_false(ok)
  assert.matches("_G has a protected metatable", err, 1, true)
  ok, err = run("assert(getmetatable(_G).__name == 'globals')", "setmetatable(_G, { __name = 'globals' })")
  assert.is_true(ok, err)
end)

describe("in bootstrap", function()
  local function answers(source, handler)
    local seen = bootstrap_process.run({ source = source, handler = handler, events = { "{}" } })
    return seen[1].path:match("[^/]+$"), assert(json.decode(seen[1].body))
  end

  it("fails the invocation that misspells", function()
    local what, document = answers([[
      require("lambda.strict")
      local M = {}
      function M.handler(event)
        local lambda = require("lambda")
        lambda.log.info("alive")
        return evnt
      end
      return M]])
    assert.equal("error", what)
    assert.matches('app.lua:6: undefined global "evnt"', document.errorMessage, 1, true)
  end)

  it("leaves handlers that are globals, and those that are not there, to the runtime", function()
    local what, value = answers("require('lambda.strict')\nfunction handler() return 7 end")
    assert.same({ "response", 7 }, { what, value })
    what, value = answers("require('lambda.strict')\nfunction other() end")
    assert.same({ "error", "Runtime.HandlerNotFound" }, { what, value.errorType })
  end)
end)
