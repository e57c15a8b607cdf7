--- Several events at a time: a thread, a Lua state and a connection each.
local bootstrap_process = require("bootstrap_process")
local cjson = require("cjson")
local little_memory = require("little_memory")
local scratch = require("scratch")

local FIFOS = [[
local lambda = require("lambda")
local function fifo(name) return context_root .. "/fifo-" .. name end
--- Sleeps in the kernel, as in a slow call of a C module, until somebody tells.
local function await(name) io.open(fifo(name)):read("a") end
local function tell(name) io.open(fifo(name), "w"):close() end
]]

--- Runs app.lua with so many workers. `fifos`: names for await and tell.
local function run(workers, source, options)
  local here <close> = scratch.new()
  local root = here:folder("task")
  here:write("task/app.lua", ("local context_root = %q\n"):format(root) .. FIFOS .. source)
  for _, name in ipairs(options.fifos or {}) do
    assert(os.execute(("mkfifo '%s/fifo-%s'"):format(root, name)))
  end
  local env = {
    AWS_LAMBDA_MAX_CONCURRENCY = tostring(workers),
    AWS_LAMBDA_INITIALIZATION_TYPE = "lambda-managed-instances",
  }
  for name, value in pairs(options.env or {}) do
    env[name] = value
  end
  local seen = bootstrap_process.run({
    root = root, env = env, events = options.events, plan = options.plan or { "crew " .. workers },
  })
  assert.not_matches("ThreadSanitizer", seen.stderr, 1, true)
  return seen
end

