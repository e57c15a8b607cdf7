--- A handler under test: what runtime/host.c and loop.c do with lambda.boot, done here.
local answers = require("lambda.testing.answer")
local clocks = require("lambda.testing.clock")
local environments = require("lambda.testing.environment")
local facts = require("lambda.events.facts")
local fakes = require("lambda.testing.fakes")
local files = require("lambda.testing.files")
local guards = require("lambda.testing.guard")
local invocation = require("lambda.testing.invocation")
local json = require("lambda.json")
local modules = require("lambda.testing.modules")
local natives = require("lambda.testing.native")
local worlds = require("lambda.testing.world")

local error, format, next, pcall, require, setmetatable, sub, tostring, type, xpcall =
  error, string.format, next, pcall, require, setmetatable, string.sub, tostring, type, xpcall
local getmetatable, traceback = debug.getmetatable, debug.traceback
local raw_mt = getmetatable(json.raw(""))

local M = {}

--- The lists of runtime/hooks.h.
local SHUTDOWN, AFTER_EACH, AFTER_THIS = 1, 2, 3

---@class lambda.testing.Options
---@field root string?        the task root; the working directory
---@field env table<string, string|false>?  variables of the function; false for one that is not there
---@field memory_mb integer?  what the function is told it has; 128
---@field modules table<string, any>?  what `require` gives the handler, by name
---@field now_ms integer?     a time (Unix epoch) that stands still, but for app:advance

local KNOWN = { root = "string", env = "table", memory_mb = "number", modules = "table", now_ms = "number" }

---@class lambda.testing.Failure  the error document; tostring tells it
---@field errorType string
---@field errorMessage string
---@field stackTrace string[]
---@field errorData any
local failure_mt = {
  __tostring = function(failure)
    return format("%s: %s", failure.errorType, failure.errorMessage)
  end,
}

---@class lambda.testing.App
---@field logs lambda.testing.Record[]  what lambda.log wrote
---@field output string                 what print and io.write wrote
---@field request_id string?            of the last event
---@overload fun(event: any, options?: lambda.testing.EventOptions): any, lambda.testing.Failure?
local App = {}
App.__index = App

--- os.exit does not end the spec but what runs.
local function install_exit(app, os)
  function os.exit(code)
    if app.exit_message == nil then
      local status = (code == nil or code == true) and 0 or code == false and 1 or code
      app.exit_message = status == 0 and "Runtime exited without providing a reason"
        or format("Runtime exited with error: exit status %s", tostring(status))
    end
    error(app.exit_message, 0)
  end
end

--- Runs a function as bootstrap runs Lua: whether it went well, else what was raised, and from where.
---@param app lambda.testing.App
---@param deadline_ms integer?  nil for none
local function run(app, deadline_ms, f)
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

local function document(type_name, message)
  return { errorType = type_name, errorMessage = message, stackTrace = json.array() }
end

--- The document of what was raised. lambda.errors makes it, within the app's world.
local function describe(app, raised, trace, stage)
  if app.exit_message then
    return setmetatable(document("Runtime.ExitError", app.exit_message), failure_mt)
  elseif app.guard.message then
    raised, trace, stage = app.guard.message, app.guard.trace, "late"
  end
  local made
  local ok, problem = run(app, nil, function()
    made = app.boot.describe(raised, trace, stage)
  end)
  if not ok then
    made = document(stage == "init" and "Function.InitError" or "Function.LuaError",
      type(raised) == "string" and raised or tostring(problem))
  end
  local text = json.encode(made, { encoding = "replace" })
  return setmetatable(json.decode(text), failure_mt)
end

