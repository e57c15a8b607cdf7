--- What handlers reach for: local lambda = require "lambda".
local errors = require("lambda.errors")
local json = require("lambda.json")

-- A handler that forgets `local` may overwrite any global.
local rawget, require = rawget, require

---@class lambda
---@field stream fun(body: any, ...): lambda.Stream  see lambda.stream
local M = {
  null = json.null,
  isnull = json.isnull,
  array = json.array,
  object = json.object,
  raw = json.raw,
  json = json,
  error = errors.new,
}

-- What few handlers use is loaded when it is.
local lazy = {
  stream = function() return require("lambda.stream").new end,
}

return setmetatable(M, {
  __index = function(lambda, name)
    local load = lazy[name]
    if load then
      lambda[name] = load()
    end
    return rawget(lambda, name)
  end,
})
