--- What becomes of an error in a route: an answer, and a record in the log. Loaded when the first one comes up.
local chain = require("lambda.router.chain")
local errors = require("lambda.errors")
local exchange = require("lambda.exchange")
local frames = require("lambda.frames")
local json = require("lambda.json")
local reason = require("lambda.reason")

-- A handler that forgets `local` may overwrite any global.
local error, ipairs, require, type = error, ipairs, require, type
local find, math_type = string.find, math.type

local M = {}

local OPTIONS = { sort = true, encoding = "replace" }

--- What no answer may hide: Lua's memory ran out (the runtime decides what follows), or the time is up. The guard of
--- the deadline raises again by itself; a stream that comes too late does not.
---@param raised any
function M.pass_on(raised)
  if type(raised) == "string" and find(raised, "not enough memory$") then
    error(raised, 0)
  elseif errors.read(raised) == "Function.DeadlineExceeded" then
    error(raised, 0)
  end
end

--- An error as a function given to app:on_error gets it.
---@class lambda.router.Failure
---@field type string            "Function.LuaError" for what has none
---@field message string
---@field data any               of lambda.error
---@field status integer         what app:map says, else 500
---@field stack_trace string[]?  innermost first; of what was raised
---@field raised any             what was raised, or returned behind nil

--- The handler's frames: ours are left out by lambda.errors, the call that protects is not.
local function stack_of(trace)
  local list = json.array()
  for _, frame in ipairs(frames.of(trace)) do
    if frame ~= "[C]: in function 'xpcall'" then
      list[#list + 1] = frame
    end
  end
  return #list > 0 and list or nil -- plain lua5.4 has no frames of ours to tell them by
end

---@return lambda.router.Failure
local function describe(run, raised, was_raised)
  local type_name, message = errors.read(raised)
  local data
  if type_name then
    data = raised.data
  else
    type_name, message = was_raised and "Function.LuaError" or "Function.Error", errors.returned(raised).message
  end
  return {
    type = type_name, message = frames.without_our_position(message), data = data, raised = raised,
    status = run.app.statuses[type_name] or 500,
    stack_trace = was_raised and stack_of(run.trace or "") or nil,
  }
end

--- Never the path, query or body: they are the client's, and may be secret.
local function log(run, failure, what)
  require("lambda.log").error(what .. failure.message, {
    errorType = failure.type, stackTrace = failure.stack_trace, route = run.req.route, status = failure.status,
  })
end

local function send(res, status, body)
  res.status, res.headers["content-type"] = status, nil
  res:send(json.encode(body, OPTIONS), "application/json")
end

--- The answer unless on_error gives one: the message of an error whose type has a status; of any other nothing.
local function send_default(run, failure)
  if run.app.statuses[failure.type] then
    return send(run.res, run.res.status, { message = failure.message, type = failure.type })
  end
  M.send_plain(run)
end

--- Says nothing but that it went wrong, and under which id the log has it.
---@param run lambda.router.Run
function M.send_plain(run)
  local status = math_type(run.res.status) == "integer" and run.res.status or 500
  send(run.res, status, {
    message = reason.of(status), requestId = run.context and run.context.aws_request_id,
  })
end

--- Asks the app's on_error, if it has one; false when that failed.
local function ask(run, failure)
  local on_error = run.app.error_handler
  if not on_error then
    return true
  end
  local ok, raised, was_raised = chain.attempt(run, on_error, failure, run.req, run.res, run.context)
  if not ok then
    M.pass_on(raised)
    log(run, describe(run, raised, was_raised), "on_error failed: ")
  end
  return ok
end

--- Logs an error that is the function's fault, and puts the answer into run.res, which holds none.
---@param run lambda.router.Run
---@param raised any
---@param was_raised boolean?  rather than returned behind nil
function M.answer(run, raised, was_raised)
  local res, failure = run.res, describe(run, raised, was_raised)
  if failure.status >= 500 then
    log(run, failure, "")
  end
  res.status = failure.status
  if not ask(run, failure) then
    exchange.clear(res)
    res.status = 500
    M.send_plain(run)
  elseif exchange.is_empty(res) then
    send_default(run, failure)
  end
end

--- For an answer that cannot be sent as it is: nobody is asked, and nothing of it stays.
---@param run lambda.router.Run
---@param raised any
function M.replace(run, raised)
  M.pass_on(raised)
  log(run, describe(run, raised, true), "the answer cannot be sent: ")
  exchange.clear(run.res)
  run.res.status = 500
  M.send_plain(run)
end

return M
