--- lambda.after: work for when the answer has been posted.
local bootstrap_process = require("bootstrap_process")
local little_memory = require("little_memory")

--- Handlers in here write to this file to tell what happened in which order.
local function run(source, events, more)
  local options = { source = bootstrap_process.tick(source), events = events }
  for key, value in pairs(more or {}) do
    options[key] = value
  end
  return bootstrap_process.run(options)
end

describe("lambda.after", function()
  it("calls a function when the answer has been posted, before the next /next", function()
    local seen = run([[
      local lambda = require("lambda")
      return { handler = function(event)
        lambda.after(function() print("after " .. event) end)
        return event
      end }
    ]], { "1" })
    assert.equal("after 1\n", seen.stdout)
    assert.equal(0, seen[1].stdout_bytes)
    assert.equal(#"after 1\n", seen.nexts[2].stdout_bytes)
  end)

  it("forgets what a handler registered, after the event", function()
    local seen = run([[
      local lambda = require("lambda")
      return { handler = function(event)
        if event == 1 then
          lambda.after(function() print("once") end)
        end
      end }
    ]], { "1", "2" })
    assert.equal("once\n", seen.stdout)
  end)

  it("keeps what was registered while the file loaded, and calls that first", function()
    local seen = run([[
      local lambda = require("lambda")
      lambda.after(function() print("each") end)
      return { handler = function(event)
        if event == 2 then
          lambda.after(function() print("this") end)
        end
      end }
    ]], { "1", "2", "3" })
    assert.equal("each\neach\nthis\neach\n", seen.stdout)
  end)

  it("calls it after an error document too", function()
    local seen = run([[
      require("lambda").after(function() print("after") end)
      return { handler = function() error("no") end }
    ]], { "1" })
    assert.equal("after\n", seen.stdout)
    assert.equal("/2018-06-01/runtime/invocation/req-1/error", seen[1].path)
  end)

  it("logs what it raises under the request id, posts nothing of it, and calls the others", function()
    local seen = run([[
      local lambda = require("lambda")
      lambda.after(function() error({ type = "Late", message = "the queue is gone" }) end)
      lambda.after(function() print("the other") end)
      return { handler = function(event) return event end }
    ]], { "1", "2" })
    assert.equal(2, #seen)
    assert.equal("2", seen[2].body)
    assert.equal("the other\nthe other\n", seen.stdout)
    assert.matches("\treq%-1\tERROR\tAfter Error\t.*the queue is gone", seen.stderr)
  end)

  it("calls what another one of them registered", function()
    local seen = run([[
      local lambda = require("lambda")
      return { handler = function()
        lambda.after(function()
          lambda.after(function() print("second") end)
          print("first")
        end)
      end }
    ]], { "1" })
    assert.equal("first\nsecond\n", seen.stdout)
  end)

  it("ends the process when it runs out of memory", function()
    local seen = run([[
      require("lambda").after(function()
        local text = ("x"):rep(60 << 20)
        return text .. text .. text
      end)
      return { handler = function(event) return event end }
    ]], { "1", "2" }, { env = little_memory.env })
    assert.equal("1", seen[1].body)
    assert.equal(1, seen.unused)
    assert.matches("Runtime.OutOfMemory", seen.stderr, 1, true)
  end)

  local PAST = { ["Lambda-Runtime-Deadline-Ms"] = "1000" }

  it("has a second when it begins past the deadline: one that loops is stopped, the next event answered", function()
    local seen = run([[
      local lambda = require("lambda")
      return { handler = function(event)
        lambda.after(function()
          print("began", event)
          while event == 1 do pcall(function() while true do TICK end end) end
          print("ended", event)
        end)
        return event
      end }
    ]], { { body = "1", headers = PAST }, { body = "2", headers = PAST } }, { plan = { "limit 20000" } })
    assert.same({ 2, 0 }, { #seen, seen.unused }, seen.stderr)
    assert.equal("began\t1\nbegan\t2\nended\t2\n", seen.stdout)
    assert.matches("\treq%-1\tERROR\tAfter Error\t[^\n]*Function.DeadlineExceeded", seen.stderr)
    assert.matches("app.lua:5: still running [^\n]*past the time%-out", seen.stderr)
  end)

  it("is left out, with a warning, when that second is over: functions that ask for more of themselves end", function()
    local seen = run([[
      local lambda = require("lambda")
      return { handler = function(event)
        local function again()
          local t = os.clock() + 0.1
          while os.clock() < t do end
          lambda.after(again)
        end
        if event == 1 then
          lambda.after(again)
          lambda.after(again)
        end
        return event
      end }
    ]], { { body = "1", headers = PAST }, "2" },
      { plan = { "limit 20000" }, env = { LUNAMBDA_DEADLINE_MARGIN_MS = "0" } })
    assert.same({ "1", "2" }, { seen[1].body, seen[2].body })
    assert.matches("\treq%-1\tWARN\t2 functions of lambda.after not called: no time is left", seen.stderr)
  end)

  it("wants a function", function()
    local answers = bootstrap_process.answers({
      code = [[return select(2, pcall(require("lambda").after))]],
    })
    assert.matches("bad argument #1 to 'lambda.after' (a function expected, got nil)", answers[1], 1, true)
  end)

  it("says why the process ends when one ran out of memory and recovered", function()
    local seen = run([[
      require("lambda").after(function()
        pcall(function() local t = {} for i = 1, math.huge do t[i] = { i } end end)
      end)
      return { handler = function(event) return event end }
    ]], { "1", "2" }, { env = { AWS_LAMBDA_FUNCTION_MEMORY_SIZE = "64" } })
    assert.same({ 1, 1, 1 }, { #seen, seen.unused, seen.exit })
    assert.matches("memory ran out", seen.stderr, 1, true)
  end)
end)
