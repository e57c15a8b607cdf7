--- What becomes of an invocation when the process can have no more memory. Not under AddressSanitizer, whose
--- address space has no such limits.
local bootstrap_process = require("bootstrap_process")

-- What the process has when it is ready, which depends on how it was linked, and how much more it may take: the
-- result below can be made, but not be encoded.
local STATUS = "return tonumber(io.open('/proc/self/status'):read('a'):match('VmSize:%s*(%d+)'))"
local READY_KB = tonumber(bootstrap_process.answers({ code = STATUS })[1])
local SHELL = ('ulimit -v %d; exec "$@"'):format(READY_KB + 44000)
local it_limited = READY_KB < 1000000 and it or function(name)
  pending(name .. ": under this build's sanitizer the address space has no such limits")
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
    local code = "local t = {} for i = 1, 400000 do t[i] = 'k' .. i end return t"
    local seen = bootstrap_process.run({ shell = SHELL, code = code, events = { "1", "2" } })
    assert.equal("Runtime.OutOfMemory", seen[1].document.errorType)
    assert.same({ 1, 1 }, { #seen, seen.exit })
  end)
end)
