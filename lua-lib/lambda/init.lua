--- What handlers reach for: local lambda = require "lambda".
local errors = require("lambda.errors")
local json = require("lambda.json")

---@class lambda
local M = {
  null = json.null,
  isnull = json.isnull,
  array = json.array,
  object = json.object,
  raw = json.raw,
  json = json,
  error = errors.new,
}

--- Rarely used, so loaded on first use: name → module.
local lazy = {
  on_shutdown = "lambda.lifecycle",
  after = "lambda.lifecycle",
  before_snapshot = "lambda.lifecycle",
  after_restore = "lambda.lifecycle",
}

return setmetatable(M, {
  __index = function(lambda, name)
    local module = lazy[name]
    if module then
      lambda[name] = require(module)[name]
      return rawget(lambda, name)
    end
  end,
})
