--- What a function that uses nothing rare does not pay for: seen from outside, by strace.
local bootstrap_process = require("bootstrap_process")
local scratch = require("scratch")

local has_strace = os.execute("command -v strace >/dev/null 2>&1 && strace -o /dev/null true 2>/dev/null")

--- The system calls of a classic run, one a line: those before the first /next, and all.
local function trace(options)
  local here <close> = scratch.new()
  options.shell = ("exec strace -f -s 64 -o '%s/trace' \"$@\""):format(here.path)
  -- The leak checker is a tracer itself, and a thread.
  options.env = { ASAN_OPTIONS = "detect_leaks=0" }
  local seen = bootstrap_process.run(options)
  local all = assert(here:read("trace"))
  local before = assert(all:match("^(.-)GET /2018%-06%-01/runtime/invocation/next"))
  return before, all, seen
end

local function lines_with(text, pattern)
  local found = {}
  for line in text:gmatch("[^\n]+") do
    if line:find(pattern) then
      found[#found + 1] = line
    end
  end
  return found
end

local ECHO = {
  code = [[
    local lambda = require("lambda")
    return lambda.array({ event })
  ]],
  events = { "1", "2" },
}

local function frugal(name, run)
  if has_strace then
    it(name, run)
  else
    pending(name .. ": strace is not installed, or may not trace here")
  end
end

describe("a classic run", function()
  frugal("has one thread and starts no program", function()
    local _, all, seen = trace({ code = ECHO.code, events = ECHO.events })
    assert.equal("[2]", seen[2].body)
    assert.same({}, lines_with(all, "%f[%w]clone3?%("))
    assert.same({}, lines_with(all, "fork%("))
    assert.equal(1, #lines_with(all, "execve%(")) -- its own start
  end)

  frugal("writes no file before the first /next", function()
    local before = trace({ code = ECHO.code, events = ECHO.events }):gsub('[^\n]*"/dev/null"[^\n]*\n', "")
      :gsub("[^\n]*/tsan%.rodata.-close%(%d+%)[^\n]*\n", "") -- ThreadSanitizer's own
    assert.is_true(#lines_with(before, "openat%(") > 0)
    assert.same({}, lines_with(before, "open.*O_WRONLY"))
    assert.same({}, lines_with(before, "open.*O_RDWR"))
    assert.same({}, lines_with(before, "open.*O_CREAT"))
    assert.same({}, lines_with(before, "write%("))
    assert.same({}, lines_with(before, "mkdir"))
  end)

  frugal("opens one connection, and no eventfd or signalfd", function()
    local _, all = trace({ code = ECHO.code, events = ECHO.events })
    assert.equal(1, #lines_with(all, "connect%("))
    assert.same({}, lines_with(all, "eventfd"))
    assert.same({}, lines_with(all, "signalfd"))
    assert.same({}, lines_with(all, "SIGTERM"))
  end)
end)
