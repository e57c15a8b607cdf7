--- What runtime/host.c and loop.c do with lambda.boot, done for an app, within its world.
local answers = require("lambda.testing.answer")
local json = require("lambda.json")

local error, setmetatable, sub, tostring, type, xpcall =
  error, setmetatable, string.sub, tostring, type, xpcall
local getmetatable, traceback = debug.getmetatable, debug.traceback
local raw_mt = getmetatable(json.raw(""))

local M = {}

local numbers = require("lambda.native").hooks
local SHUTDOWN, AFTER_EACH, AFTER_THIS = numbers.SHUTDOWN, numbers.AFTER_EACH, numbers.AFTER_THIS

---@class lambda.testing.Failure  the error document; tostring tells it
---@field errorType string
---@field errorMessage string
---@field stackTrace string[]
---@field errorData any
local failure_mt = {
  __tostring = function(failure)
    return failure.errorType .. ": " .. failure.errorMessage
  end,
}

--- A failure that has no stack.
---@param type_name string
---@param message string
---@return lambda.testing.Failure
function M.failure(type_name, message)
  return setmetatable({ errorType = type_name, errorMessage = message, stackTrace = json.array() }, failure_mt)
end

--- Runs a function as bootstrap runs Lua: whether it went well, else what was raised, and from where.
---@param app lambda.testing.App
---@param deadline_ms integer?  nil for none
---@param f function
---@return boolean
---@return any raised    or what the function returned
---@return string trace
function M.run(app, deadline_ms, f)
  local trace = ""
  local function keep_trace(raised)
    trace = traceback("", 2)
    return raised
  end
  app.exit_message = nil
  local ok, raised = app.guard:run(deadline_ms, app.margin_ms, function()
    return xpcall(f, keep_trace)
  end)
  if not ok and raised == app.script_end then
    ok = true
  end
  app.output = app.output .. app.files.stdout:take()
  return ok and app.exit_message == nil, raised, trace
end

--- The document of what was raised. lambda.errors makes it, within the app's world.
---@param app lambda.testing.App
---@param raised any
---@param trace string?
---@param stage string?  "decode", "init", "handler", …
---@return lambda.testing.Failure
function M.describe(app, raised, trace, stage)
  if app.exit_message then
    return M.failure("Runtime.ExitError", app.exit_message)
  elseif app.guard.message then
    raised, trace, stage = app.guard.message, app.guard.trace, "late"
  end
  local made
  local ok, problem = M.run(app, nil, function()
    made = app.boot.describe(raised, trace, stage)
  end)
  if not ok then
    made = M.failure(stage == "init" and "Function.InitError" or "Function.LuaError",
      type(raised) == "string" and raised or tostring(problem))
  end
  local text = json.encode(made, { encoding = "replace" })
  return setmetatable(json.decode(text), failure_mt)
end

--- Runs the functions of a list; what they raise is logged, as by bootstrap.
local function run_hooks(app, kind, what)
  local hooks, number = app.native.hooks, 1
  while hooks[kind] and hooks[kind][number] do -- one may add another
    local hook = hooks[kind][number]
    number = number + 1
    local ok, raised, trace = M.run(app, nil, function()
      hooks[hooks.CALLER](hook)
    end)
    if not ok then
      local failure = M.describe(app, raised, trace, "hook")
      app.logs[#app.logs + 1] = { level = "ERROR", message = what, fields = setmetatable(failure, nil) }
    end
  end
end

--- Runs the body of a streamed answer.
local function collect(app, stream, content_type, deadline_ms)
  local send, finish = answers.collector(content_type)
  local ok, raised, trace = M.run(app, deadline_ms, function()
    stream:run(send)
  end)
  return finish(), not ok and M.describe(app, raised, trace, "handler") or nil
end

--- The event, the handler, the answer.
local function handle(app, text, block, deadline_ms)
  local stage, bytes, is_raw, stream, stream_type = "decode", nil, nil, nil, nil
  local ok, raised, trace = M.run(app, deadline_ms, function()
    local event, problem
    if app.convention == "stdio" then
      app.files.stdin:fill(text)
    elseif app.convention == "string" then
      event = text
    else
      event, problem = json.decode(text, app.codec)
      if problem then
        error(problem, 0)
      end
    end
    stage = "handler"
    local result, content_type
    result, content_type, stream = app.boot.dispatch(event, block)
    stage, stream_type, is_raw = "encode", content_type, getmetatable(result) == raw_mt
    if app.convention ~= "stdio" and not stream then
      bytes = answers.encode(result, content_type, { encoding = app.codec.encoding })
    end
  end)
  if not ok then
    return nil, M.describe(app, raised, trace, stage)
  elseif stream then
    return collect(app, stream, stream_type, deadline_ms)
  end
  return bytes, is_raw
end

--- What was written is the answer, and not output besides it.
local function take_written(app, before)
  local written = sub(app.output, #before + 1)
  app.output = before
  return written
end

--- One event, and what is to come after it; within the world.
---@param app lambda.testing.App
---@param text string     its bytes
---@param block string    its headers
---@param deadline_ms integer
---@return any answer
---@return lambda.testing.Failure?
function M.event(app, text, block, deadline_ms)
  local before = app.output
  app.begin(block)
  local bytes, other = handle(app, text, block, deadline_ms)
  local written = app.convention == "stdio" and take_written(app, before)
  run_hooks(app, AFTER_EACH, "After Error")
  run_hooks(app, AFTER_THIS, "After Error")
  app.native.hooks[AFTER_THIS] = nil
  app.begin(nil)
  if type(bytes) == "table" then
    return bytes, other
  elseif type(other) == "table" then
    return nil, other
  end
  bytes, other = written or bytes, written and true or other
  local refusal = answers.too_large(bytes)
  if refusal then
    return nil, M.failure("Function.ResponseSizeTooLarge", refusal)
  end
  return answers.decode(bytes, other)
end

--- Runs what lambda.on_shutdown was given.
---@param app lambda.testing.App
function M.shut_down(app)
  run_hooks(app, SHUTDOWN, "Shutdown Error")
end

return M
