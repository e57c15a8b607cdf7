--- The lists that C reads (runtime/hooks.h). What calls them is seen by spec/runtime.
local lifecycle = require("lambda.lifecycle")
local native = require("lambda.native")

local SHUTDOWN, AFTER_EACH, AFTER_THIS, BEFORE_SNAPSHOT, AFTER_RESTORE = 1, 2, 3, 4, 5

local function first() end
local function second() end

describe("lambda.lifecycle", function()
  local function forget()
    native.hooks.is_loaded = nil
    for kind = 1, 5 do
      native.hooks[kind] = nil
    end
  end
  before_each(forget)
  after_each(forget) -- other specs share the state

  after_each(function()
    native.hooks.is_loaded = nil -- other specs load modules that look at it
  end)

  for name, kind in pairs({ on_shutdown = SHUTDOWN, before_snapshot = BEFORE_SNAPSHOT }) do
    it(name .. " lists the last registered first", function()
      lifecycle[name](first)
      lifecycle[name](second)
      assert.same({ second, first }, native.hooks[kind])
    end)
  end

  it("after_restore lists the first registered first", function()
    lifecycle.after_restore(first)
    lifecycle.after_restore(second)
    assert.same({ first, second }, native.hooks[AFTER_RESTORE])
  end)

  it("after tells what is for each event from what is for this one", function()
    lifecycle.after(first)
    native.hooks.is_loaded = true
    lifecycle.after(second)
    assert.same({ first }, native.hooks[AFTER_EACH])
    assert.same({ second }, native.hooks[AFTER_THIS])
  end)

  for _, name in ipairs({ "on_shutdown", "before_snapshot", "after_restore" }) do
    it(name .. " is refused once the handler's file is loaded, in the caller's line", function()
      native.hooks.is_loaded = true
      local ok, message = pcall(function() lifecycle[name](first) end)
      assert.is_false(ok)
      local expected = "lifecycle_spec.lua:%%d+: lambda.%s must be called while the handler's file loads"
      assert.matches(expected:format(name), message)
    end)
  end

  it("wants functions, and blames the caller", function()
    local ok, message = pcall(function() lifecycle.after("x") end)
    assert.is_false(ok)
    assert.matches("lifecycle_spec.lua:%d+: ", message)
    assert.matches("bad argument #1 to 'lambda.after' (a function expected, got string)", message, 1, true)
  end)

  it("is reached by require \"lambda\", on first use", function()
    local lambda = require("lambda")
    assert.equal(lifecycle.after, lambda.after)
    assert.equal(lifecycle.on_shutdown, lambda.on_shutdown)
    assert.is_nil(lambda.no_such_thing)
  end)
end)
