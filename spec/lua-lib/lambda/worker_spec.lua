--- Child programs that live on, under a plain lua5.4: the framings, and all that such a program can do wrong.
local children = require("children")
local json = require("lambda.json")
local lambda = require("lambda")
local scratch = require("scratch")

--- A worker whose program is a shell script; its standard error is not shown.
local function shell(code, options)
  options = options or {}
  options.stderr_level = options.stderr_level or "trace"
  return lambda.worker({ "sh", "-c", code }, options)
end

local ECHO = "while IFS= read -r line; do printf '<%s>\\n' \"$line\"; done"

--- Runs Lua code in a process of its own, with `lambda` at hand and records as JSON; the records of its standard error.
local function records(code)
  local result = assert(lambda.exec({ "lua5.4", "-e",
    ("package.path, package.cpath = %q, %q local lambda = require('lambda') "):format(package.path, package.cpath)
      .. code,
    env = { AWS_LAMBDA_LOG_FORMAT = "JSON", AWS_LAMBDA_LOG_LEVEL = "TRACE" } }))
  assert.equal(0, result.status, result.stderr)
  local list = {}
  for line in result.stderr:gmatch("[^\n]+") do
    list[#list + 1] = assert(json.decode(line))
  end
  return list
end

local function assert_failed(type_name, pattern, worker, ...)
  local answer, err = worker:call(...)
  assert.is_nil(answer)
  assert.equal(type_name, err.type)
  assert.matches(pattern, err.message)
end

describe("a worker", function()
  local new_children
  before_each(function()
    new_children = children.watch()
  end)
  after_each(function()
    assert.same({}, new_children())
  end)

  it("is started at once, and lives across calls", function()
    local worker <close> = shell(ECHO)
    local pid = worker:pid()
    assert.is_true(children.exists(pid))
    for number = 1, 100 do
      assert.equal(("<%d>"):format(number), worker:call(tostring(number)))
    end
    assert.equal(pid, worker:pid())
  end)

  it("may be a path, relative to the task root", function()
    local here <close> = scratch.new()
    assert(os.execute(("chmod +x '%s'"):format(here:write("application", "#!/bin/sh\n" .. ECHO .. "\n"))))
    local worker <close> = lambda.worker(here.path .. "/application")
    assert.equal("<a>", worker:call("a"))
  end)

  it("has the environment and the folder that were asked for", function()
    local worker <close> = shell("read x; echo $GREETING $PWD", { env = { GREETING = "hello" }, cwd = "/" })
    assert.equal("hello /", worker:call(""))
  end)

  it("that does not start raises why", function()
    local ok, err = pcall(lambda.worker, "/nowhere/application")
    assert.is_false(ok)
    assert.equal("WorkerNotStarted: /nowhere/application does not start: there is no such file: "
      .. "is it in the function's package?", tostring(err))
  end)

  it("has default signals and no descriptor but three", function()
    local worker <close> = shell("read x; ls /proc/self/fd | tr '\\n' ' '; exec cat /proc/self/status",
      { framing = "until", terminator = "nonvoluntary" })
    local answer = worker:call("\n")
    assert.matches("^0 1 2 3 Name:", answer) -- 3 is ls's own
    for _, mask in ipairs({ "SigBlk", "SigIgn", "SigCgt" }) do
      assert.equal("0000000000000000", answer:match(mask .. ":%s*(%x+)"))
    end
  end)

  it("that nobody holds any more is killed and reaped", function()
    local pid = shell("trap '' TERM; while :; do sleep 60; done"):pid()
    collectgarbage()
    collectgarbage()
    assert.is_false(children.exists(pid))
  end)

  it("leaves no descriptor open", function()
    shell(ECHO):close()
    local before = children.descriptors()
    for _ = 1, 20 do
      shell(ECHO):close()
      pcall(lambda.worker, "/nowhere")
    end
    assert.equal(before, children.descriptors())
  end)

  it("is closed at the end of its block, and may finish what it does", function()
    local here <close> = scratch.new()
    do
      local worker <close> = shell("while read -r x; do echo $x; done; echo finished >done", { cwd = here.path })
      assert.equal("a", worker:call("a"))
    end
    assert.equal("finished\n", here:read("done"))
  end)

  it("that does not end when asked to is killed", function()
    local worker = shell("trap '' TERM; while read -r x; do echo $x; done; while :; do sleep 60 & wait; done")
    assert.equal("a", worker:call("a"))
    local pid = worker:pid()
    worker:close()
    worker:close() -- harmless
    assert.is_false(children.exists(pid))
    assert.is_nil(worker:pid())
    assert.has_error(function() worker:call("a") end, "lambda.worker: the worker was closed")
  end)

  it("may be started anew", function()
    local worker <close> = shell("while read -r x; do echo $$; done")
    local first = worker:call("")
    assert.is_true(worker:restart())
    assert.not_equal(first, worker:call(""))
  end)
end)

describe("the framing", function()
  it("line takes any text of one line", function()
    local worker <close> = shell(ECHO)
    assert.equal("<>", worker:call(""))
    assert.equal("< a\tb\\n ü >", worker:call(" a\tb\\n ü "))
    assert.has_error(function() worker:call("a\nb") end,
      'lambda.worker: the message holds "\\\n", which ends a message')
    assert.equal("<c>", worker:call("c"))
  end)

  it("until ends with a terminator, both ways", function()
    local worker <close> = lambda.worker("cat", { framing = "until", terminator = "\n.\n" })
    for _, text in ipairs({ "several\nlines\n", "", ".\n..", ("x"):rep(200000) .. "\n.." .. ("\n"):rep(3) }) do
      assert.equal(text, worker:call(text))
    end
    for _, text in ipairs({ "a\n.\nb", "\n.", ".\n." }) do -- the last two with the terminator behind them
      assert.has_error(function() worker:call(text) end,
        'lambda.worker: the message holds "\\\n.\\\n", which ends a message')
    end
  end)

  for _, format in ipairs({ ">I4", "<I4", "B", ">I2", "<I8", "=I4", "J" }) do
    it("length counts bytes as string.pack does: " .. format, function()
      local worker <close> = lambda.worker("cat", { framing = "length", length_format = format })
      local zero = ("\0"):rep(2)
      for _, text in ipairs({ "", "a", "line\nline\n", zero, ("\255"):rep(255) }) do
        assert.equal(text, worker:call(text))
      end
    end)
  end

  it("length refuses a message that its format cannot count", function()
    local worker <close> = lambda.worker("cat", { framing = "length", length_format = "B" })
    assert.has_error(function() worker:call(("x"):rep(256)) end,
      "lambda.worker: a message of 256 bytes is longer than 'B' can say")
  end)

  it("raw takes bytes as they are", function()
    local worker <close> = lambda.worker("cat", { framing = "raw" })
    assert.equal("abc", worker:call("abc"))
    assert.equal("de", worker:call("def\n", { count = 2 }))
    assert.equal("f\n", worker:call("", { count = 2 }))
    assert.equal("", worker:call("", { count = 0 }))
  end)

  it("keeps 6 MB whole, with both pipes full", function()
    local text = ("0123456789abcde\n"):rep(6 * 65536)
    local worker <close> = lambda.worker("cat", { framing = "length" })
    assert.is_true(worker:call(text) == text)
    assert.is_true(worker:call(text) == text)
  end)

  it("gives the same whatever pieces the answer comes in", function()
    local worker <close> = shell([[
      while read -r x && read -r dot; do
        for part in a b c '\n' e ; do printf "$part"; done; printf '\n.\n'
      done]], { framing = "until", terminator = "\n.\n" })
    for _ = 1, 20 do
      assert.equal("abc\ne", worker:call("x"))
    end
  end)
end)

describe("a worker's program that fails", function()
  local new_children
  before_each(function()
    new_children = children.watch()
  end)
  after_each(function()
    assert.same({}, new_children())
  end)

  for name, case in pairs({
    ["before it reads"] = { "exit 3", "^sh exited with status 3 before its answer was whole$" },
    ["while it reads"] = { "head -c 3 >/dev/null; exit 4", "^sh exited with status 4" },
    ["when it has read"] = { "read -r x; kill -SEGV $$", "^sh was ended by SIGSEGV" },
    ["in the middle of its answer"] = { "read -r x; printf half; exit 0", "^sh exited with status 0" },
    ["by closing its output"] = { "read -r x; exec >&-; exec sleep 60",
      "^sh closed its standard output, and was killed, before its answer was whole$" },
  }) do
    it("is reported: " .. name, function()
      -- Where it ends before the call, it is found ended, and so is its successor.
      local worker <close> = shell("[ -e /nowhere ] || " .. case[1])
      assert_failed("WorkerExited", case[2], worker, ("x"):rep(500000))
    end)
  end

  it("is started again for the next call", function()
    local worker <close> = shell("while read -r x; do [ $x = die ] && exit 3; echo $x; done")
    assert.equal("1", worker:call("1"))
    assert_failed("WorkerExited", "status 3", worker, "die")
    assert.is_nil(worker:pid())
    assert.equal("2", worker:call("2"))
  end)

  it("is started again at once where that is asked for", function()
    local worker <close> = shell("while read -r x; do [ $x = die ] && exit 3; echo $x; done", { respawn = "eager" })
    assert_failed("WorkerExited", "status 3", worker, "die")
    local pid = worker:pid()
    assert.is_true(children.exists(pid))
    assert.equal("2", worker:call("2"))
    assert.equal(pid, worker:pid())
  end)

  it("tells on_exit how it ended", function()
    local seen = {}
    local function on_exit(...)
      seen[#seen + 1] = table.pack(...)
    end
    local worker = shell("read -r x; [ \"$x\" = kill ] && kill -9 $$; [ \"$x\" = hang ] && exec sleep 60; exit $x",
      { on_exit = on_exit })
    worker:call("7")
    worker:call("kill")
    worker:call("hang", { timeout_ms = 50 })
    worker:restart()
    worker:close()
    assert.same({ { 7, n = 2 }, { nil, 9, n = 2 }, { nil, 9, n = 2 } }, seen)
  end)

  it("and is closed by on_exit, is not started again", function()
    local worker
    local options = { respawn = "eager", on_exit = function() worker:close() end }
    worker = shell("read -r line; exit 3", options)
    assert_failed("WorkerExited", "status 3", worker, "x")
    assert.is_nil(worker:pid())
    worker = shell("exit 4", options)
    repeat
      local state = new_children()[1].state
    until state == "Z"
    assert_failed("WorkerNotStarted", "sh was closed", worker, "x")
    assert.is_nil(worker:pid())
  end)

  it("between two calls is started again without an error", function()
    local worker <close> = shell("read -r x; echo $$")
    local first = worker:call("a")
    local state
    repeat
      state = new_children()[1].state
    until state == "Z" -- it has ended, and waits for us
    assert.not_equal(first, worker:call("b"))
  end)

  it("that cannot be started again gives an error, and is tried again", function()
    local here <close> = scratch.new()
    local function install()
      assert(os.execute(("chmod +x '%s'"):format(here:write("app", "#!/bin/sh\nread x; echo $x\n"))))
    end
    install()
    local worker <close> = lambda.worker(here.path .. "/app", { stderr_level = "trace" })
    assert.equal("a", worker:call("a"))
    worker:close()
    os.remove(here.path .. "/app")
    local ok, err = worker:restart()
    assert.is_nil(ok)
    assert.matches("WorkerNotStarted: .*/app does not start: there is no such file", tostring(err))
    assert_failed("WorkerNotStarted", "there is no such file", worker, "b")
    install()
    assert.equal("c", worker:call("c"))
  end)

  it("never answers, and is given up after its time", function()
    local worker <close> = shell("exec sleep 60", { timeout_ms = 60 })
    assert_failed("WorkerTimedOut", "^sh gave no answer within %d+ ms, and was killed$", worker, "a")
  end)

  it("ignores SIGTERM, and is given up all the same", function()
    local worker <close> = shell("trap '' TERM INT HUP; while :; do :; done", { timeout_ms = 60 })
    assert_failed("WorkerTimedOut", "no answer", worker, "a")
  end)

  it("answers late, but never the next call", function()
    local worker <close> = shell("while read -r x; do [ $x = slow ] && sleep 0.2; echo $x; done")
    for number = 1, 5 do
      assert_failed("WorkerTimedOut", "no answer", worker, "slow", { timeout_ms = 30 })
      assert.equal(tostring(number), worker:call(tostring(number)))
    end
  end)

  it("says more than it was asked for, and is started again", function()
    local worker <close> = shell("while read -r x; do printf \"$x\\nmore\\n\"; done")
    assert.equal("a", worker:call("a"))
    assert.equal("b", worker:call("b"))
  end)

  it("answers too much", function()
    local worker <close> = shell("yes | tr -d '\\n'", { max_answer_bytes = 1000 })
    assert_failed("WorkerAnswerTooLarge", "^sh answered with more than 1000 bytes, and was killed$", worker, "a")
    local lying <close> = shell("printf '\\377\\377\\377\\377'; cat >/dev/null", { framing = "length" })
    assert_failed("WorkerAnswerTooLarge", "more than 6291456 bytes", lying, "a")
  end)

  it("is given up when the call is broken off", function()
    local worker <close> = shell("while read -r x; do echo $x $$; done")
    local first = worker:pid()
    worker.is_busy = true -- as an error raised in the middle leaves it
    assert.matches("^b %d+$", worker:call("b"))
    assert.not_equal(first, worker:pid())
  end)
end)

describe("what a worker writes to standard error", function()
  it("is logged line by line, before the call returns", function()
    local list = records([[
      local worker = lambda.worker({ "sh", "-c", "while read x; do printf \"one $x\\ntwo\\n\" >&2; echo; done" })
      worker:call("a")
      lambda.log.info("answered")
      worker:call("b") ]])
    local lines = {}
    for index, record in ipairs(list) do
      lines[index] = record.level .. " " .. record.message
    end
    assert.same({ "ERROR one a", "ERROR two", "INFO answered", "ERROR one b", "ERROR two" }, lines)
  end)

  it("has the level that was asked for", function()
    assert.equal("DEBUG", records([[
      lambda.worker({ "sh", "-c", "read x; echo note >&2; echo" }, { stderr_level = "debug" }):call("") ]])[1].level)
  end)

  it("is whole when it dies, an unfinished line too", function()
    local list = records([[
      local worker = lambda.worker({ "sh", "-c", "read x; printf 'last\\nwords' >&2; exit 1" })
      assert(not worker:call("")) ]])
    assert.same({ "last", "words" }, { list[1].message, list[2].message })
  end)

  it("does not keep us from the answer when it is a flood, nor fills the memory", function()
    local result = assert(lambda.exec({ "sh", "-c", "ulimit -v 200000; exec lua5.4 -e \"$CODE\" 2>/dev/null", env = {
      CODE = ("package.path, package.cpath = %q, %q "):format(package.path, package.cpath) .. [[
        local worker = require("lambda").worker({ "sh", "-c",
          "read x; head -c 50000000 /dev/zero | tr '\\0' x >&2; yes 2>&1 | head -n 1000000 >&2; echo done" })
        io.write(worker:call("")) ]] } }))
    assert.same({ "done", 0 }, { result.stdout, result.status })
  end)

  it("that never ends does not keep us from the time limit", function()
    local result = assert(lambda.exec({ "sh", "-c", "exec lua5.4 -e \"$CODE\" 2>/dev/null", env = {
      CODE = ("package.path, package.cpath = %q, %q "):format(package.path, package.cpath) .. [[
        local worker = require("lambda").worker({ "sh", "-c", "yes >&2" }, { timeout_ms = 100 })
        io.write(select(2, worker:call("")).type) ]] } }))
    assert.equal("WorkerTimedOut", result.stdout)
  end)
end)

describe("a worker's handler", function()
  local CONTEXT = {
    aws_request_id = "req-1", function_name = "f", remaining_ms = function() return 1 end, headers = {},
  }

  it("sends event and context as one line of JSON, and decodes the answer", function()
    local worker <close> = lambda.worker("cat")
    assert.same({ event = { 1, lambda.null, "x\ny" }, context = { aws_request_id = "req-1", function_name = "f" } },
      worker:handler()({ 1, lambda.null, "x\ny" }, CONTEXT))
    assert.same({ event = lambda.null, context = {} }, worker:handler("json")(nil, nil))
  end)

  it("gives the answer as text, or as JSON that nobody reads", function()
    local worker <close> = lambda.worker("cat")
    local text, raw = worker:handler("text")(7), worker:handler("raw")(7)
    assert.same({ event = 7, context = {} }, json.decode(text))
    assert.same({ event = 7, context = {} }, json.decode(raw[1]))
    assert.equal(raw[1], json.encode(raw))
  end)

  it("gives an error for an answer that is no JSON", function()
    local worker <close> = shell("while read -r x; do echo data: $x; done")
    local result, err = worker:handler()({}, CONTEXT)
    assert.is_nil(result)
    assert.matches("^WorkerAnswerInvalid: sh answered what is no JSON: invalid JSON at line 1, column 1", tostring(err))
  end)

  it("passes the failure of a call on", function()
    local worker <close> = shell("read -r x; exit 9")
    local result, err = worker:handler()({}, CONTEXT)
    assert.is_nil(result)
    assert.equal("WorkerExited: sh exited with status 9 before its answer was whole", tostring(err))
  end)
end)

describe("lambda.worker called wrongly", function()
  for fault, call in pairs({
    ["lambda.worker: the command must be a string or a table of words, not a nil"] = function() lambda.worker() end,
    ["bad argument #2 to 'lambda.worker' (a table expected, got string)"] = function() lambda.worker("cat", "x") end,
    ["lambda.worker: framing must be one of line, until, length, raw, not 'lines'"] = function()
      lambda.worker("cat", { framing = "lines" })
    end,
    ['lambda.worker: framing "until" needs a terminator, a string'] = function()
      lambda.worker("cat", { framing = "until" })
    end,
    ["lambda.worker: length_format must be one integer of string.pack, such as \">I4\", not 'z'"] = function()
      lambda.worker("cat", { framing = "length", length_format = "z" })
    end,
    ["lambda.worker: length_format must be one integer of string.pack, such as \">I4\", not '>I4I4'"] = function()
      lambda.worker("cat", { framing = "length", length_format = ">I4I4" })
    end,
    ["lambda.worker: length_format must be one integer of string.pack, such as \">I4\", not 'd'"] = function()
      lambda.worker("cat", { framing = "length", length_format = "d" })
    end,
    ["lambda.worker: respawn must be one of lazy, eager, not 'true'"] = function()
      lambda.worker("cat", { respawn = true })
    end,
    ["lambda.worker: stderr_level must be one of trace, debug, info, warn, error, fatal, not '3'"] = function()
      lambda.worker("cat", { stderr_level = 3 })
    end,
    ["lambda.worker: on_exit must be a function, not a string"] = function()
      lambda.worker("cat", { on_exit = "x" })
    end,
    ["lambda.worker: timeout_ms must be an integer from 1 to 1073741824, not 0"] = function()
      lambda.worker("cat", { timeout_ms = 0 })
    end,
    ["lambda.worker: a message must be a string, not a table"] = function()
      local worker <close> = lambda.worker("cat")
      worker:call({})
    end,
    ["lambda.worker: word 1 of the command is nil"] = function() lambda.worker({ nil, "cat" }) end,
    ["lambda.worker: a call's options must be a table, not a number"] = function()
      local worker <close> = lambda.worker("cat")
      worker:call("x", 100)
    end,
    ["lambda.worker: a handler's answer must be one of json, text, raw, not 'xml'"] = function()
      local worker <close> = lambda.worker("cat")
      worker:handler("xml")
    end,
  }) do
    it("says so: " .. fault, function()
      assert.has_error(call, fault)
    end)
  end
end)
