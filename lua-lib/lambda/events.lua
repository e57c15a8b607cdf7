--- Events as the platform sends them, for specs and for `lunambda invoke --event NAME`. docs/events.md
--- Each builder takes a table of options and gives a table to be changed at will; the same options give the same event.
--- Not part of bootstrap: nothing in a function needs it.

---@class lambda.events
---@field apigw_v1 fun(options?: lambda.events.Http): table
---@field apigw_v2 fun(options?: lambda.events.Http): table
---@field alb fun(options?: lambda.events.Http): table
---@field function_url fun(options?: lambda.events.Http): table
---@field authorizer_token fun(options?: lambda.events.Authorizer): table
---@field authorizer_request fun(options?: lambda.events.Authorizer): table
---@field authorizer_v2 fun(options?: lambda.events.Authorizer): table
---@field sqs fun(options?: lambda.events.Sqs): table
---@field sns fun(options?: lambda.events.Sns): table
---@field kinesis fun(options?: lambda.events.Kinesis): table
---@field dynamodb fun(options?: lambda.events.Dynamodb): table
---@field s3 fun(options?: lambda.events.S3): table
---@field eventbridge fun(options?: lambda.events.Eventbridge): table
---@field scheduled fun(options?: lambda.events.Scheduled): table
---@field cognito fun(options?: lambda.events.Cognito): table
local M = {}

--- Which file knows which events.
local BUILDERS = {
  apigw_v1 = "lambda.events.http", apigw_v2 = "lambda.events.http",
  alb = "lambda.events.http", function_url = "lambda.events.http",
  authorizer_token = "lambda.events.authorizer", authorizer_request = "lambda.events.authorizer",
  authorizer_v2 = "lambda.events.authorizer",
  sqs = "lambda.events.queue", sns = "lambda.events.queue", kinesis = "lambda.events.queue",
  dynamodb = "lambda.events.table",
  s3 = "lambda.events.object",
  eventbridge = "lambda.events.bus", scheduled = "lambda.events.bus",
  cognito = "lambda.events.cognito",
}

--- The names of all builders, in order.
---@return string[]
function M.names()
  local names = {}
  for name in pairs(BUILDERS) do
    names[#names + 1] = name
  end
  table.sort(names)
  return names
end

return setmetatable(M, {
  __index = function(_, name)
    return BUILDERS[name] and require(BUILDERS[name])[name] or nil
  end,
})
