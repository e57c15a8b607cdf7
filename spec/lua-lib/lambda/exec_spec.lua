--- One-shot programs under a plain lua5.4.
local children = require("children")
local lambda = require("lambda")
local scratch = require("scratch")

local exec = lambda.exec

local function script(here, name, text)
  local path = here:write(name, text)
  assert(os.execute(("chmod +x '%s'"):format(path)))
  return path
end

describe("lambda.exec", function()
  local new_children
  before_each(function()
    new_children = children.watch()
  end)
  after_each(function()
    assert.same({}, new_children()) -- none left, no zombie
  end)

  it("gives what a program wrote, and its exit status", function()
    assert.same({ stdout = "in and out", stderr = "err\n", status = 3 },
      exec({ "sh", "-c", "cat; echo err >&2; exit 3", stdin = "in and out" }))
  end)

  it("takes the words in a table of their own, and one word as a string", function()
    assert.equal("a  b", exec({ { "printf", "%s", "a  b" } }).stdout)
    assert.equal(0, exec({ "true" }).status)
    assert.equal(0, exec({ { "true" } }).status)
  end)

  it("starts no shell", function()
    assert.equal("$HOME; `id` *\n", exec({ "echo", "$HOME; `id` *" }).stdout)
    assert.has_error(function() exec({ "echo hello" }) end,
      "lambda.exec starts no shell: give the words as a table, { \"ls\", \"-l\" }, not 'echo hello'")
  end)

  it("tells the signal that ended a program", function()
    assert.same({ stdout = "", stderr = "", signal = 11 }, exec({ "sh", "-c", "kill -SEGV $$" }))
  end)

  it("gives an empty standard input where there is none", function()
    assert.equal("0\n", exec({ "wc", "-c" }).stdout)
  end)

  it("passes any bytes in both directions", function()
    local bytes = {}
    for byte = 0, 255 do
      bytes[#bytes + 1] = string.char(byte)
    end
    local text = table.concat(bytes):rep(7)
    assert.equal(text, exec({ "cat", stdin = text }).stdout)
  end)

  it("passes 6 MiB both ways and to standard error at once", function()
    local text = ("x"):rep(6 * 1024 * 1024)
    local result = exec({ "tee", "/dev/stderr", stdin = text })
    assert.is_true(result.stdout == text and result.stderr == text)
  end)

  it("is not troubled by a program that does not read its input", function()
    -- In a process of its own, with the default disposition of SIGPIPE.
    local code = ("package.path, package.cpath = %q, %q "):format(package.path, package.cpath)
      .. "local result = require('lambda').exec({ 'echo', 'not interested', stdin = ('x'):rep(1e6) }) "
      .. "io.write(result.stdout)"
    assert.same({ stdout = "not interested\n", stderr = "", status = 0 }, exec({ "lua5.4", "-e", code }))
  end)

  it("gives default signals and no descriptor but three", function()
    local file <close> = assert(io.open("/dev/null"))
    assert.is_true(children.descriptors() > 3 and io.type(file) == "file")
    assert.equal("0\n1\n2\n3\n", exec({ "ls", "/proc/self/fd" }).stdout) -- 3 is ls's own
    local status = exec({ "cat", "/proc/self/status" }).stdout
    for _, mask in ipairs({ "SigBlk", "SigIgn", "SigCgt" }) do
      assert.equal("0000000000000000", status:match(mask .. ":%s*(%x+)"))
    end
  end)

  it("closes all that it opens", function()
    exec({ "true" })
    local before = children.descriptors()
    for _ = 1, 20 do
      exec({ "true" })
      exec({ "/nowhere" })
      exec({ "sleep", "60", timeout_ms = 1 })
    end
    assert.equal(before, children.descriptors())
  end)
end)

describe("the environment of lambda.exec", function()
  it("is ours, with what is added, without what is hidden", function()
    local result = exec({ "env", env = { PATH = os.getenv("PATH"), ADDED = "a=b c", HOME = false } })
    assert.matches("\nADDED=a=b c\n", "\n" .. result.stdout, 1, true)
    assert.not_matches("\nHOME=", "\n" .. result.stdout, 1, true)
    assert.matches("\nPATH=" .. os.getenv("PATH") .. "\n", "\n" .. result.stdout, 1, true)
    assert.equal(1, select(2, ("\n" .. result.stdout):gsub("\nPATH=", "")))
  end)

  it("has the folder that was asked for", function()
    local here <close> = scratch.new()
    assert.equal(here.path .. "\n", exec({ "pwd", cwd = here.path, env = { PWD = false } }).stdout)
  end)

  for fault, env in pairs({
    ["lambda.exec: env has the name 'A=B', which no variable can have"] = { ["A=B"] = "" },
    ["lambda.exec: env has the name '', which no variable can have"] = { [""] = "" },
    ["lambda.exec: env has the name '1', which no variable can have"] = { "x" },
    ["lambda.exec: env.A must be a string without NUL bytes, or false, not a number"] = { A = 1 },
    ["lambda.exec: env.A must be a string without NUL bytes, or false, not a string"] = { A = "\0" },
    ["lambda.exec: env must be a table of names to strings, not a string"] = "A=B",
  }) do
    it("is checked: " .. fault, function()
      assert.has_error(function() exec({ "true", env = env }) end, fault)
    end)
  end
end)

describe("a program that goes too far", function()
  it("is killed after its time, with what it started", function()
    local here <close> = scratch.new()
    local result, err = exec({ "sh", "-c", "sleep 60 & echo $! >pid; wait", cwd = here.path, timeout_ms = 300 })
    assert.is_nil(result)
    assert.equal("ExecTimedOut", err.type)
    assert.equal("sh took too long, and was killed with all that it started", err.message)
    assert.is_true(children.ends(here:read("pid")))
  end)

  it("is killed after its time when it ignores SIGTERM, or has closed its output", function()
    for _, code in ipairs({ "trap '' TERM INT HUP; while :; do sleep 1; done", "exec >&- 2>&-; exec sleep 60" }) do
      local _, err = exec({ "sh", "-c", code, timeout_ms = 200 })
      assert.equal("ExecTimedOut", err.type)
    end
  end)

  it("is killed when it writes too much, to either", function()
    for _, code in ipairs({ "yes", "yes >&2" }) do
      local result, err = exec({ "sh", "-c", code, max_output_bytes = 100000 })
      assert.is_nil(result)
      assert.equal("ExecOutputTooLarge: sh wrote more than 100000 bytes, and was killed", tostring(err))
    end
  end)

  it("may write just as much as is allowed", function()
    local code = "head -c 1000 /dev/zero; head -c 1000 /dev/zero >&2"
    local result = assert(exec({ "sh", "-c", code, max_output_bytes = 1000 }))
    assert.same({ 1000, 1000 }, { #result.stdout, #result.stderr })
  end)
end)

describe("a program that does not start", function()
  local function why(command, options)
    options = options or {}
    options[1] = command
    local result, err = exec(options)
    assert.is_nil(result)
    assert.equal("ExecNotStarted", err.type)
    return err.message
  end

  it("is missing", function()
    assert.equal("/nowhere/app does not start: there is no such file: is it in the function's package?",
      why("/nowhere/app"))
  end)

  it("is not in PATH", function()
    assert.matches("^no%-such%-program does not start: there is no such program in PATH %(.*/bin.*%); "
      .. "a program of the function's own needs a path, %./no%-such%-program$", why("no-such-program"))
  end)

  it("is relative to the task root, here the present folder", function()
    assert.equal(require("lfs").currentdir() .. "/no-app does not start: there is no such file: "
      .. "is it in the function's package?", why("./no-app"))
  end)

  it("may not be executed", function()
    local here <close> = scratch.new()
    local path = here:write("app", "#!/bin/sh\n")
    assert.equal(path .. " does not start: it may not be executed: chmod +x it before it is packed, "
      .. "and pack it with its mode", why(path))
  end)

  it("names an interpreter that is not there", function()
    local here <close> = scratch.new()
    assert.matches(": its first line asks for /usr/bin/racket9, which is not there$",
      why(script(here, "app", "#! /usr/bin/racket9 -f\n")))
    assert.matches(": its first line ends with CR LF, and so asks for an interpreter that is not there: "
      .. "save it with LF line ends$", why(script(here, "dos", "#!/bin/sh\r\necho\r\n")))
  end)

  it("is no program", function()
    local here <close> = scratch.new()
    assert.matches(": it is no program of this machine, nor a script: a script begins with #! and its interpreter$",
      why(script(here, "app", "echo hello\n")))
  end)

  it("is for another machine, or another libc", function()
    local here <close> = scratch.new()
    local own = assert(io.open("/proc/self/exe", "rb")):read(4096)
    local machine = string.unpack("<I2", own, 19)
    local other = machine == 183 and { 62, "x86_64" } or { 183, "aarch64" }
    local foreign = own:sub(1, 18) .. string.pack("<I2", other[1]) .. own:sub(21)
    assert.matches(": it was built for " .. other[2] .. ", and this machine is ",
      why(script(here, "foreign", foreign)), 1, true)
    local file <close> = assert(io.open("/proc/self/exe", "rb"))
    local whole = file:read("a")
    local loader = whole:match("/lib[%w/_.-]*ld%-linux[%w_.-]*")
    local lost = whole:gsub(loader:gsub("%p", "%%%0"), (loader:gsub("ld%-linux", "ld-lunix")), 1)
    assert.matches(": its loader is not there: it was built for another system (musl against glibc?)",
      why(script(here, "lost", lost)), 1, true)
  end)

  it("has no folder", function()
    assert.equal("true does not start: its folder /nowhere is not there, or may not be entered",
      why("true", { cwd = "/nowhere" }))
  end)
end)

describe("lambda.exec called wrongly", function()
  for fault, options in pairs({
    ["bad argument #1 to 'lambda.exec' (a table expected, got string)"] = "ls",
    ["lambda.exec: the command is empty"] = {},
    ["lambda.exec: word 1 of the command must be a string without NUL bytes, not a number"] = { 5, "ls" },
    ["lambda.exec: word 2 of the command must be a string without NUL bytes, not a string"] = { "ls", "a\0b" },
    ["lambda.exec: word 2 of the command is nil"] = { "rm", nil, "x" },
    ["lambda.exec: stdin must be a string, not a table"] = { "ls", stdin = {} },
    ["lambda.exec: timeout_ms must be an integer from 1 to 1073741824, not 0.5"] = { "ls", timeout_ms = 0.5 },
    ["lambda.exec: max_output_bytes must be an integer from 0 to 1073741824, not -1"] = { "ls", max_output_bytes = -1 },
    ["lambda.exec: cwd must be the path of a folder, not a boolean"] = { "ls", cwd = true },
  }) do
    it("says so: " .. fault, function()
      assert.has_error(function() exec(options) end, fault)
    end)
  end

  it("blames its caller", function()
    local ok, err = pcall(load("require('lambda').exec({ 'a b' })", "=caller"))
    assert.is_false(ok)
    assert.matches("^caller:1: lambda.exec starts no shell", err)
  end)
end)
