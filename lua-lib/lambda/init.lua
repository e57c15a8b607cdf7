--- What handlers reach for: local lambda = require "lambda".
local errors = require("lambda.errors")
local json = require("lambda.json")

local require = require

--- Modules that are loaded when they are first used.
local LAZY = { log = "lambda.log" }

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

setmetatable(M, {
  __index = function(_, name)
    if LAZY[name] then
      M[name] = require(LAZY[name])
    end
    return rawget(M, name)
  end,
})

return M
