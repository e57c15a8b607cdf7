--- The convention stdio, and scripts: the event is standard input, what is written is the answer.
local bootstrap_process = require("bootstrap_process")

local function run(source, options)
  options = options or {}
  options.files = options.files or { ["report.lua"] = source }
  options.handler = options.handler or "report.lua"
  return bootstrap_process.run(options)
end

local function bodies(source, events, options)
  options = options or {}
  options.events = events
  local list = {}
  for index, post in ipairs(run(source, options)) do
    list[index] = post.body
  end
  return list
end

local function failure(source, events, options)
  options = options or {}
  options.events = events
  local seen = run(source, options)
  assert.matches("/error$", seen[1].path)
  return seen[1].document, seen
end

describe("a script", function()
  it("copies its input, whatever bytes it has", function()
    local bytes = {}
    for byte = 0, 255 do
      bytes[#bytes + 1] = string.char(byte)
    end
    local all = table.concat(bytes)
    local seen = bootstrap_process.run({ files = { ["copy.lua"] = "io.write(io.read('a'))" }, handler = "copy.lua",
                                         events = { { body = all }, { body = "no JSON at all" }, { body = "" } } })
    assert.same({ all, "no JSON at all", "" }, { seen[1].body, seen[2].body, seen[3].body })
    assert.equal("", seen.stdout)
  end)

  it("reads lines, numbers and the rest in all of Lua's ways", function()
    local source = [[
      local first = io.read()
      local number = io.read("n", "l")
      local second = io.stdin:read("L")
      local rest = {}
      for line in io.lines() do rest[#rest + 1] = line end
      assert(io.read() == nil and io.stdin:read("a") == "")
      print(first, number, (second:gsub("\n", "+")), table.concat(rest, ","))
    ]]
    assert.same({ "one\t42\ttwo+\tthree,four\n" }, bodies(source, { { body = "one\n42\ntwo\nthree\nfour\n" } }))
  end)

  it("may look at its input twice", function()
    local source = "local n = #io.read('a') assert(io.stdin:seek('set') == 0) " ..
      "assert(io.stdin:seek('end') == n and io.stdin:seek('set', 2)) io.write(n, io.read('a')) " ..
      "assert(not io.stdin:seek('set', -1) and not io.stdin:seek('cur', 99))"
    assert.same({ "5llo" }, bodies(source, { { body = "hello" } }))
  end)

  it("writes by print, io.write, io.stdout and file handles that it kept, in this order", function()
    local source = "local out = io.stdout print('a', 1) io.write('b') out:write('c\\n') io.output():write('d') " ..
      "assert(out:seek() == #'a\\t1\\nbc\\nd') out:setvbuf('no') print('e')"
    assert.same({ "a\t1\nbc\nde\n" }, bodies(source))
  end)

  it("runs anew for each event, in one state", function()
    local source = "local n = 0 n = n + 1 count = (count or 0) + 1 print(n, count, io.read('a'))"
    assert.same({ "1\t1\tx\n", "1\t2\ty\n" }, bodies(source, { { body = "x" }, { body = "y" } }))
  end)

  it("has its main called, if it defines one; the rest runs once, before the first event", function()
    local source = "print('loaded') local n = 0\nfunction main() n = n + 1 print(n, io.read('a')) end"
    local seen = run(source, { events = { { body = "x" }, { body = "y" } } })
    assert.same({ "1\tx\n", "2\ty\n" }, { seen[1].body, seen[2].body })
    assert.equal("loaded\n", seen.stdout)
  end)

  it("has its main called, whoever defines it", function()
    local files = { ["report.lua"] = "loads = (loads or 0) + 1 require('work')",
                    ["work.lua"] = "function main() print(loads, io.read('a')) end" }
    assert.same({ "1\tx\n", "1\ty\n" }, bodies(nil, { { body = "x" }, { body = "y" } }, { files = files }))
  end)

  it("that calls its main itself is run as it is", function()
    local source = "function main() print(io.read('a')) end\nmain()"
    assert.same({ "x\n", "y\n" }, bodies(source, { { body = "x" }, { body = "y" } }))
  end)

  it("may be bytecode, and lie in a folder, and begin with a line for the shell", function()
    local code = string.dump(assert(load("io.write(io.read('a'), '!')")))
    assert.same({ "x!" }, bodies(nil, { { body = "x" } }, { files = { ["report.luac"] = code } }))
    assert.same({ "x" }, bodies(nil, { { body = "x" } }, {
      files = { ["bin/report.lua"] = "#!/usr/bin/env lua5.4\nio.write(io.read('a'))" }, handler = "bin/report.lua" }))
  end)

  it("finds its own path in arg, and no arguments", function()
    local seen = run("print(arg[0], #arg, select('#', ...))")
    assert.equal(seen.root .. "/report.lua\t0\t0\n", seen[1].body)
  end)

  it("finds the headers in the global context, and nothing there between events", function()
    local source = [[
      local lambda = require("lambda")
      lambda.after(function() io.stderr:write("after: ", tostring(context), "\n") end)
      print(context.headers["Lambda-Runtime-Aws-Request-Id"], context:remaining_ms() > 0)
    ]]
    local seen = run(source)
    assert.equal("req-1\ttrue\n", seen[1].body)
    assert.matches("after: nil\n", seen.stderr, 1, true)
  end)

  it("logs on standard error, and by lambda.log", function()
    local seen = run("io.stderr:write('odd\\n') require('lambda').log.warn('careful') print('fine')")
    assert.equal("fine\n", seen[1].body)
    assert.matches("odd\n", seen.stderr, 1, true)
    assert.matches("careful", seen.stderr, 1, true)
  end)

  it("may read other files by default, for one event", function()
    local source = "local own = ... if io.read('l') == 'file' then io.input(arg[0]) io.output('/dev/null') " ..
      "print('1') io.write('2') else io.write('own') end"
    assert.same({ "1\n", "own" }, bodies(source, { { body = "file" }, { body = "event" } }))
  end)

  it("cannot close the two", function()
    assert.same({ "still" }, bodies("assert(not io.stdin:close()) assert(not io.close()) io.write('still')"))
  end)

  it("leaves standard output to the log outside of events", function()
    local source = "print('at load')\nlocal lambda = require('lambda')\n" ..
      "lambda.after(function() print('after') io.write('too\\n') end)\nfunction main() print('answer') end"
    local seen = run(source, { events = { "1", "2" } })
    assert.same({ "answer\n", "answer\n" }, { seen[1].body, seen[2].body })
    assert.equal("at load\nafter\ntoo\nafter\ntoo\n", seen.stdout)
  end)

  it("ends its event by os.exit", function()
    for _, code in ipairs({ "", "0", "true" }) do
      assert.same({ "done", "done" }, bodies(("io.write('done') os.exit(%s) io.write('not this')"):format(code),
                                             { "1", "2" }))
    end
    assert.same({ "done" }, bodies("local exit = os.exit\nfunction main() io.write('done') pcall(exit, 0) end"))
  end)

  it("fails its event by os.exit with another status", function()
    for _, code in ipairs({ "3", "false" }) do
      local document, seen = failure(("print('partial') os.exit(%s)"):format(code), { "1", "2" })
      assert.equal("Function.ScriptExit", document.errorType)
      assert.matches("os.exit(" .. code .. ")", document.errorMessage, 1, true)
      assert.equal(2, #seen)
    end
    assert.equal("Function.ScriptExit", failure("pcall(os.exit, 1) print('not this')").errorType)
  end)

  it("ends the process by os.exit outside of events", function()
    local seen = run("os.exit(7)\nfunction main() end")
    assert.equal(7, seen.exit)
  end)

  it("that raises after it wrote has its output thrown away, and its streams back", function()
    local source = "if io.read('a') == '1' then print('partial') io.output('/dev/null') error('no') end print('fine')"
    local seen = run(source, { events = { "1", "2" } })
    assert.equal("Function.LuaError", seen[1].document.errorType)
    assert.matches("report.lua:1: no", seen[1].document.errorMessage, 1, true)
    assert.equal("fine\n", seen[2].body)
    assert.equal("", seen.stdout)
  end)

  it("fails by `return nil, err`, and its other results are nobody's", function()
    local document = failure("print('partial') return nil, require('lambda').error('NoOrder', 'none')")
    assert.same({ "NoOrder", "none" }, { document.errorType, document.errorMessage })
    assert.same({ "x" }, bodies("io.write('x') return { 1 }"))
  end)

  it("may not return what would be lost", function()
    local document = failure("return require('lambda').raw('x')")
    assert.matches("use io.write", document.errorMessage, 1, true)
    assert.matches("use io.write", failure("return require('lambda').stream('x')").errorMessage, 1, true)
  end)

  it("is stopped before its deadline, and the next event finds all in order", function()
    local source = bootstrap_process.tick(
      "if io.read('a') == '1' then print('partial') while true do pcall(error) TICK end end io.write('fine')")
    local seen = run(source, { events = { { body = "1", deadline_ms = 400 }, "2" } })
    assert.equal("Function.DeadlineExceeded", seen[1].document.errorType)
    assert.equal("fine", seen[2].body)
  end)

  it("that runs out of memory is reported, and ends the process", function()
    local source = "print('partial') local t = {} while true do t[#t + 1] = ('x'):rep(1e6) .. #t end"
    local document, seen = failure(source, { "1", "2" }, { env = { AWS_LAMBDA_FUNCTION_MEMORY_SIZE = "128" } })
    assert.equal("Runtime.OutOfMemory", document.errorType)
    assert.same({ 1, 1 }, { #seen, seen.exit })
  end)

  it("answers as much as the platform takes, and not a byte more", function()
    local limit = 6 * 1024 * 1024 + 100
    local source = "local n = io.read('n') for _ = 1, n // 1000 do io.write(('x'):rep(1000)) end " ..
      "io.write(('y'):rep(n % 1000))"
    local seen = run(source, { events = { tostring(limit), tostring(limit + 1), tostring(2 * limit), "3" } })
    assert.equal(limit, #seen[1].body)
    for _, index in ipairs({ 2, 3 }) do
      assert.equal("Function.ResponseSizeTooLarge", seen[index].document.errorType)
    end
    assert.equal("yyy", seen[4].body)
  end)

  it("is told when its answer is full", function()
    local source = "for _ = 1, 7000 do local ok, err = io.write(('x'):rep(1000)) " ..
      "if not ok then io.stderr:write(err, '\\n') error(err) end end"
    local document, seen = failure(source)
    assert.equal("Function.ResponseSizeTooLarge", document.errorType)
    assert.matches("File too large", seen.stderr, 1, true)
  end)

  it("takes the largest event", function()
    local event = ("0123456789abcdef"):rep(6 * 65536)
    local source = "local n, sum = 0, 0 " ..
      "for line in io.lines(nil, 4093) do n = n + #line sum = sum + line:byte(-1) end " ..
      "assert(io.stdin:seek('set')) io.write(n, ' ', #io.read('a'), ' ', sum > 0 and 'read' or '')"
    assert.same({ ("%d %d read"):format(#event, #event) }, bodies(source, { { body = event } }))
  end)

  it("does not compile, or is not there, or is C: then init fails as for any handler", function()
    local seen = run("print(")
    assert.equal("Runtime.UserCodeSyntaxError", seen[1].document.errorType)
    seen = run(nil, { files = { ["x.lua"] = "" } })
    assert.equal("Runtime.ImportModuleError", seen[1].document.errorType)
    seen = run(nil, { files = { ["report.so"] = "" } })
    assert.equal("Runtime.ImportModuleError", seen[1].document.errorType)
    assert.matches("a script must be Lua", seen[1].document.errorMessage, 1, true)
  end)

  it("that defines no main after all is told so while it loads", function()
    local seen = run("if false then\nfunction main() end\nend")
    assert.equal("Runtime.HandlerNotFound", seen[1].document.errorType)
    assert.equal("/2018-06-01/runtime/init/error", seen[1].path)
  end)

  it("may use coroutines and keep iterators", function()
    local source = "local co = coroutine.wrap(function() for line in io.lines() do coroutine.yield(line) end end) " ..
      "print(co(), co())"
    assert.same({ "a\tb\n", "c\td\n" }, bodies(source, { { body = "a\nb\nc" }, { body = "c\nd" } }))
  end)

  it("runs in each worker with streams of its own", function()
    local events = {}
    for index = 1, 24 do
      events[index] = { body = ("%d\n"):format(index):rep(2000) }
    end
    local source = "local n, first = 0 for line in io.lines() do first = first or line " ..
      "assert(line == first) n = n + 1 print(line) end " ..
      "io.popen('true'):close()" -- it flushes all files of the process: those of the other workers, too
    local seen = run(source, { events = events, env = { AWS_LAMBDA_MAX_CONCURRENCY = "4" },
                              plan = { "crew 4" } })
    local found = {}
    for _, post in ipairs(seen) do
      assert.matches("/response$", post.path, nil, nil, post.body)
      local first = post.body:match("^%d+")
      assert.equal(("%s\n"):format(first):rep(2000), post.body)
      found[first] = true
    end
    assert.equal(24, #seen)
    for index = 1, 24 do
      assert.is_true(found[tostring(index)])
    end
  end)
end)
