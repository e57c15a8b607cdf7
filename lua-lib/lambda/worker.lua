--- A child program that lives across invocations and is asked over its standard input and output:
--- local app = lambda.worker("./application"). docs/worker.md is the manual.
local errors = require("lambda.errors")
local framings = require("lambda.framing")
local log = require("lambda.log")
local program = require("lambda.program")

-- A handler that forgets `local` may overwrite any global.
local string = string
local error, ipairs, max, min, require, setmetatable, type =
  error, ipairs, math.max, math.min, require, setmetatable, type

local M = {}

local WHO = "lambda.worker"
local GRACE_MS = 100 -- for an end that is under way, or was asked for
local SIGTERM = 15
local LAST_WORDS_LIMIT_BYTES = 64 * 1024

---@class lambda.worker.Options
---@field framing "line"|"until"|"length"|"raw"|nil  how messages are told apart; default "line"
---@field terminator string?       with "until": what ends a message, both ways
---@field length_format string?    with "length": string.pack's form of it; default ">I4"
---@field respawn "lazy"|"eager"|nil  when one that failed is started again: for the next call (default), or at once
---@field env table<string, string|false>?  on top of ours; false hides a variable
---@field cwd string?              relative to the task root; default: where we are
---@field timeout_ms integer?      of a call; in any case it gives up before the event's time is up
---@field max_answer_bytes integer?  default 6 MiB
---@field stderr_level string?     of the records that its standard error becomes; default "error"
---@field on_exit fun(status: integer?, signal: integer?)?  called when it has ended, unless close or restart ended it

---@class lambda.Worker
---@field private plan lambda.program.Plan
---@field private process lambda.program.Process?
---@field private is_busy boolean   a question was put and not answered: its state is unknown
---@field private is_closed boolean
---@field private framing table
local Worker = {}
Worker.__index = Worker
Worker.__name = "lambda.Worker"

local LEVELS = { "trace", "debug", "info", "warn", "error", "fatal" }

--- As in runtime/log.h.
local function number_of(level)
  for index, name in ipairs(LEVELS) do
    if name == level then
      return index - 1
    end
  end
end

--- Starts a program that will be asked. Raises when it does not start: an init error that says why.
---@param command string|string[]  a path, or its words
---@param options lambda.worker.Options?
---@return lambda.Worker
function M.new(command, options)
  options = options or {}
  if type(options) ~= "table" then
    error(string.format("bad argument #2 to '%s' (a table expected, got %s)", WHO, type(options)), 2)
  elseif options.on_exit ~= nil and type(options.on_exit) ~= "function" then
    error(string.format("%s: on_exit must be a function, not a %s", WHO, type(options.on_exit)), 2)
  end
  local framing = program.check_choice(WHO, options, "framing", "line", { "line", "until", "length", "raw" })
  local self = setmetatable({
    plan = program.plan(WHO, command, options),
    framing = framings[framing](options),
    is_eager = program.check_choice(WHO, options, "respawn", "lazy", { "lazy", "eager" }) == "eager",
    timeout_ms = program.check_count(WHO, options, "timeout_ms", nil, 1),
    limit_bytes = program.check_count(WHO, options, "max_answer_bytes", program.ANSWER_LIMIT_BYTES, 0),
    on_exit = options.on_exit,
    is_busy = false, is_closed = false,
  }, Worker)
  self.plan.stderr_level = number_of(program.check_choice(WHO, options, "stderr_level", "error", LEVELS))
  local why
  self.process, why = program.start(self.plan)
  if not self.process then
    error(errors.new("WorkerNotStarted", why), 0)
  end
  return self
end

--- Ends the process, which may have ended already; how it did.
---@param grace_ms integer  for an end that is under way
---@return string? how  nil when it had not ended by itself
function Worker:bury(grace_ms)
  local process = self.process
  self.process, self.is_busy = nil, false
  local has_ended, status, signal, name = process:wait(grace_ms)
  process:stop()
  if not has_ended then
    signal = 9
  end
  if self.on_exit then
    self.on_exit(status, signal)
  end
  return has_ended and program.describe_exit(status, name)
end

--- Starts it again, unless on_exit has closed it; or nil, and the error.
---@return lambda.program.Process?
---@return lambda.Error?
function Worker:respawn()
  local why
  if self.is_closed then
    return nil, errors.new("WorkerNotStarted", self.plan.file .. " was closed")
  end
  self.process, why = program.start(self.plan)
  if not self.process then
    return nil, errors.new("WorkerNotStarted", why)
  end
  return self.process
end

--- Why the process at hand cannot be asked; nil when it can.
---@return string?
function Worker:unfit()
  local process = self.process
  if self.is_busy then
    self:bury(0)
    return "a call of it was broken off"
  end
  local surplus_bytes, is_open = process:look()
  if not is_open then
    return self:bury(GRACE_MS) or "it had closed its standard input or output"
  elseif surplus_bytes > 0 and not self.framing.keeps_surplus then
    self:bury(0)
    return string.format("it wrote %d bytes that no call had asked for", surplus_bytes)
  end
  return nil
