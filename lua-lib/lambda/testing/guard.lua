--- The deadline guard of bootstrap (runtime/deadline.c) in Lua: a count hook, for plain lua5.4 has no timer. Like that
--- one it stops Lua, not C.
local native = require("lambda.native")

local error, min, pcall, setmetatable, type = error, math.min, pcall, setmetatable, type
local find, format, gsub, pack, unpack = string.find, string.format, string.gsub, table.pack, table.unpack
local getinfo, gethook, sethook, traceback = debug.getinfo, debug.gethook, debug.sethook, debug.traceback
local create, resume, running = coroutine.create, coroutine.resume, coroutine.running

local M = {}

local EVERY = 1000 -- instructions
local MARGIN_PART = 10

---@class lambda.testing.Guard
---@field clock lambda.testing.Clock
---@field is_shielded boolean  the spec's own code runs
---@field message string?      it struck
---@field trace string
local Guard = {}
Guard.__index = Guard

--- The innermost line of the handler's, for the message.
local function where()
  local level = 4 -- strike, the hook, and what it interrupted
  local frame = getinfo(level, "Sl")
  while frame do
    if frame.currentline > 0 and not find(frame.short_src, "^%[lunambda ") then
      return format("%s:%d: ", frame.short_src, frame.currentline)
    end
    level = level + 1
    frame = getinfo(level, "Sl")
  end
  return ""
end

local function strike(guard)
  guard.message = format("%sstill running %d ms before the time-out, and was stopped here: make it faster, or give "
    .. "the function a longer time-out", where(), guard.margin_ms)
  guard.trace = traceback("", 3)
  if running() ~= guard.thread then
    guard.trace = guard.trace .. gsub(traceback(guard.thread, ""), "^\nstack traceback:", "")
  end
end

local function is_late(guard)
  return guard.clock:now_ms() >= guard.due_ms or native.now_ms() >= guard.real_due_ms
end

--- Watches over the running coroutine from here on, and hands lines on to whoever had a hook: luacov.
local function arm(guard)
  local theirs, mask = guard.theirs, guard.mask
  sethook(function(event, line)
    if event ~= "count" then
      return theirs(event, line) -- a tail call: theirs finds the function at its usual level
    elseif guard.due_ms and not guard.is_shielded and (guard.message or is_late(guard)) then
      if not guard.message then
        strike(guard)
      end
      error(guard.message, 0)
    end
  end, mask, EVERY)
end

--- New coroutines are watched, too.
---@param library table  the contents of coroutine in a world
function Guard:install(library)
  local function watched(f)
    if type(f) ~= "function" then
      return f -- coroutine.create says what is wrong
    end
    return function(...)
      arm(self)
      return f(...)
    end
  end
  local wrap = library.wrap
  function library.create(f)
    return create(watched(f))
  end
  function library.wrap(f)
    return wrap(watched(f))
  end
end

--- Runs a function in a coroutine of its own, which cannot yield, as little as a handler in bootstrap can.
---@param deadline_ms integer?  by the app's clock; nil for none
---@param wanted_ms integer     the margin, LUNAMBDA_DEADLINE_MARGIN_MS
---@param f function            must not raise
---@return any ...
function Guard:run(deadline_ms, wanted_ms, f)
  local left_ms = deadline_ms and deadline_ms - self.clock:now_ms() or 0
  self.message, self.due_ms = nil, nil
  if left_ms > 0 and wanted_ms > 0 then
    self.margin_ms = min(wanted_ms, left_ms // MARGIN_PART)
    self.due_ms = deadline_ms - self.margin_ms
    self.real_due_ms = native.now_ms() + left_ms - self.margin_ms
  end
  local theirs, mask = gethook()
  self.theirs, self.mask = theirs, theirs and gsub(mask, "[^crl]", "") or ""
  local results
  self.thread = create(function()
    arm(self)
    gsub("x", "x", function() -- a C function below: no way to yield
      results = pack(f())
    end)
  end)
  local ok, problem = resume(self.thread)
  self.due_ms = nil
  if not ok then
    return false, self.message or problem
  end
  return unpack(results, 1, results.n)
end

--- Calls what is not the handler's, which takes as long as it takes.
---@param f function
---@param ... any
---@return any ...
function Guard:shield(f, ...)
  local was = self.is_shielded
  self.is_shielded = true
  local results = pack(pcall(f, ...))
  self.is_shielded = was
  if not results[1] then
    error(results[2], 0)
  end
  return unpack(results, 2, results.n)
end

---@param clock lambda.testing.Clock
---@return lambda.testing.Guard
function M.new(clock)
  return setmetatable({ clock = clock, is_shielded = false, trace = "" }, Guard)
end

return M
