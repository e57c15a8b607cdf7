--- What handlers reach for: local lambda = require "lambda".
local errors = require("lambda.errors")
local json = require("lambda.json")

-- A handler that forgets `local` may overwrite any global.
local rawget, require, type = rawget, require, type

--- Modules that are loaded when they are first used, or a function of such a module.
local LAZY = { log = "lambda.log", stream = { "lambda.stream", "new" } }

---@class lambda
---@field log lambda.Log
---@field stream fun(body: any, ...): lambda.Stream  see lambda.stream
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
    local module = LAZY[name]
    if type(module) == "table" then
      M[name] = require(module[1])[module[2]]
    elseif module then
      M[name] = require(module)
    end
    return rawget(M, name)
  end,
})

return M
