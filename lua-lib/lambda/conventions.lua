--- How the event reaches the handler, and what makes the answer: docs/conventions.md. The default, json, is none of
--- this: the function is called as it is.
local errors = require("lambda.errors")
local native = require("lambda.native")

-- A handler that forgets `local` may overwrite any global.
local error, rawget, require, setmetatable, type = error, rawget, require, setmetatable, type
local format, lower = string.format, string.lower
local raw = native.json.raw

local M = {}

--- What the headers are asked for that are none: the names of another runtime for Lua (aws-lambda-lua-runtime, 2019),
--- which had the headers' text under them.
local ALIASES = {
  request_id = "lambda-runtime-aws-request-id",
  deadline = "lambda-runtime-deadline-ms",
  cognito_identity = "lambda-runtime-cognito-identity",
}

--- The table of headers, which also knows the fields of the context: f(body, headers), f(body, context).
local function headers_of(context)
  local headers = context.headers
  return setmetatable(headers, { __index = function(_, name)
    if type(name) ~= "string" then
      return nil
    end
    local value = rawget(headers, lower(name)) or rawget(headers, ALIASES[name])
    if value ~= nil then
      return value
    end
    return context[name]
  end })
end

--- f(body, headers): the event is its bytes; a string is the answer as it stands.
local function string_convention(f)
  return function(body, context)
    local result, failure = f(body, headers_of(context))
    if type(result) == "string" then
      return raw(result)
    end
    return result, failure
  end
end

local MAKERS = {
  json = function(f) return f end,
  string = string_convention,
  stdio = function(f, mark) return require("lambda.stdio").wrap(f, mark) end,
  http = function(f) return require("lambda.http_convention").wrap(f) end,
}

--- Has a function take part in a convention: gives one that lambda.boot can call.
---@param convention any  a name, or what a module has in its place
---@param f function
---@param mark lightuserdata  for stdio
---@param is_choice boolean?   f is what lambda.choice gave
---@return fun(event: any, context: lambda.Context): any, any
function M.wrap(convention, f, mark, is_choice)
  local make = type(convention) == "string" and rawget(MAKERS, convention)
  if not make then
    error(errors.fault("Runtime.ConfigInvalid", format(
      "the handler's convention is %s, which is none of: json, string, stdio, http",
      type(convention) == "string" and "'" .. convention .. "'" or "a " .. type(convention))), 0)
  end
  if is_choice then
    return f(function(one) return make(one, mark) end)
  end
  return make(f, mark)
end

return M
