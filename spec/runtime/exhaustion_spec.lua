--- What becomes of an invocation when the process can have no more memory. Not under AddressSanitizer, whose
--- address space has no such limits.
local bootstrap_process = require("bootstrap_process")

local LIMIT_KIB = 60000
local SHELL = ('ulimit -v %d; exec "$@"'):format(LIMIT_KIB)
local runs = os.execute(
  ("ulimit -v %d; '%s/bootstrap' --version >/dev/null 2>&1"):format(LIMIT_KIB, bootstrap_process.bin())
)
local it_limited = runs and it or function(name)
  pending(name .. ": this build, or its sanitizer, does not start in so little address space")
end

describe("a process without memory", function()
  local fill = "while true do Kept = { Kept } end "

  it_limited("still reports the event that used it up", function()
    local seen = bootstrap_process.run({ shell = SHELL, code = fill })
    assert.same({ 1, 1 }, { #seen, seen.exit })
    assert.equal("/2018-06-01/runtime/invocation/req-1/error", seen[1].path)
    assert.equal("Runtime.OutOfMemory", seen[1].document.errorType)
  end)

  it_limited("still reports a handler file that used it up", function()
    local seen = bootstrap_process.run({ shell = SHELL, source = fill })
    assert.same({ 1, 1, 0 }, { #seen, seen.exit, #seen.nexts })
    assert.equal("/2018-06-01/runtime/init/error", seen[1].path)
    assert.equal("Runtime.OutOfMemory", seen[1].document.errorType)
  end)

  it_limited("still posts the answer of a handler that recovered", function()
    local code = "local ok, why = pcall(function() " .. fill .. " end) return why"
    local seen = bootstrap_process.run({ shell = SHELL, code = code })
    assert.equal('"not enough memory"', seen[1].body)
  end)

  it_limited("is told from a result that cannot be encoded", function()
    -- 4 MiB are left, enough for Lua, and the text of what is returned has 5.
    local code = ([[
      local text, ballast = ('x'):rep(1 << 20), {}
      local function left_kib()
        local status <close> = io.open('/proc/self/status')
        return %d - status:read('a'):match('VmSize:%%s+(%%d+)')
      end
      while left_kib() > 4096 do ballast[#ballast + 1] = ('x'):rep(1 << 18) end
      print('full')
      Kept = ballast
      return { text, text, text, text, text }]]):format(LIMIT_KIB)
    local seen = bootstrap_process.run({ shell = SHELL, code = code, events = { "1", "2" } })
    assert.truthy((seen.stdout .. seen.stderr):find("full", 1, true))
    assert.equal("Runtime.OutOfMemory", seen[1].document.errorType)
    assert.same({ 1, 1 }, { #seen, seen.exit })
  end)
end)
