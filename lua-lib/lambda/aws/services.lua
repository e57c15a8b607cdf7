--- The services that a client knows, as their published models have them: target prefix, version of JSON, the name to
--- sign for.
-- A handler that forgets `local` may overwrite any global.
local concat, next, sort = table.concat, next, table.sort

---@class lambda.aws.Service
---@field protocol "json"|"query"|"s3"|"lambda"
---@field prefix string    the host's first label
---@field signed_as string?  where it is not the prefix
---@field env string       AWS_ENDPOINT_URL_<this>
---@field target string?   what X-Amz-Target begins with
---@field version string?  of the JSON protocol

local M = {}

---@type table<string, lambda.aws.Service>
local KNOWN = {
  dynamodb = {
    protocol = "json", prefix = "dynamodb", env = "DYNAMODB", target = "DynamoDB_20120810", version = "1.0",
  },
  sqs = { protocol = "json", prefix = "sqs", env = "SQS", target = "AmazonSQS", version = "1.0" },
  ssm = { protocol = "json", prefix = "ssm", env = "SSM", target = "AmazonSSM", version = "1.1" },
  secretsmanager = {
    protocol = "json", prefix = "secretsmanager", env = "SECRETS_MANAGER", target = "secretsmanager", version = "1.1",
  },
  events = { protocol = "json", prefix = "events", env = "EVENTBRIDGE", target = "AWSEvents", version = "1.1" },
  stepfunctions = { protocol = "json", prefix = "states", env = "SFN", target = "AWSStepFunctions", version = "1.0" },
  kinesis = { protocol = "json", prefix = "kinesis", env = "KINESIS", target = "Kinesis_20131202", version = "1.1" },
  kms = { protocol = "json", prefix = "kms", env = "KMS", target = "TrentService", version = "1.1" },
  logs = { protocol = "json", prefix = "logs", env = "CLOUDWATCH_LOGS", target = "Logs_20140328", version = "1.1" },
  lambda = { protocol = "lambda", prefix = "lambda", env = "LAMBDA" },
  s3 = { protocol = "s3", prefix = "s3", env = "S3" },
  sns = { protocol = "query", prefix = "sns", env = "SNS" },
}

--- Other names that people know them by.
local ALIASES = {
  eventbridge = "events", sfn = "stepfunctions", states = "stepfunctions", cloudwatchlogs = "logs",
  ["secrets-manager"] = "secretsmanager",
}

---@param name any
---@return lambda.aws.Service?
---@return string name  the one that it goes by here
function M.get(name)
  local own = ALIASES[name] or name
  return own ~= nil and KNOWN[own] or nil, own
end

--- All of them, or those of a protocol, for a message.
---@param protocol string?
---@return string
function M.names(protocol)
  local names = {}
  for name, service in next, KNOWN do
    names[#names + 1] = (not protocol or service.protocol == protocol) and name or nil
  end
  sort(names)
  return concat(names, ", ")
end

return M
