--- The convention http: function(req, res, context, log). docs/http-convention.md is the manual.
local exchange = require("lambda.exchange")
local native = require("lambda.native")
local requests = require("lambda.request")

-- A handler that forgets `local` may overwrite any global.
local error, format, getmetatable, require, type = error, string.format, getmetatable, require, type

local M = {}

--- What a handler may return: nothing, res, or what is an answer by itself.
local function is_own_answer(result)
  local mt = type(result) == "table" and getmetatable(result)
  return mt and (mt == native.json.raw_mt or mt == native.stream_mt)
end

--- f(req, res, context, log).
---@param f function
---@return fun(event: any, context: lambda.Context): any, any
function M.wrap(f)
  return function(event, context)
    local req, problem = requests.from(event)
    if not req then
      error(require("lambda.errors").fault("Runtime.UnmarshalError", problem), 0)
    end
    local res = exchange.new()
    local result, failure = f(req, res, context, context.log)
    if result == nil and failure ~= nil or is_own_answer(result) then
      return result, failure
    elseif result ~= nil and result ~= res then
      error(format("a handler of the convention http answers through res, but this one returned a %s", type(result)), 0)
    end
    return exchange.answer(req, res)
  end
end

return M
