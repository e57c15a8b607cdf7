--- Memory has a ceiling below the function's own, and who meets it is told so before the process is replaced.
local bootstrap_process = require("bootstrap_process")
local cjson = require("cjson")

--- Runs it with 128 MB and three events, of which the second is "more".
local function run(code, env)
  env = env or {}
  env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE = "128"
  return bootstrap_process.run({
    source = "local lambda = require('lambda') local kept = {}\nreturn { handler = function(event, context)\n"
      .. "if event ~= 'more' then return 'well' end\n" .. code .. "\nend }",
    events = { '"well"', '"more"', '"well"' },
    env = env,
  })
end

local function assert_replaced(seen)
  assert.same({ 2, 1, 1 }, { #seen, seen.unused, seen.exit }, seen.stderr)
end

local function assert_out_of_memory(seen)
  assert_replaced(seen)
  assert.equal("/2018-06-01/runtime/invocation/req-2/error", seen[2].path)
  assert.equal("Runtime.OutOfMemory", seen[2].headers["Lambda-Runtime-Function-Error-Type"])
  assert.equal("Runtime.OutOfMemory", seen[2].document.errorType)
  assert.matches("Lua may use 100 of its 128 MB (AWS_LAMBDA_FUNCTION_MEMORY_SIZE)", seen[2].document.errorMessage, 1,
    true)
end

describe("a handler that needs more memory than there is", function()
  it("is reported as Runtime.OutOfMemory, then the process ends", function()
    assert_out_of_memory(run("for i = 1, math.huge do kept[i] = { i } end"))
  end)

  it("is so for one huge string", function()
    assert_out_of_memory(run("return #('x'):rep(200 << 20)"))
  end)

  it("is so in a coroutine", function()
    assert_out_of_memory(run("coroutine.wrap(function() for i = 1, math.huge do kept[i] = { i } end end)()"))
  end)

  it("is so when it passes the error on", function()
    assert_out_of_memory(run("local ok, e = pcall(function() for i = 1, math.huge do kept[i] = { i } end end)\n"
      .. "kept = nil error(e, 0)"))
  end)

  it("gets its answer posted when it recovers, then the process ends", function()
    local seen = run("local ok = pcall(function() for i = 1, math.huge do kept[i] = { i } end end)\n"
      .. "kept = nil return { recovered = not ok }")
    assert_replaced(seen)
    assert.equal("/2018-06-01/runtime/invocation/req-2/response", seen[2].path)
    assert.equal('{"recovered":true}', seen[2].body)
    assert.matches("\treq-2\tWARN\tmemory ran out; the handler recovered", seen.stderr, 1, true)
  end)

  it("gets its own error posted when it recovers to raise one, then the process ends", function()
    local seen = run("pcall(function() for i = 1, math.huge do kept[i] = { i } end end)\n"
      .. "kept = nil error(lambda.error('TooMany', 'take fewer'))")
    assert_replaced(seen)
    assert.equal("TooMany", seen[2].document.errorType)
  end)

  it("cannot fake it", function()
    local seen = run("error('not enough memory', 0)")
    assert.same({ 3, 0 }, { #seen, seen.unused })
    assert.equal("Function.LuaError", seen[2].document.errorType)
    assert.equal('"well"', seen[3].body)
  end)

  it("goes on when it tried for a huge string only", function()
    local seen = run("local ok, e = pcall(string.rep, 'x', 200 << 20) return { ok, e }")
    assert.same({ 3, 0 }, { #seen, seen.unused })
    assert.equal('[false,"not enough memory"]', seen[2].body)
  end)
end)

describe("the memory guard", function()
  it("reports what happens while the handler is loaded", function()
    local seen = bootstrap_process.run({
      source = "kept = {} for i = 1, math.huge do kept[i] = { i } end",
      env = { AWS_LAMBDA_FUNCTION_MEMORY_SIZE = "128" },
    })
    assert.equal("/2018-06-01/runtime/init/error", seen[1].path)
    assert.equal("Runtime.OutOfMemory", seen[1].document.errorType)
    assert.equal(1, seen.exit)
  end)

  it("lets garbage be collected rather than refuse", function()
    local seen = run("for i = 1, 300 do local s = ('x'):rep(1 << 20) .. i end return 'done'")
    assert.equal('"done"', seen[2].body)
    assert.equal(3, #seen)
  end)

  it("has no ceiling where the function's memory is not known", function()
    local answers = bootstrap_process.answers({
      code = "return #('x'):rep(200 << 20)",
      env = { AWS_LAMBDA_FUNCTION_MEMORY_SIZE = false },
    })
    assert.same({ "209715200" }, answers)
  end)
end)

describe("the collector", function()
  --- live bytes after each of n events
  local function live(code, n)
    local events = {}
    for index = 1, n do
      events[index] = "{}"
    end
    local bytes = {}
    local seen = bootstrap_process.run({ code = code, events = events, env = { LUNAMBDA_REPORT = "1" } })
    for report in seen.stderr:gmatch("\tReport\t([^\n]*)") do
      bytes[#bytes + 1] = cjson.decode(report)
    end
    assert.equal(n, #bytes, seen.stderr)
    return bytes
  end

  it("runs when an answer is posted and the heap has doubled, not on the way to it", function()
    local reports = live("local t = {} for i = 1, 20000 do t[i] = { i } end return #t", 4)
    for index, report in ipairs(reports) do
      assert.equal(index == 1 and 0 or 1, report.collections)
      assert.is_true(report.vmPeakBytes > 1000000 and report.vmPeakBytes < 6000000, report.vmPeakBytes)
    end
  end)

  it("still collects while a handler allocates without end", function()
    local report = live("for i = 1, 3000000 do local t = { i } end return 1", 1)[1]
    assert.is_true(report.collections >= 1)
    assert.is_true(report.vmPeakBytes < 150 * 1024 * 1024, report.vmPeakBytes)
  end)

  it("leaves it stopped for whom has stopped it", function()
    local reports = live("collectgarbage('stop') local t = {} for i = 1, 20000 do t[i] = { i } end return #t", 3)
    assert.equal(0, reports[3].collections)
    assert.is_true(reports[3].vmLiveBytes > reports[1].vmLiveBytes * 2)
  end)
end)

describe("a handler that recovers from want of memory, and streams", function()
  it("is warned of once", function()
    local seen = run([[
      pcall(function() local t = {} for i = 1, math.huge do t[i] = { i } end end)
      return lambda.stream("abc")]])
    assert.equal("abc", seen[2].body)
    assert.equal(1, bootstrap_process.count(seen.stderr, "memory ran out"))
  end)
end)
