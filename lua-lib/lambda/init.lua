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

return M
