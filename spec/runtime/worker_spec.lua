--- Child programs of the built bootstrap: the deadline, whose records their words are, several workers, the end.
local bootstrap_process = require("bootstrap_process")
local cjson = require("cjson")
local children = require("children")

local TIME_MS = 1500

--- A task root with an executable `application`.
local function run(application, source, options)
  options = options or {}
  options.files = { ["app.lua"] = "local lambda = require('lambda')\n" .. source, application = application }
  options.shell = "chmod +x application; exec \"$@\"" -- it is started in the task root
  local seen = bootstrap_process.run(options)
  assert.not_matches("ThreadSanitizer", seen.stderr, 1, true)
  return seen
end

local ECHO = "#!/bin/sh\nwhile IFS= read -r line; do printf '%s\\n' \"$line\"; done\n"

describe("a worker of the handler's file", function()
  it("is started once, in the task root, and asked by every event", function()
    local seen = run("#!/bin/sh\nwhile read -r x; do echo \"$$ $PWD $x\"; done", [[
      local app = lambda.worker("./application")
      return { handler = function(event) return app:call(event) end }
    ]], { events = { '"a"', '"b"' } })
    local pid = seen[1].document:match("^%d+")
    assert.equal(pid .. " " .. seen.root .. " a", seen[1].document)
    assert.equal(pid .. " " .. seen.root .. " b", seen[2].document)
    assert.is_true(children.ends(pid)) -- with bootstrap, whose end is that of its input
  end)

  it("may be the handler: event and context on a line, the answer on a line", function()
    local seen = run(ECHO, [[
      return { handler = lambda.worker("./application"):handler() }
    ]], { events = { '{"n":9007199254740993,"list":[],"none":null}' } })
    local answer = seen[1].document
    for _, part in ipairs({ '"n":9007199254740993', '"list":[]', '"none":null' }) do
      assert.matches(part, seen[1].body, 1, true)
    end
    assert.equal("req-1", answer.context.aws_request_id)
    assert.equal("scripted", answer.context.function_name)
    assert.equal(512, answer.context.memory_limit_in_mb)
    assert.is_number(answer.context.deadline_ms)
  end)

  it("that is missing is an init error that says where it was looked for", function()
    local seen = bootstrap_process.run({ source = [[
      local app = require("lambda").worker("./application")
      return { handler = app:handler() } ]] })
    assert.equal("/2018-06-01/runtime/init/error", seen[1].path)
    assert.equal("Function.InitError", seen[1].document.errorType)
    assert.equal(seen.root .. "/application does not start: there is no such file: is it in the function's package?",
      seen[1].document.errorMessage)
  end)

  it("whose failure is returned gives the invocation a type", function()
    local seen = run("#!/bin/sh\nread -r x; exit 3\n", [[
      return { handler = lambda.worker("./application"):handler() }
    ]], { events = { "1", "2" } })
    for number = 1, 2 do
      assert.equal("Function.WorkerExited", seen[number].headers["Lambda-Runtime-Function-Error-Type"])
      assert.equal("WorkerExited", seen[number].document.errorType)
      assert.matches("application exited with status 3 before its answer was whole$",
        seen[number].document.errorMessage)
    end
  end)

  it("leaves other children alone: their descriptors, their signals, their ends", function()
    local seen = run(ECHO, [[
      local function others()
        local pipe = io.popen("ls /proc/self/fd; grep ^Sig[BI] /proc/self/status; exit 7")
        local text = pipe:read("a")
        local _, how, status = pipe:close()
        return text .. how .. status
      end
      return { handler = function()
        local before = others()
        local app = lambda.worker("./application")
        app:call("x")
        return { before, others(), (select(3, os.execute("exit 8"))) }
      end } ]])
    local before, after, status = table.unpack(seen[1].document)
    assert.equal(before, after)
    assert.matches("exit7$", after)
    assert.equal(8, status)
  end)
end)

