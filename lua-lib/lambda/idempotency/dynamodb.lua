--- Records of lambda.idempotency in a DynamoDB table with the partition key `id` (a string), TTL on `expiration`.
--- Attributes as Powertools for AWS Lambda names them, and `owner`.

-- A handler that forgets `local` may overwrite any global.
local require, setmetatable, type = require, setmetatable, type

---@class lambda.idempotency.DynamoDB: lambda.idempotency.Store
---@field private table_name string
---@field private given any  a client of lambda.aws, or nil
local DynamoDB = {}
DynamoDB.__index = DynamoDB

local M = {}

-- Words like "status" and "owner" are reserved in expressions.
local NOT_TAKEN = "attribute_not_exists(#id) OR #expiration < :now_s"
  .. " OR (#status = :in_progress AND #in_progress_expiration < :now_ms)"
local OWN = "#owner = :owner"

--- The client that was given, or one of our own.
---@return lambda.aws.Client
function DynamoDB:client()
  return self.given or require("lambda.aws").client("dynamodb")
end

--- true; false when the condition did not hold; nil and the error.
local function outcome(answer, err)
  if answer then
    return true
  elseif type(err) == "table" and err.code == "ConditionalCheckFailedException" then
    return false
  end
  return nil, err
end

function DynamoDB:begin(record, now_ms)
  return outcome(self:client():PutItem({
    TableName = self.table_name, Item = record, ConditionExpression = NOT_TAKEN,
    ExpressionAttributeNames = {
      ["#id"] = "id", ["#expiration"] = "expiration", ["#status"] = "status",
      ["#in_progress_expiration"] = "in_progress_expiration",
    },
    ExpressionAttributeValues = { [":now_s"] = now_ms // 1000, [":now_ms"] = now_ms, [":in_progress"] = "INPROGRESS" },
  }))
end

function DynamoDB:read(id)
  local answer, err = self:client():GetItem({ TableName = self.table_name, Key = { id = id }, ConsistentRead = true })
  if not answer then
    return nil, err
  end
  return answer.Item
end

function DynamoDB:complete(record)
  return outcome(self:client():UpdateItem({
    TableName = self.table_name, Key = { id = record.id }, ConditionExpression = OWN,
    UpdateExpression = "SET #data = :data, #expiration = :expiration, #status = :status",
    ExpressionAttributeNames = {
      ["#owner"] = "owner", ["#data"] = "data", ["#expiration"] = "expiration", ["#status"] = "status",
    },
    ExpressionAttributeValues = {
      [":owner"] = record.owner, [":data"] = record.data, [":expiration"] = record.expiration,
      [":status"] = record.status,
    },
  }))
end

function DynamoDB:release(record)
  local is_released, err = outcome(self:client():DeleteItem({
    TableName = self.table_name, Key = { id = record.id }, ConditionExpression = OWN,
    ExpressionAttributeNames = { ["#owner"] = "owner" }, ExpressionAttributeValues = { [":owner"] = record.owner },
  }))
  if is_released == nil then
    return nil, err
  end
  return true -- where another one has it by now, there is nothing left to release
end

---@param table_name string
---@param client any  of lambda.aws; made when it is first needed unless given
---@return lambda.idempotency.DynamoDB
function M.new(table_name, client)
  return setmetatable({ table_name = table_name, given = client }, DynamoDB)
end

return M
