--- What handlers reach for: local lambda = require "lambda".
local errors = require("lambda.errors")
local json = require("lambda.json")

local require = require

--- What is loaded when it is first used: a module as a whole, or one of its members.
local WHOLE = { log = "lambda.log" }
local MEMBERS = {
  on_shutdown = "lambda.lifecycle",
  after = "lambda.lifecycle",
  before_snapshot = "lambda.lifecycle",
  after_restore = "lambda.lifecycle",
}

---@class lambda
---@field log lambda.Log
local M = {
  null = json.null,
  isnull = json.isnull,
  array = json.array,
  object = json.object,
  raw = json.raw,
  json = json,
  error = errors.new,
  on_error = errors.on_error,
}

return setmetatable(M, {
  __index = function(lambda, name)
    local module = WHOLE[name] and require(WHOLE[name]) or MEMBERS[name] and require(MEMBERS[name])[name]
    lambda[name] = module
    return module
  end,
})
