--- A loop over the pages of an operation, and the tokens that lead from one to the next, as the services' published
--- models have them.
local checked = require("lambda.aws.options")

local error, ipairs, type = error, ipairs, type

local M = {}

--- From the output's field to the input's.
---@class lambda.aws.Tokens
---@field input string
---@field output string
---@field drops string[]?  parameters that must not go with a token

local UPPER = { input = "NextToken", output = "NextToken" }
local LOWER = { input = "nextToken", output = "nextToken" }
local ITEMS = { input = "ExclusiveStartKey", output = "LastEvaluatedKey" }

--- Of those that have not UPPER for all.
local BY_SERVICE = {
  kms = { input = "Marker", output = "NextMarker" }, logs = LOWER, stepfunctions = LOWER,
}
local BY_OPERATION = {
  dynamodb = {
    Query = ITEMS, Scan = ITEMS,
    ListTables = { input = "ExclusiveStartTableName", output = "LastEvaluatedTableName" },
    ListBackups = { input = "ExclusiveStartBackupArn", output = "LastEvaluatedBackupArn" },
  },
  kinesis = {
    ListShards = {
      input = "NextToken", output = "NextToken",
      drops = { "StreamName", "StreamCreationTimestamp", "ExclusiveStartShardId", "ShardFilter" },
    },
    GetRecords = { input = "ShardIterator", output = "NextShardIterator" },
  },
  logs = { GetLogEvents = { input = "nextToken", output = "nextForwardToken" } },
  sns = { ListPhoneNumbersOptedOut = LOWER },
}

--- How the pages of an operation are chained.
---@param service string    as lambda.aws.services has it
---@param operation string
---@return lambda.aws.Tokens
function M.tokens(service, operation)
  local own = BY_OPERATION[service]
  return own and own[operation] or BY_SERVICE[service] or UPPER
end

local function without(map, drops)
  local result = checked.copy(map)
  for _, name in ipairs(drops or {}) do
    result[name] = nil
  end
  return result
end

--- Iterates: `for page in paging.over(…) do`. What fails is raised, as the typed error that it is, for a loop that
--- ends early would pass for a complete one.
---@param call fun(parameters: table): table?, lambda.Error?
---@param parameters table  of the first page
---@param tokens lambda.aws.Tokens
---@return fun(): table?
function M.over(call, parameters, tokens)
  local is_over = false
  return function()
    if is_over then
      return nil
    end
    local page, err = call(parameters)
    if not page then
      is_over = true
      error(err, 0)
    end
    local token = page[tokens.output]
    -- CloudWatch Logs and others give the same token again at the end.
    local is_last = token == nil or token == "" or type(token) == "userdata" or token == parameters[tokens.input]
    is_over = is_last
    if not is_last then
      parameters = without(parameters, tokens.drops)
      parameters[tokens.input] = token
    end
    return page
  end
end

return M