describe("the time of an event", function()
  it("ends a call before it ends the event, and the next event has a new program", function()
    local seen = run("#!/bin/sh\nwhile read -r x; do [ $x = slow ] && sleep 2; echo \"$x\"; done", [[
      local app = lambda.worker("./application")
      return { handler = function(event, context)
        local answer, err = app:call(event)
        return { answer = answer, err = err and err.type, left = context:remaining_ms() }
      end } ]],
      { events = { { body = '"slow"', deadline_ms = TIME_MS }, '"fast"', '"again"' } })
    assert.equal("WorkerTimedOut", seen[1].document.err)
    assert.is_true(seen[1].document.left > 0 and seen[1].document.left <= 300, seen[1].body)
    assert.equal("fast", seen[2].document.answer)
    assert.equal("again", seen[3].document.answer)
  end)

  it("ends lambda.exec as well", function()
    local seen = bootstrap_process.run({ code = [[
      local result, err = require("lambda").exec({ "sleep", "60" })
      return { result = result, err = err and err.type, left = context:remaining_ms() }
    ]], events = { { body = "{}", deadline_ms = TIME_MS } } })
    assert.equal("ExecTimedOut", seen[1].document.err)
    assert.is_true(seen[1].document.left > 0)
  end)

  it("lets the deadline guard interrupt a call where its margin is the wider one", function()
    -- The guard leaves a tenth at least, a call a fifth at most: a call that begins late comes after the guard.
    local seen = run("#!/bin/sh\nwhile read -r x; do [ $x = slow ] && sleep 5; echo \"$x\"; done", [[
      local app = lambda.worker("./application")
      return { handler = function(event, context)
        if event == "slow" then
          repeat until context:remaining_ms() < 300
        end
        return { (app:call(event)) }
      end } ]], {
        env = { LUNAMBDA_DEADLINE_MARGIN_MS = "100" },
        events = { { body = '"slow"', deadline_ms = 2500 }, '"fast"' },
      })
    assert.equal("Function.DeadlineExceeded", seen[1].document.errorType or "no error", seen[1].body)
    assert.matches("app.lua:7: still running", seen[1].document.errorMessage, 1, true)
    assert.same({ "fast" }, seen[2].document)
  end)
end)

describe("standard error of a worker", function()
  it("has the request id of the event that it was written in", function()
    local seen = run("#!/bin/sh\nwhile read -r x; do echo \"about $x\" >&2; echo; done", [[
      local app = lambda.worker("./application")
      return { handler = function(event) return app:call(event) end }
    ]], { events = { '"a"', '"b"' }, env = { AWS_LAMBDA_LOG_FORMAT = "JSON" } })
    local lines = {}
    for line in seen.stderr:gmatch("[^\n]+") do
      local record = cjson.decode(line)
      if record.requestId then
        lines[#lines + 1] = ("%s %s %s"):format(record.requestId, record.level, record.message)
      end
    end
    assert.same({ "req-1 ERROR about a", "req-2 ERROR about b" }, lines)
  end)
end)

describe("workers of several Lua states", function()
  it("are one program each", function()
    local seen = run("#!/bin/sh\nwhile read -r x; do echo \"$$ $x\"; done", [[
      local app = lambda.worker("./application")
      return { handler = function(event)
        for number = 1, 20 do
          assert(app:call(event .. "-" .. number):match("^%d+ (.*)$") == event .. "-" .. number)
          assert(lambda.exec({ "cat", stdin = "x" }).stdout == "x")
        end
        return app:call("who"):match("^%d+")
      end } ]], {
        events = { "1", "2", "3", "4", "5", "6", "7", "8" }, plan = { "crew 4" },
        env = { AWS_LAMBDA_MAX_CONCURRENCY = "4", AWS_LAMBDA_INITIALIZATION_TYPE = "lambda-managed-instances" },
      })
    assert.equal(8, #seen)
    local pids, count = {}, 0
    for _, post in ipairs(seen) do
      assert.matches("/response$", post.path, nil, post.body)
      count = count + (pids[post.document] and 0 or 1)
      pids[post.document] = true
    end
    assert.is_true(count >= 1 and count <= 4)
    for pid in pairs(pids) do
      assert.is_true(children.ends(pid))
    end
  end)
end)

describe("a bootstrap without workers", function()
  it("does not load what they need", function()
    local answers = bootstrap_process.answers({ code = [[
      local lambda = require("lambda")
      local before = package.loaded["lambda.worker"] or package.loaded["lambda.program"]
      local is_there = lambda.worker ~= nil and lambda.exec ~= nil
      return { before == nil, is_there, package.loaded["lambda.worker"] ~= nil } ]] })
    assert.equal("[true,true,true]", answers[1])
  end)
end)
