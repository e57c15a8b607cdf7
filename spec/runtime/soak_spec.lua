--- Memory after many events is what it was after a few. `./dev prove` sets LUNAMBDA_SOAK_EVENTS to many more.
local bootstrap_process = require("bootstrap_process")
local scratch = require("scratch")

-- ThreadSanitizer keeps a history that grows with what it has seen: there the events alone count.
local HAS_HISTORY = os.getenv("LUNAMBDA_SANITIZE") == "thread"
local EVENTS = tonumber(os.getenv("LUNAMBDA_SOAK_EVENTS") or HAS_HISTORY and 600 or 3000)
local WARM_EVENTS = EVENTS // 3
local GROWTH_LIMIT_KB = 128

-- Writes the resident memory (KB) once warm and at the end, both after a collection.
local source = [[
local count = 0
return { handler = function(event, context)
  count = count + 1
  if count == %d or count == %d then
    collectgarbage()
    local file = assert(io.open("rss", "a"))
    file:write(io.open("/proc/self/status"):read("a"):match("VmRSS:%%s*(%%d+)"), "\n")
    file:close()
  elseif count %% 7 == 0 then
    error("an error now and then")
  end
  return { event, context.trace_id, context.headers }
end }]]

it(("memory stays where it was over %d events, errors among them"):format(EVENTS), function()
  local here <close> = scratch.new()
  here:write("app.lua", source:format(WARM_EVENTS, EVENTS))
  local event = '{"items":[' .. ('{"id":1234567890123,"name":"é"},'):rep(100) .. "null]}"
  local trace = "Root=1-{n};Parent=0123456789abcdef;Sampled=1" -- a new one each time: the environment keeps none
  local seen = bootstrap_process.run({
    root = here.path,
    plan = { "quiet", "limit 1200000" },
    env = { ASAN_OPTIONS = "quarantine_size_mb=0:thread_local_quarantine_size_kb=0" },
    events = { { body = event, times = EVENTS, headers = { ["Lambda-Runtime-Trace-Id"] = trace } } },
  })
  local warm_kb, end_kb = (here:read("rss") or ""):match("^(%d+)\n(%d+)\n$")
  assert.truthy(end_kb, seen.stderr:sub(1, 500))
  assert.equal(0, seen.unused)
  assert.is_true(HAS_HISTORY or end_kb - warm_kb < GROWTH_LIMIT_KB, ("from %s KB to %s KB"):format(warm_kb, end_kb))
end)
