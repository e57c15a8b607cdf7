--- A C module that crashes: the process dies by the signal, but says first where it was.
local bootstrap_process = require("bootstrap_process")
local lua_modules = require("lua_modules")

-- Where bootstrap is built with AddressSanitizer or ThreadSanitizer, that would take the signals after us, print its
-- own report and end with a status: ours hands the signal on to whoever had it before.
local WITHOUT_SANITIZER = "handle_segv=0:handle_sigbus=0:handle_sigfpe=0:handle_abort=0"

local function crash(how, options)
  options = options or {}
  return bootstrap_process.run({
    source = options.source or ([[
      local crasher = require("crasher")
      local function deeper()
        crasher.%s()
      end
      return { handler = function(event)
        if event == 1 then return 1 end
        deeper()
      end }]]):format(how),
    events = { "1", "2", "3" },
    env = { LUA_CPATH_5_4 = lua_modules.cpath(), ASAN_OPTIONS = WITHOUT_SANITIZER, TSAN_OPTIONS = WITHOUT_SANITIZER },
  })
end

local SIGNALS = {
  segv = { "SIGSEGV", 11 },
  call_null = { "SIGSEGV", 11 },
  recurse = { "SIGSEGV", 11 },
  bus = { "SIGBUS", 7 },
  fpe = { "SIGFPE", 8 },
  abort = { "SIGABRT", 6 },
}

describe("a crash in a C module", function()
  for how, signal in pairs(SIGNALS) do
    it(("ends the process by %s (%s), which names module, function and line first"):format(signal[1], how), function()
      local seen = crash(how)
      assert.equal(signal[2], seen.signal)
      assert.same({ 1, 2 }, { #seen, #seen.nexts })
      assert.matches(("lunambda: %s at [^\n]*, request req%%-2; the Lua stack:\n"):format(signal[1]), seen.stderr)
      assert.matches(("\n\t%%[C%%]: in function '%s' of /[^\n]*/crasher%%.so%%+0x%%x+\n"):format(how), seen.stderr)
      assert.matches("\n\t[^\n]*app.lua:3: in function 'deeper'\n\t[^\n]*app.lua:7: in function 'handler'\n",
        seen.stderr)
      assert.not_matches("[lunambda", seen.stderr, 1, true)
    end)
  end

  it("tells the place in the module", function()
    assert.matches("lunambda: SIGSEGV at /[^\n]*/crasher%.so%+0x%x+, request", crash("segv").stderr)
    assert.matches("lunambda: SIGSEGV at 0x0, request", crash("call_null").stderr, 1, true)
  end)

  it("shows the stack through coroutines", function()
    local seen = crash(nil, { source = [[
      local crasher = require("crasher")
      return { handler = function()
        coroutine.wrap(function()
          crasher.segv()
        end)()
      end }]] })
    assert.equal(11, seen.signal)
    assert.matches("'segv' of .-app.lua:4: .-%[C%]: in .-app.lua:3: in function 'handler'", seen.stderr)
  end)

  it("is told while the handler is loaded, too", function()
    local seen = crash(nil, { source = "\nrequire('crasher').abort()" })
    assert.equal(6, seen.signal)
    assert.matches("lunambda: SIGABRT at [^\n]*; the Lua stack:\n\t.C.: in function 'abort' of", seen.stderr)
    assert.matches("app.lua:2: in main chunk", seen.stderr, 1, true)
  end)
end)
