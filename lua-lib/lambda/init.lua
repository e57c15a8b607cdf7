--- What handlers reach for: local lambda = require "lambda".
local errors = require("lambda.errors")
local json = require("lambda.json")

-- A handler that forgets `local` may overwrite any global.
local rawget, require = rawget, require

--- What is loaded when it is first used: a module as a whole, or one of its members.
local WHOLE = { log = "lambda.log" }
local MEMBERS = {
  stream = { "lambda.stream", "new" },
  on_shutdown = { "lambda.lifecycle", "on_shutdown" },
  after = { "lambda.lifecycle", "after" },
  before_snapshot = { "lambda.lifecycle", "before_snapshot" },
  after_restore = { "lambda.lifecycle", "after_restore" },
  libraries = { "lambda.native", "libraries" },
}

---@class lambda
---@field log lambda.Log
---@field libraries fun(): { name: string, version: string, licence: string, source: string }[]  what this is made of
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

return setmetatable(M, {
  __index = function(lambda, name)
    local whole, member = WHOLE[name], MEMBERS[name]
    if whole then
      lambda[name] = require(whole)
    elseif member then
      lambda[name] = require(member[1])[member[2]]
    end
    return rawget(lambda, name)
  end,
})
