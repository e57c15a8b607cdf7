--- What handlers reach for: local lambda = require "lambda".
local json = require("lambda.json")

-- A handler that forgets `local` may overwrite any global.
local rawget, require = rawget, require

--- What is loaded when it is first used: a module as a whole, or one of its members.
local WHOLE = {
  aws = "lambda.aws",
  batch = "lambda.batch",
  crypto = "lambda.crypto",
  http = "lambda.http",
  idempotency = "lambda.idempotency",
  log = "lambda.log",
  metrics = "lambda.metrics",
  params = "lambda.params",
  request = "lambda.request",
  response = "lambda.response",
  router = "lambda.router",
  trace = "lambda.trace",
  validate = "lambda.validate",
}
local MEMBERS = {
  error = { "lambda.errors", "new" },
  on_error = { "lambda.errors", "on_error" },
  stream = { "lambda.stream", "new" },
  on_shutdown = { "lambda.lifecycle", "on_shutdown" },
  after = { "lambda.lifecycle", "after" },
  before_snapshot = { "lambda.lifecycle", "before_snapshot" },
  after_restore = { "lambda.lifecycle", "after_restore" },
  environment = { "lambda.environment", "copy" },
  exec = { "lambda.exec", "run" },
  libraries = { "lambda.native", "libraries" },
  worker = { "lambda.worker", "new" },
}

---@class lambda
---@field aws lambda.aws
---@field batch lambda.Batch
---@field http lambda.http
---@field idempotency lambda.idempotency
---@field metrics lambda.metrics
---@field params lambda.params
---@field trace lambda.trace
---@field log lambda.Log
---@field crypto lambda.Crypto
---@field validate lambda.Validate
---@field router lambda.Router
---@field request { from: fun(event: any): lambda.Request?, string? }
---@field response { to_event: fun(request: lambda.Request, answer: lambda.Answer): table?, string? }
---@field libraries fun(): { name: string, version: string, licence: string, source: string }[]  what this is made of
---@field stream fun(body: any, ...): lambda.Stream  see lambda.stream
---@field environment fun(): table<string, string>  see lambda.environment
---@field error fun(type_name: string, message: string, data?: any): lambda.Error  see lambda.errors
---@field on_error fun(fn?: fun(err: lambda.Failure, context: lambda.Context))
---@field exec fun(options: lambda.exec.Options): lambda.exec.Result?, lambda.Error?  see lambda.exec
---@field worker fun(command: string|string[], options?: lambda.worker.Options): lambda.Worker  see lambda.worker
local M = {
  null = json.null,
  isnull = json.isnull,
  array = json.array,
  object = json.object,
  raw = json.raw,
  json = json,
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