local function numbers(first, last)
  local list = {}
  for n = first, last do
    list[#list + 1] = tostring(n)
  end
  return list
end

local function posted(seen)
  local ids = {}
  for index, post in ipairs(seen) do
    ids[index] = post.path:match("req%-%d+")
  end
  return table.concat(ids, " ")
end

--- The records of standard error. Each line must be one.
local function records(seen)
  local list = {}
  for line in seen.stderr:gmatch("[^\n]+") do
    list[#list + 1] = cjson.decode(line)
  end
  return list
end

local function count_lines(text, line)
  return bootstrap_process.count("\n" .. text, "\n" .. line)
end

describe("64 workers", function()
  it("hold 64 events at once and answer them in any order, each by its own connection", function()
    local seen = run(64, [[
      return { handler = function(event)
        if event < 64 then
          await(event)
        end
        lambda.after(function()
          if event > 1 then
            tell(event - 1)
          end
        end)
        return event
      end }
    ]], { fifos = numbers(1, 63), events = numbers(1, 64) })
    assert.equal(64, #seen)
    for index, post in ipairs(seen) do
      local number = 65 - index
      assert.equal(("/2018-06-01/runtime/invocation/req-%d/response"):format(number), post.path)
      assert.equal(tostring(number), post.body)
    end
    assert.equal(64, seen.connections)
  end)

  it("answer hundreds of events, none lost and none twice", function()
    local seen = run(64, [[
      local state = 0
      return { handler = function(event)
        state = state + 1
        return { event = event, trace = tostring(state) .. ("x"):rep(event) }
      end }
    ]], { events = numbers(1, 640) })
    local answered = {}
    for _, post in ipairs(seen) do
      local event = math.tointeger(post.document.event)
      assert.equal("req-" .. event, post.path:match("req%-%d+"))
      answered[event] = true
    end
    assert.equal(640, #seen)
    assert.equal(640, #answered)
  end)
end)

describe("a worker", function()
  it("loads the handler for itself", function()
    local seen = run(4, [[
      io.write("loaded\n")
      local calls = 0
      return { handler = function(event)
        calls = calls + 1
        if event < 4 then
          await(event)
        end
        lambda.after(function() return event > 1 and tell(event - 1) end)
        return calls
      end }
    ]], { fifos = numbers(1, 3), events = numbers(1, 4) })
    assert.equal("loaded\nloaded\nloaded\nloaded\n", seen.stdout)
    for _, post in ipairs(seen) do
      assert.equal("1", post.body)
    end
  end)

  it("has the trace id of its own event, and leaves the process's environment alone", function()
    local seen = run(2, [[
      return { handler = function(event, context)
        if event == 1 then
          await(1)
        end
        lambda.after(function() return event == 2 and tell(1) end)
        local child = io.popen("printenv _X_AMZN_TRACE_ID"):read("a")
        return { context.trace_id, os.getenv("_X_AMZN_TRACE_ID"), child, os.getenv("AWS_REGION") }
      end }
    ]], { fifos = { 1 }, events = {
      { body = "1", headers = { ["Lambda-Runtime-Trace-Id"] = "Root=1-one" } },
      { body = "2", headers = { ["Lambda-Runtime-Trace-Id"] = "Root=1-two" } },
    } })
    assert.same({ "Root=1-two", "Root=1-two", "", "eu-central-1" }, seen[1].document)
    assert.same({ "Root=1-one", "Root=1-one", "", "eu-central-1" }, seen[2].document)
  end)

  it("cannot change the locale of the others", function()
    local seen = run(1, [[
      return { handler = function()
        return { os.setlocale(), tostring(os.setlocale("de_DE.UTF-8")), os.setlocale("C", "numeric") }
      end }
    ]], { events = { "1" } })
    assert.same({ "C", "nil", "C" }, seen[1].document)
  end)

  it("that runs out of memory is replaced, and the others go on", function()
    local seen = run(2, [[
      io.write("loaded\n")
      return { handler = function(event)
        if event == 1 then
          local text = ("x"):rep(60 << 20)
          return #(text .. text .. text)
        elseif event == 2 then
          await(2)
        elseif event == 3 then
          lambda.after(function() tell(2) end)
        end
        return event
      end }
    ]], { fifos = { 2 }, events = numbers(1, 6), env = little_memory.env })
    assert.equal("/2018-06-01/runtime/invocation/req-1/error", seen[1].path)
    assert.equal("Runtime.OutOfMemory", seen[1].document.errorType)
    assert.equal(6, #seen)
    assert.matches("req%-3.*req%-2", posted(seen)) -- by the one that took its place, while the other had req-2
    assert.equal("loaded\nloaded\nloaded\n", seen.stdout)
    assert.matches("a worker ran out of memory: a new one takes its place", seen.stderr, 1, true)
  end)

  --- A handler whose file fails to load `count` times, from the second load on, and runs out of memory at event 1.
  local function failing(count)
    return ([[
      local function append(text) local f = io.open("loads", "a") f:write(text) f:close() end
      append("x")
      local loads = #io.open("loads"):read("a")
      if loads > 1 and loads <= 1 + %s then error("no database at load " .. loads) end
      return { handler = function(event)
        if event == 1 then
          local text = ("x"):rep(60 << 20)
          return #(text .. text .. text)
        end
        return event
      end }
    ]]):format(count)
  end

  it("whose successor cannot be loaded is tried again, with a growing pause", function()
    local seen = run(1, failing(3), { events = numbers(1, 2), env = little_memory.env })
    assert.equal("req-1 req-2", posted(seen))
    assert.equal("2", seen[2].body)
    local pauses, reasons = {}, 0
    for _, record in ipairs(records(seen)) do
      pauses[#pauses + 1] = record.message:match("a worker could not be started .*again in (%d+) ms")
      reasons = reasons + (record.message == "Init Error" and 1 or 0)
    end
    assert.same({ "100", "200", "400" }, pauses)
    assert.equal(3, reasons)
  end)

  it("that cannot be had is given up when no other serves, and the process ends", function()
    local seen = run(1, failing("math.huge"), { events = numbers(1, 2), env = little_memory.env })
    assert.same({ 1, 1, 1 }, { #seen, seen.unused, seen.exit })
    assert.matches("a worker could not be started after 5 tries", seen.stderr, 1, true)
  end)

  it("that cannot be had leaves the others alone, who go on until SIGTERM", function()
    local seen = run(2, [[
      lambda.on_shutdown(function() io.write("bye\n") end)
      local loads = io.open("loads", "a")
      loads:write("x") loads:close()
      local number = #io.open("loads"):read("a")
      if number == 3 then tell("failing") end
      if number >= 3 then error("no database") end
      return { handler = function(event)
        if event == 1 then
          await(1)
          local text = ("x"):rep(60 << 20)
          return #(text .. text .. text)
        elseif event == 2 then
          tell(1)
        elseif event == 3 then
          await("failing")
        end
        return event
      end }
    ]], { fifos = { 1, "failing" }, events = { "1", "2", "3", "4", { term = true } }, env = little_memory.env })
    assert.equal(1 + 4, #seen) -- the extension's registration is a post, too
    assert.matches("a worker could not be started (try 1): one event fewer at a time", seen.stderr, 1, true)
    assert.equal("bye\n", seen.stdout)
    assert.equal(0, seen.exit)
  end)

  it("stuck past its deadline has its late answer refused with 410, and goes on", function()
    local seen = run(2, [[
      return { handler = function(event)
        if event == 1 or event == 3 then
          await(event)
        else
          lambda.after(function() tell(event - 1) end)
        end
        return event
      end }
    ]], { fifos = { 1, 3 }, events = {
      { body = "1", headers = { ["Lambda-Runtime-Deadline-Ms"] = "1" }, post = 410 }, "2", "3", "4",
    } })
    assert.equal("req-2 req-1 req-4 req-3", posted(seen))
    local stuck = seen[2].connection
    assert.is_true(stuck == seen[3].connection or stuck == seen[4].connection)
    assert.equal(2, seen.connections)
    local warning
    for _, record in ipairs(records(seen)) do
      warning = record.requestId == "req-1" and record or warning
    end
    assert.equal("WARN", warning.level)
    assert.matches("HTTP status 410", warning.message, 1, true)
  end)

  it("logs JSON lines with the request id, where no format is set", function()
    local seen = run(8, [[
      return { handler = function(event) error("no " .. event) end }
    ]], { events = numbers(1, 40) })
    local errors = 0
    for _, record in ipairs(records(seen)) do
      if record.level == "ERROR" then
        errors = errors + 1
        assert.equal(record.errorMessage:match("%d+$"), record.requestId:match("%d+$"))
      end
    end
    assert.equal(40, errors)
  end)
end)

describe("the workers together", function()
  it("end when the platform answers one of them with 500", function()
    local seen = run(8, [[
      return { handler = function(event) return event end }
    ]], { events = { { body = "1", post = 500 } }, plan = { "crew 8" } })
    assert.equal(1, seen.exit)
    assert.equal(1, #seen)
  end)

  it("do not wait for one that hangs then", function()
    local seen = run(2, [[
      return { handler = function(event)
        if event == 1 then
          await("never")
        end
        return event
      end }
    ]], { fifos = { "never" }, events = { "1", { body = "2", post = 500 } } })
    assert.equal(1, seen.exit)
    assert.equal("req-2", posted(seen))
    assert.is_true(seen.ms < 20000)
  end)

  it("report an init error once, before any other worker is started", function()
    local seen = run(16, [[error("bad luck")]], { events = { "1" } })
    assert.equal(1, #seen)
    assert.equal("/2018-06-01/runtime/init/error", seen[1].path)
    assert.equal(1, seen.connections)
    assert.equal(1, seen.exit)
  end)

  it("are all told of SIGTERM, and the process ends with 0", function()
    local seen = run(4, [[
      lambda.on_shutdown(function() io.write("bye\n") end)
      return { handler = function(event)
        if event < 4 then
          await(event)
        end
        lambda.after(function() return event > 1 and tell(event - 1) end)
        return event
      end }
    ]], { fifos = numbers(1, 3), events = { "1", "2", "3", "4", { term = true } } })
    assert.equal(4, count_lines(seen.stdout, "bye"))
    assert.equal(0, seen.exit)
    local registrations = 0
    for _, request in ipairs(seen.requests) do
      registrations = registrations + (request.path == "/2020-01-01/extension/register" and 1 or 0)
    end
    assert.equal(1, registrations)
    assert.equal("/2020-01-01/extension/register", seen.requests[1].path)
  end)
end)

describe("how many workers there are", function()
  it("is AWS_LAMBDA_MAX_CONCURRENCY, but at most LUNAMBDA_MAX_CONCURRENCY", function()
    local echo = "return { handler = function(event) return event end }"
    local few = { LUNAMBDA_MAX_CONCURRENCY = "2" }
    local seen = run(8, echo, { events = numbers(1, 20), plan = { "crew 2" }, env = few })
    assert.equal(2, seen.connections)
    assert.equal(20, #seen)
  end)

  for name, value in pairs({
    AWS_LAMBDA_MAX_CONCURRENCY = "many", LUNAMBDA_MAX_CONCURRENCY = "0",
  }) do
    it(("cannot be what %s=%s says"):format(name, value), function()
      local seen = bootstrap_process.run({ code = "return 1", env = { [name] = value } })
      assert.equal("Runtime.ConfigInvalid", seen[1].document.errorType)
      assert.equal(("%s is '%s', which is no number from 1 to 1000"):format(name, value), seen[1].document.errorMessage)
      assert.equal(1, #seen)
    end)
  end
end)

describe("a streamed answer of a worker", function()
  it("is cut short by its own deadline, while the others go on", function()
    local seen = run(2, [[
      return { handler = function(event)
        if event == 2 then return "well" end
        return lambda.stream(function(out)
          out:write("a")
          while true do pcall(os.time) end -- a call, for ThreadSanitizer holds signals back in a pure loop
        end)
      end }
    ]], { events = { { body = "1", deadline_ms = 1000 }, "2" }, plan = { "limit 8000", "crew 2" } })
    assert.same({ 2, '"well"', "a" }, { #seen, seen[1].body, seen[2].body })
    assert.equal("Function.DeadlineExceeded", seen[2].upload.trailers["Lambda-Runtime-Function-Error-Type"])
  end)

  it("may be refused when it is late, as any other", function()
    local seen = run(2, [[return { handler = function(event) return event == 1 and lambda.stream("a") or event end }]],
      { events = { { body = "1", post = 410 }, "2" }, plan = { "limit 8000", "crew 2" } })
    assert.equal(2, #seen)
    assert.matches("HTTP status 410", seen.stderr, 1, true)
  end)
end)
