--- The services that a client knows, as their published models have them: target prefix, version of JSON, the name to
--- sign for, the token that leads to the next page.
-- A handler that forgets `local` may overwrite any global.
local concat, next, sort = table.concat, next, table.sort

---@class lambda.aws.Service
---@field protocol "json"|"s3"|"sns"|"lambda"
---@field prefix string    the host's first label
---@field signed_as string?  where it is not the prefix
---@field env string       AWS_ENDPOINT_URL_<this>
---@field target string?   what X-Amz-Target begins with
---@field version string?  of the JSON protocol
---@field pages lambda.aws.Tokens?  unless the operation has its own
---@field operations table<string, lambda.aws.Tokens>?

--- From the output's field to the input's.
---@class lambda.aws.Tokens
---@field input string
---@field output string
---@field drops string[]?  parameters that must not go with a token

local UPPER = { input = "NextToken", output = "NextToken" }
local LOWER = { input = "nextToken", output = "nextToken" }
local ITEMS = { input = "ExclusiveStartKey", output = "LastEvaluatedKey" }

local M = {}

---@type table<string, lambda.aws.Service>
local KNOWN = {
  dynamodb = {
    protocol = "json", prefix = "dynamodb", env = "DYNAMODB", target = "DynamoDB_20120810", version = "1.0",
    pages = UPPER, operations = {
      Query = ITEMS, Scan = ITEMS,
      ListTables = { input = "ExclusiveStartTableName", output = "LastEvaluatedTableName" },
      ListBackups = { input = "ExclusiveStartBackupArn", output = "LastEvaluatedBackupArn" },
    },
  },
  sqs = { protocol = "json", prefix = "sqs", env = "SQS", target = "AmazonSQS", version = "1.0", pages = UPPER },
  ssm = { protocol = "json", prefix = "ssm", env = "SSM", target = "AmazonSSM", version = "1.1", pages = UPPER },
  secretsmanager = {
    protocol = "json", prefix = "secretsmanager", env = "SECRETS_MANAGER", target = "secretsmanager", version = "1.1",
    pages = UPPER,
  },
  events = {
    protocol = "json", prefix = "events", env = "EVENTBRIDGE", target = "AWSEvents", version = "1.1", pages = UPPER,
  },
  stepfunctions = {
    protocol = "json", prefix = "states", env = "SFN", target = "AWSStepFunctions", version = "1.0", pages = LOWER,
  },
  kinesis = {
    protocol = "json", prefix = "kinesis", env = "KINESIS", target = "Kinesis_20131202", version = "1.1",
    pages = UPPER, operations = {
      ListShards = {
        input = "NextToken", output = "NextToken",
        drops = { "StreamName", "StreamCreationTimestamp", "ExclusiveStartShardId", "ShardFilter" },
      },
      GetRecords = { input = "ShardIterator", output = "NextShardIterator" },
    },
  },
  kms = {
    protocol = "json", prefix = "kms", env = "KMS", target = "TrentService", version = "1.1",
    pages = { input = "Marker", output = "NextMarker" },
  },
  logs = {
    protocol = "json", prefix = "logs", env = "CLOUDWATCH_LOGS", target = "Logs_20140328", version = "1.1",
    pages = LOWER, operations = { GetLogEvents = { input = "nextToken", output = "nextForwardToken" } },
  },
  lambda = { protocol = "lambda", prefix = "lambda", env = "LAMBDA" },
  s3 = { protocol = "s3", prefix = "s3", env = "S3" },
  sns = {
    protocol = "sns", prefix = "sns", env = "SNS", pages = UPPER,
    operations = { ListPhoneNumbersOptedOut = LOWER },
  },
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

--- How the pages of an operation are chained.
---@param service lambda.aws.Service
---@param operation string
---@return lambda.aws.Tokens
function M.tokens(service, operation)
  return service.operations and service.operations[operation] or service.pages
end

return M
