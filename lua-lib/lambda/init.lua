--- What handlers reach for: local lambda = require "lambda".
local errors = require("lambda.errors")
local json = require("lambda.json")

-- A handler that forgets `local` may overwrite any global.
local rawget, require = rawget, require

--- What is loaded when it is first used: a module as a whole, or one of its members.
local WHOLE = {
  batch = "lambda.batch",
  crypto = "lambda.crypto",
  http = "lambda.http",
  log = "lambda.log",
  metrics = "lambda.metrics",
  request = "lambda.request",
  response = "lambda.response",
  trace = "lambda.trace",
  validate = "lambda.validate",
}
local MEMBERS = {
  stream = { "lambda.stream", "new" },
  on_shutdown = { "lambda.lifecycle", "on_shutdown" },
  after = { "lambda.lifecycle", "after" },
  before_snapshot = { "lambda.lifecycle", "before_snapshot" },
  after_restore = { "lambda.lifecycle", "after_restore" },
  environment = { "lambda.environment", "copy" },
  exec = { "lambda.exec", "run" },
  worker = { "lambda.worker", "new" },
}

---@class lambda
---@field batch lambda.Batch
---@field http lambda.http
---@field metrics lambda.metrics
---@field trace lambda.trace
---@field log lambda.Log
---@field crypto lambda.Crypto
---@field validate lambda.Validate
---@field request { from: fun(event: any): lambda.Request?, string? }
---@field response { to_event: fun(request: lambda.Request, answer: lambda.Answer): table?, string? }
---@field stream fun(body: any, ...): lambda.Stream  see lambda.stream
---@field environment fun(): table<string, string>  see lambda.environment
---@field exec fun(options: lambda.exec.Options): lambda.exec.Result?, lambda.Error?  see lambda.exec
---@field worker fun(command: string|string[], options?: lambda.worker.Options): lambda.Worker  see lambda.worker
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
