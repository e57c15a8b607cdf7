local tool = require("lunambda_tool")

local NEXT = "call GET /2018-06-01/runtime/invocation/next\n"
local ANSWER = "body 1\ncall POST /2018-06-01/runtime/invocation/$id/response\n"

--- A text that no other process has in its environment.
local function mark()
  return ("lunambda-spec-%d-%s"):format(os.time(), tostring({}):match("0x(%x+)"))
end

--- Starts a process that outlives the handler, and names the tool's process.
local PRELUDE = [[
  local function start() os.execute("sleep 50 &") end
  local function tool_pid() return io.open("/proc/self/status"):read("a"):match("PPid:%s*(%d+)") end
]]

--- Runs a handler's body, and counts the processes that are left of it.
local function left_by(body, args, call)
  local sign = mark()
  local words = { "--env", "MARK=" .. sign, table.unpack(args or {}) }
  local result = tool.invoke(PRELUDE .. "return { handler = function() " .. body .. " end }", words, call)
  local count
  for _ = 1, 1000 do -- what was killed with the tool is gone soon, but not at once
    count = tool.count_processes(sign)
    if count == 0 then
      break
    end
  end
  return count, result
end

describe("a time-out", function()
  -- The runtime would stop the loop before that.
  local UNGUARDED = "LUNAMBDA_DEADLINE_MARGIN_MS=0"
  local LOOP = "local n = 0 return { handler = function() n = n + 1 while %s do end return n end }"

  it("kills the sandbox, and says so as Lambda does", function()
    local result = tool.invoke(LOOP:format("true"), { "--timeout", "0.2", "--env", UNGUARDED })
    local id = result.err:match("START RequestId: ([%x-]+)")
    assert.equal('{"errorType":"Sandbox.Timedout","errorMessage":"RequestId: ' .. id ..
      ' Error: Task timed out after 0.20 seconds"}\n', result.out)
    assert.truthy(result.err:find("Z " .. id .. " Task timed out after 0.20 seconds\n", 1, true))
    assert.truthy(result.err:find("\tStatus: timeout\n", 1, true))
    assert.equal(1, result.status)
  end)

  it("gives the next event a fresh sandbox, whose initialisation is part of the event", function()
    local result = tool.invoke(LOOP:format("true"), { "--timeout", "0.2", "--env", UNGUARDED, "--count", "2" })
    local _, answers = result.out:gsub("Task timed out", "")
    local _, inits = result.err:gsub("Init Duration", "")
    assert.equal(2, answers)
    assert.equal(1, inits)
  end)

  it("kills what the function started too", function()
    local left, result = left_by("start() while true do end", { "--timeout", "0.3", "--env", UNGUARDED })
    assert.truthy(result.out:find("Task timed out", 1, true))
    assert.equal(0, left)
  end)

  it("keeps an answer that was given in time", function()
    local result = tool.play(NEXT .. ANSWER .. "hang\n", { "--timeout", "0.2" })
    assert.equal("1\n", result.out)
    assert.truthy(result.err:find("\tStatus: timeout\n", 1, true))
    assert.equal(0, result.status)
  end)
end)

describe("a crash", function()
  it("is told in Lambda's words", function()
    local words = {
      ["exit 3\n"] = "Runtime exited with error: exit status 3",
      ["exit 0\n"] = "Runtime exited without providing a reason",
    }
    for command, text in pairs(words) do
      local result = tool.play(NEXT .. command)
      local id = result.err:match("START RequestId: ([%x-]+)")
      assert.equal('{"errorType":"Runtime.ExitError","errorMessage":"RequestId: ' .. id .. " Error: " ..
        text ..
        '"}\n', result.out)
      assert.truthy(result.err:find("RequestId: " .. id .. " Error: " .. text .. "\nRuntime.ExitError\n", 1,
        true))
      assert.truthy(result.err:find("\tStatus: error\tError Type: Runtime.ExitError\n", 1, true))
      assert.equal(1, result.status)
    end
  end)

  it("names the signal", function()
    local result = tool.invoke("return { handler = function() os.execute('kill -9 $PPID') end }")
    assert.truthy(result.out:find("Runtime exited with error: signal: killed", 1, true))
  end)

  it("gives the next event a fresh sandbox", function()
    local result = tool.invoke("return { handler = function(event) " ..
      "if os.rename('once', 'never') then os.exit(1) end return event end }",
      { "7", "--count", "3" }, { files = { once = "" } })
    local _, errors = result.out:gsub("Runtime.ExitError", "")
    assert.equal(1, errors)
    assert.truthy(result.out:find("\n7\n7\n$"))
    assert.equal(1, result.status)
  end)
end)

