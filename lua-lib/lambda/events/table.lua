--- Changes of a DynamoDB table.
--- https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html
local attributes = require("lambda.aws.attributes")
local facts = require("lambda.events.facts")
local json = require("lambda.json")

local M = {}

---@class lambda.events.Change  plain tables, which become attribute values
---@field keys table<string, any>
---@field new table<string, any>?  without it the item was removed
---@field old table<string, any>?  without it the item was inserted

---@class lambda.events.Dynamodb
---@field changes lambda.events.Change[]?
---@field table string?   "table"

--- Key and images of a change as attribute values; raises for the builder's caller.
local function images_of(change, index)
  local images = {}
  for _, name in ipairs({ "keys", "new", "old" }) do
    local item, image, problem = change[name], nil, nil
    if type(item) == "table" then
      image, problem = attributes.marshal_item(item)
    elseif item ~= nil then
      problem = ("a table expected, got a %s"):format(type(item))
    end
    if problem then
      error(("events.dynamodb: changes[%d].%s: %s"):format(index, name, problem), 3)
    end
    images[name] = image
  end
  return images
end

--- A batch of a table's stream, with new and old images.
---@param options lambda.events.Dynamodb?
---@return table
function M.dynamodb(options)
  local o = facts.options("dynamodb", options, { changes = "table", table = "string" }, 2)
  local records = json.array()
  for i, change in ipairs(facts.list(o.changes, { keys = { id = "1" }, new = { id = "1", name = "Ada" } })) do
    if type(change) ~= "table" or type(change.keys) ~= "table" then
      error(("events.dynamodb: changes[%d] must be a table like { keys =, new =, old = }"):format(i), 2)
    end
    local images = images_of(change, i)
    records[i] = {
      eventID = ("%032d"):format(i), eventVersion = "1.1", eventSource = "aws:dynamodb", awsRegion = facts.REGION,
      eventName = not images.new and "REMOVE" or images.old and "MODIFY" or "INSERT",
      dynamodb = {
        ApproximateCreationDateTime = facts.TIME_S, Keys = images.keys, NewImage = images.new,
        OldImage = images.old, SequenceNumber = ("%021d"):format(i), SizeBytes = 26,
        StreamViewType = "NEW_AND_OLD_IMAGES",
      },
      eventSourceARN = ("arn:aws:dynamodb:%s:%s:table/%s/stream/2026-01-01T00:00:00.000")
        :format(facts.REGION, facts.ACCOUNT, o.table or "table"),
    }
  end
  return { Records = records }
end

return M