--- Runs the functions of a list; what they raise is logged, as by bootstrap.
local function run_hooks(app, kind, what)
  local list = app.native.hooks[kind] or {}
  for _, hook in next, list do
    local ok, raised, trace = run(app, nil, function()
      app.native.hooks[0](hook)
    end)
    if not ok then
      local failure = describe(app, raised, trace, "hook")
      app.logs[#app.logs + 1] = { level = "ERROR", message = what, fields = setmetatable(failure, nil) }
    end
  end
end

--- Runs the body of a streamed answer.
local function collect(app, stream, content_type, deadline_ms)
  local send, finish = answers.collector(content_type)
  local ok, raised, trace = run(app, deadline_ms, function()
    stream:run(send)
  end)
  return finish(), not ok and describe(app, raised, trace, "handler") or nil
end

--- The event, the handler, the answer.
local function handle(app, text, block, deadline_ms)
  local stage, bytes, is_raw, stream, stream_type = "decode", nil, nil, nil, nil
  local ok, raised, trace = run(app, deadline_ms, function()
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
    return nil, describe(app, raised, trace, stage)
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

--- One event, all of it within the world.
local function invoke(app, text, block, deadline_ms)
  local before = app.output
  app.begin(block)
  local bytes, other = handle(app, text, block, deadline_ms)
  local written = app.convention == "stdio" and take_written(app, before)
  app.begin(nil)
  run_hooks(app, AFTER_EACH, "After Error")
  run_hooks(app, AFTER_THIS, "After Error")
  app.native.hooks[AFTER_THIS] = nil
  if type(bytes) == "table" then
    return bytes, other
  elseif type(other) == "table" then
    return nil, other
  end
  bytes, other = written or bytes, written and true or other
  local refusal = answers.too_large(bytes)
  if refusal then
    return nil, setmetatable(refusal, failure_mt)
  end
  return answers.decode(bytes, other)
end

local function made_up(app)
  app.count = app.count + 1
  local function var(name)
    return app.environment:get(name)
  end
  return {
    aws_request_id = facts.uuid(app.count),
    invoked_function_arn = format("arn:aws:lambda:%s:%s:function:%s", var("AWS_REGION"), facts.ACCOUNT,
      var("AWS_LAMBDA_FUNCTION_NAME")),
    trace_id = format("Root=1-5759e988-%024x;Sampled=1", app.count),
  }
end

--- Sends an event. What is wrong with the event itself, or with the fakes, raises: that is the spec's mistake.
function App:__call(event, options)
  if not self.is_open then
    error("the app is closed: load it again", 2)
  elseif self.is_busy then
    error("the app handles an event: it takes one at a time", 2)
  end
  invocation.check_options(options, invocation.KNOWN, "an event", 2)
  local is_bytes = self.convention == "string" or self.convention == "stdio"
  local text = invocation.bytes(event, is_bytes, 2)
  local headers, deadline_ms = invocation.headers(options or {}, made_up(self), self.clock:now_ms(), 2)
  self.request_id = headers["lambda-runtime-aws-request-id"]
  self.environment:set("_X_AMZN_TRACE_ID", headers["lambda-runtime-trace-id"])
  self.is_busy = true
  local ok, answer, failure = pcall(self.world.inside, self.world, invoke, self, text, invocation.block(headers),
    deadline_ms)
  self.is_busy = false
  local problem = fakes.take_problem() or not ok and answer or nil
  if problem ~= nil then
    error(problem, 0)
  end
  return answer, failure
end

--- Moves the app's time on.
---@param ms integer
function App:advance(ms)
  self.clock:advance(ms)
end

--- Runs the functions of lambda.on_shutdown, and forgets the app.
function App:close()
  if self.is_open then
    self.is_open = false
    self.world:inside(run_hooks, self, SHUTDOWN, "Shutdown Error")
  end
end

App.__close = App.close

--- Fills the world. Nothing in it has run yet.
local function furnish(app, options)
  local contents = app.world.contents
  app.files = files.install(contents.io, contents.globals)
  app.environment:install(contents.os)
  app.clock:install(contents.os)
  app.guard:install(contents.coroutine)
  install_exit(app, contents.os)
  app.native, app.begin = natives.new(app.clock, function(record)
    app.logs[#app.logs + 1] = record
  end, function(text)
    app.files.stdout:write(text)
  end)
  contents.loaded["lambda.native"] = app.native
  for name, module in next, options.modules or {} do
    contents.loaded[name] = module
  end
  modules.install(app.world, worlds.own_globals(app.world), {
    ["lambda.curl"] = function() return fakes.transport(app) end,
  })
end

--- Loads the handler, within the world; the failure when it does not load.
local function load(app)
  local ok, raised, trace = run(app, nil, function()
    local settings = app.environment:settings()
    app.codec, app.margin_ms = app.environment:limits()
    settings.script_end = app.script_end
    app.boot = require("lambda.boot")(settings)
    app.convention = app.boot.load()
  end)
  if ok then
    return nil
  elseif not app.boot then
    local is_typed = type(raised) == "table" and raised.type
    return setmetatable(document(is_typed or "Function.InitError", is_typed and raised.message or tostring(raised)),
      failure_mt)
  end
  return describe(app, raised, trace, "init")
end

---@param handler string
---@param options lambda.testing.Options?
---@return lambda.testing.App
function M.load(handler, options)
  if type(handler) ~= "string" then
    error(format("bad argument #1 to 'testing.load' (a handler expected, such as 'app.handler', got a %s)",
      type(handler)), 3)
  end
  options = invocation.check_options(options, KNOWN, "testing.load", 3)
  local app = setmetatable({
    logs = {}, output = "", count = 0, is_open = true, script_end = {}, world = worlds.new(),
    clock = clocks.new(options.now_ms), environment = environments.new(handler, options),
  }, App)
  app.guard = guards.new(app.clock)
  furnish(app, options)
  local failure = app.world:inside(load, app)
  if failure then
    error(failure, 0)
  end
  return app
end

return M