end

--- A process that can be asked: the one at hand, or a new one.
---@return lambda.program.Process?
---@return lambda.Error?
function Worker:ready()
  local reason = self.process and self:unfit()
  if reason then
    log.warn(string.format("%s is started again: %s", self.plan.file, reason))
  end
  if self.process then
    return self.process
  end
  return self:respawn()
end

local function too_long(self)
  return errors.new("WorkerAnswerTooLarge",
    string.format("%s answered with more than %d bytes, and was killed", self.plan.file, self.limit_bytes))
end

--- The error of a call, by what dialogue it ended with. The process is gone then.
local failures = {
  ["too long"] = function(self)
    self:bury(0)
    return too_long(self)
  end,
  late = function(self, waited_ms)
    self:bury(0)
    return errors.new("WorkerTimedOut", string.format("%s gave no answer within %d ms, and was killed",
      self.plan.file, waited_ms))
  end,
  silent = function(self)
    local how = self:bury(GRACE_MS) or "closed its standard output, and was killed,"
    return errors.new("WorkerExited", string.format("%s %s before its answer was whole", self.plan.file, how))
  end,
  starved = function(self)
    self:bury(0)
    return errors.new("WorkerAnswerTooLarge",
      string.format("there was no memory for the answer of %s, which was killed", self.plan.file))
  end,
}

--- What a failed call gives; an eager worker is started again meanwhile.
---@param state string
---@param waited_ms integer
---@return nil
---@return lambda.Error
function Worker:fail(state, waited_ms)
  local err = failures[state](self, waited_ms)
  if self.is_eager and not self.process and not self.is_closed then
    local _, why = self:respawn()
    if why then
      log.error(why)
    end
  end
  return nil, err
end

---@class lambda.worker.CallOptions
---@field timeout_ms integer?  instead of the worker's
---@field count integer?       with framing "raw": how many bytes the answer has; default: what comes first

--- Sends a message and waits for the answer. nil and a typed error (WorkerExited, WorkerTimedOut, WorkerNotStarted,
--- WorkerAnswerTooLarge) when there is none; the program is ended then, and the message not sent again.
---@param text string
---@param options lambda.worker.CallOptions?
---@return string?
---@return lambda.Error?
function Worker:call(text, options)
  options = options or {}
  if self.is_closed then
    error(WHO .. ": the worker was closed", 2)
  elseif type(text) ~= "string" then
    error(string.format("%s: a message must be a string, not a %s", WHO, type(text)), 2)
  elseif type(options) ~= "table" then
    error(string.format("%s: a call's options must be a table, not a %s", WHO, type(options)), 2)
  end
  local timeout_ms = program.check_count(WHO, options, "timeout_ms", self.timeout_ms, 1)
  local kind, detail, is_little = self.framing.await(program.check_count(WHO, options, "count", nil, 0))
  local message = self.framing.put(text)
  local until_ms = program.until_ms(timeout_ms)
  local process, err = self:ready()
  if not process then
    return nil, err
  end
  local left_ms = program.left_ms(until_ms)
  self.is_busy = true
  process:ask(left_ms, self.limit_bytes, kind, detail, is_little)
  local state, answer = program.converse(process, message)
  if state ~= "answered" then
    return self:fail(state, max(left_ms, 0))
  end
  self.is_busy = false
  return answer
end

--- A handler that sends {"event":…,"context":…} and returns the answer: decoded ("json", the default), as a string
--- ("text"), or as JSON that nobody checks ("raw").
---@param answer "json"|"text"|"raw"|nil
---@return fun(event: any, context: lambda.Context): any, lambda.Error?
function Worker:handler(answer)
  local handler = require("lambda.worker_handler").new(self, self.plan.file, answer) -- no tail call: it blames ours
  return handler
end

--- Asks it to end: by the end of its input, then by SIGTERM, then kills it.
local function retire(self)
  local process = self.process
  self.process = nil
  if not process then
    return
  end
  local left_ms = max(0, min(GRACE_MS, program.left_ms(program.until_ms())))
  if not self.is_busy then
    process:ask(left_ms, LAST_WORDS_LIMIT_BYTES, "all")
    program.converse(process, "", true)
    if not process:wait(left_ms) then
      process:signal(SIGTERM)
      process:wait(left_ms)
    end
  end
  self.is_busy = false
  process:stop()
end

--- Ends the program for good. It may finish what it does: its standard input ends, 100 ms later comes SIGTERM, 100 ms
--- later SIGKILL.
function Worker:close()
  self.is_closed = true
  retire(self)
end

--- Ends the program, and starts it anew. nil and an error when it does not start.
---@return true?
---@return lambda.Error?
function Worker:restart()
  retire(self)
  self.is_closed = false
  local process, err = self:respawn()
  return process and true, err
end

--- Of the running process; nil when there is none.
---@return integer?
function Worker:pid()
  return self.process and self.process:pid()
end

function Worker:__close()
  self:close()
end

return M
