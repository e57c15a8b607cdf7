--- A handler under test.
local clocks = require("lambda.testing.clock")
local environments = require("lambda.testing.environment")
local facts = require("lambda.events.facts")
local fakes = require("lambda.testing.fakes")
local files = require("lambda.testing.files")
local guards = require("lambda.testing.guard")
local invocation = require("lambda.testing.invocation")
local modules = require("lambda.testing.modules")
local natives = require("lambda.testing.native")
local running = require("lambda.testing.run")
local worlds = require("lambda.testing.world")

local error, format, next, pcall, require, setmetatable, tostring, type =
  error, string.format, next, pcall, require, setmetatable, tostring, type

local M = {}

---@class lambda.testing.Options
---@field root string?        the task root; the working directory
---@field env table<string, string|false>?  variables of the function; false for one that is not there
---@field memory_mb integer?  what the function is told it has; 128
---@field modules table<string, any>?  what `require` gives the handler, by name
---@field now_ms integer?     a time (Unix epoch) that stands still, but for app:advance

local KNOWN = { root = "string", env = "table", memory_mb = "number", modules = "table", now_ms = "number" }

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
  local ok, answer, failure = pcall(self.world.inside, self.world, running.event, self, text, invocation.block(headers),
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
    self.world:inside(running.shut_down, self)
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
  local ok, raised, trace = running.run(app, nil, function()
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
    return running.failure(is_typed or "Function.InitError", is_typed and raised.message or tostring(raised))
  end
  return running.describe(app, raised, trace, "init")
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