describe("the sandbox", function()
  it("is not waited for by the tool when a process of its own session keeps the output open", function()
    for _, rest in ipairs({ ANSWER .. NEXT, "exit 1\n" }) do
      local result = tool.play(NEXT .. "orphan\n" .. rest)
      local pid = assert(result.err:match("orphan (%d+)\n"))
      assert.is_true(os.execute("kill -KILL " .. pid)) -- it was there still
      assert.truthy(result.err:find("END RequestId", 1, true))
    end
  end)

  it("leaves no process behind", function()
    local left, result = left_by("start() return 1")
    assert.equal("1\n", result.out)
    assert.equal(0, left)
  end)

  it("writes the function's last words before END", function()
    local result = tool.play(NEXT .. "say " .. ("z"):rep(50000) .. "\nsay last words\nexit 1\n")
    assert.truthy(result.err:find("last words\nRequestId: [%x-]+ Error: .*\nEND "))
  end)

  it("has no input, no descriptor of the tool, and no signal blocked or ignored", function()
    local result = tool.invoke([[
      return { handler = function()
        return io.popen("ls -l /proc/$PPID/fd; grep -E 'SigBlk|SigIgn' /proc/$PPID/status"):read("a")
      end }]], {}, { around = "trap '' USR1 INT; exec 9<.stdin; @RUN" })
    assert.truthy(result.out:find("0 -> /dev/null", 1, true))
    assert.truthy(result.out:find("SigBlk:\\t0000000000000000", 1, true))
    assert.truthy(result.out:find("SigIgn:\\t0000000[01][08]0000000")) -- 32 and 33 are the C library's
    assert.is_nil(result.out:find("stdin", 1, true))
    assert.is_nil(result.out:find("signalfd", 1, true))
    assert.is_nil(result.out:find("pidfd", 1, true))
  end)

  for name, signal in pairs({ TERM = 15, INT = 2, HUP = 1, QUIT = 3 }) do
    it("ends with the tool on SIG" .. name, function()
      local left,
        result = left_by(("start() os.execute('kill -%s ' .. tool_pid()) while true do end"):format(name),
        { "--timeout", "50" })
      assert.equal(128 + signal, result.status)
      assert.equal("", result.out)
      assert.equal(0, left)
    end)
  end

  it("ends with a tool that was killed", function()
    local left, result = left_by("os.execute('kill -KILL ' .. tool_pid()) while true do end", { "--timeout",
      "50" })
    assert.equal(128 + 9, result.status)
    assert.equal(0, left)
  end)

  local it_measured = os.getenv("LUNAMBDA_SANITIZE") ~= "thread" and it or function(name)
    pending(name .. ": ThreadSanitizer keeps much more than the program does")
  end
  it_measured("keeps its memory where it was over 2,000 events of 20 kB", function()
    local result = tool.invoke([[
      local function resident_kb(pid)
        return tonumber(io.open("/proc/" .. pid .. "/status"):read("a"):match("VmRSS:%s*(%d+)"))
      end
      local n, early = 0, nil
      return { handler = function(event)
        n = n + 1
        if n ~= 200 and n ~= 2000 then return event end
        local parent = io.open("/proc/self/status"):read("a"):match("PPid:%s*(%d+)")
        local now = resident_kb("self") + resident_kb(parent)
        early = early or now
        return "grown " .. now - early
      end }]], { "-e", "-", "--count", "2000", "--timeout", "50" }, {
        stdin = '"' .. ("m"):rep(20000) .. '"',
        -- Without these the sanitizer itself keeps what was freed.
        env = { ASAN_OPTIONS = "quarantine_size_mb=0:thread_local_quarantine_size_kb=0" },
      })
    local grown_kb = tonumber(result.out:match('"grown (%-?%d+)"\n$'))
    assert.is_true(grown_kb < 8192, "grown by kB: " .. grown_kb)
    assert.equal(0, result.status) -- the sanitizer's verdict on leaks too
  end)
end)
