--- Runs middleware and the route's handler, each inside the one before, and has every failure become an answer at the
--- place where it came up: the functions around it go on and see its status.
local exchange = require("lambda.exchange")
local native = require("lambda.native")

-- A handler that forgets `local` may overwrite any global.
local error, getmetatable, next, require, type, xpcall = error, getmetatable, next, require, type, xpcall
local traceback, format = debug.traceback, string.format
local raw_mt, stream_mt = native.json.raw_mt, native.stream_mt

local M = {}

--- One request on its way.
---@class lambda.router.Run
---@field app lambda.router.App
---@field req lambda.router.Request
---@field res lambda.Response
---@field context lambda.Context?
---@field functions function[]  middleware, the handler last
---@field trace string?         of what was raised last
---@field trap function         message handler

---@param app lambda.router.App
---@param req lambda.router.Request
---@param res lambda.Response
---@param context lambda.Context?
---@return lambda.router.Run
function M.new(app, req, res, context)
  local run = { app = app, req = req, res = res, context = context }
  function run.trap(raised)
    run.trace = traceback("", 2)
    return raised
  end
  return run
end

--- What a function returned becomes the body.
local function settle(res, result)
  local kind = type(result)
  if kind == "string" then
    res:send(result)
  elseif kind ~= "table" then
    error(format("a route returns a table (sent as JSON), a string (sent as text) or nothing (res), not a %s", kind), 0)
  elseif getmetatable(result) == raw_mt then
    res:send(result[1], result.content_type or res.headers["content-type"] or "application/json")
  elseif getmetatable(result) == stream_mt then
    error("a route streams by res:stream(…), not by returning lambda.stream(…)", 0)
  elseif result ~= res then
    res:json(result)
  end
end

--- Calls a function for an answer; true and the error when it returned nil and one.
local function call(res, fn, ...)
  local result, failure = fn(...)
  if result ~= nil then
    settle(res, result)
  elseif failure ~= nil then
    return true, failure
  end
end

--- Calls fn(...) for an answer in res. False when that failed; then also why, and whether it was raised.
---@param run lambda.router.Run
---@param fn function
---@param ... any
---@return boolean
---@return any failure
---@return boolean? was_raised
function M.attempt(run, fn, ...)
  run.trace = nil
  local ok, is_failed, failure = xpcall(call, run.trap, run.res, fn, ...)
  if not ok then
    return false, is_failed, true
  end
  return not is_failed, failure
end

--- A copy of a list or table; of what is none, nothing.
local function copy(value)
  local result = {}
  for name, each in next, type(value) == "table" and value or result do
    result[name] = each
  end
  return result
end

--- What a function that failed had put into the answer goes; headers and cookies that were there before it stay.
local function restore(res, headers, cookies)
  exchange.clear(res)
  for name, value in next, headers do
    res.headers[name] = value
  end
  res.headers["content-type"], res.cookies = nil, cookies
end

--- Runs the function at a place, and those behind it when it calls next().
local function step(run, at)
  local fn, res = run.functions[at], run.res
  local headers, cookies = copy(res.headers), copy(res.cookies)
  local proceed, was_called
  if run.functions[at + 1] then
    function proceed()
      if was_called then
        error("next() was called before: a request passes each function once", 2)
      end
      was_called = true
      step(run, at + 1)
    end
  end
  local ok, failure, was_raised = M.attempt(run, fn, run.req, res, run.context, proceed)
  if not ok then
    local failures = require("lambda.router.failure")
    failures.pass_on(failure)
    restore(res, headers, cookies)
    failures.answer(run, failure, was_raised)
  end
end

--- Runs them all; what they answer, or what became of their failure, is in run.res.
---@param run lambda.router.Run
---@param functions function[]  at least one
function M.run(run, functions)
  run.functions = functions
  step(run, 1)
end

return M
