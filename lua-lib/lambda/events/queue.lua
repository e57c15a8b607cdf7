--- Messages: SQS, SNS, Kinesis.
--- https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html, with-sns.html, with-kinesis.html
local facts = require("lambda.events.facts")
local json = require("lambda.json")

local M = {}

---@class lambda.events.Sqs
---@field bodies any[]?   one message each; tables become JSON
---@field queue string?   "queue"; one that ends in .fifo is a FIFO queue
---@field groups string[]?  FIFO: the message groups of the bodies; "group" for those without

--- A batch of an SQS queue.
---@param options lambda.events.Sqs?
---@return table
function M.sqs(options)
  local o = facts.options("sqs", options, { bodies = "table", queue = "string", groups = "table" }, 2)
  facts.check_list("sqs", "groups", o.groups, 2)
  local queue, records = o.queue or "queue", json.array()
  for i, value in ipairs(facts.list(o.bodies, "Hello from SQS!")) do
    local body = facts.text("sqs", "bodies", value, 2)
    local sent_ms = tostring(facts.TIME_S * 1000)
    local attributes = {
      ApproximateReceiveCount = "1", SentTimestamp = sent_ms, SenderId = "AIDAMADEUPSENDER00001",
      ApproximateFirstReceiveTimestamp = sent_ms,
    }
    if queue:find("%.fifo$") then
      attributes.MessageGroupId = o.groups and o.groups[i] or "group"
      attributes.MessageDeduplicationId, attributes.SequenceNumber = tostring(i), ("%020d"):format(i)
    end
    records[i] = {
      messageId = facts.uuid(i), receiptHandle = "made-up-" .. i, body = body, attributes = attributes,
      messageAttributes = json.object(), md5OfBody = require("lambda.events.md5")(body), eventSource = "aws:sqs",
      eventSourceARN = ("arn:aws:sqs:%s:%s:%s"):format(facts.REGION, facts.ACCOUNT, queue), awsRegion = facts.REGION,
    }
  end
  return { Records = records }
end

---@class lambda.events.Sns
---@field message any?     text; a table becomes JSON
---@field subject string?
---@field topic string?    "topic"

--- A notification of an SNS topic: always one.
---@param options lambda.events.Sns?
---@return table
function M.sns(options)
  local o = facts.options("sns", options, { message = "any", subject = "string", topic = "string" }, 2)
  local arn = ("arn:aws:sns:%s:%s:%s"):format(facts.REGION, facts.ACCOUNT, o.topic or "topic")
  return { Records = json.array({ {
    EventVersion = "1.0", EventSource = "aws:sns", EventSubscriptionArn = arn .. ":" .. facts.uuid(2),
    Sns = {
      Type = "Notification", MessageId = facts.uuid(1), TopicArn = arn, Subject = o.subject or json.null,
      Message = facts.text("sns", "message", o.message, 2) or "Hello from SNS!",
      Timestamp = facts.iso(facts.TIME_S, true),
      SignatureVersion = "1", Signature = "made-up", MessageAttributes = json.object(),
      SigningCertUrl = ("https://sns.%s.amazonaws.com/made-up.pem"):format(facts.REGION),
      UnsubscribeUrl = ("https://sns.%s.amazonaws.com/?Action=Unsubscribe"):format(facts.REGION),
    },
  } }) }
end

---@class lambda.events.Kinesis
---@field data any[]?      one record each, bytes; tables become JSON
---@field stream string?   "stream"
---@field partition_key string?

--- A batch of one shard of a Kinesis stream.
---@param options lambda.events.Kinesis?
---@return table
function M.kinesis(options)
  local o = facts.options("kinesis", options, { data = "table", stream = "string", partition_key = "string" }, 2)
  local records = json.array()
  for i, value in ipairs(facts.list(o.data, "Hello from Kinesis!")) do
    local sequence = "4959033827149025660855969253836157109592157598" .. ("%010d"):format(i)
    records[i] = {
      kinesis = {
        kinesisSchemaVersion = "1.0", partitionKey = o.partition_key or "1", sequenceNumber = sequence,
        data = require("lambda.crypto").base64(facts.text("kinesis", "data", value, 2)),
        approximateArrivalTimestamp = facts.TIME_S + 0.25,
      },
      eventSource = "aws:kinesis", eventVersion = "1.0", eventID = "shardId-000000000000:" .. sequence,
      eventName = "aws:kinesis:record", invokeIdentityArn = ("arn:aws:iam::%s:role/lambda-role"):format(facts.ACCOUNT),
      awsRegion = facts.REGION,
      eventSourceARN = ("arn:aws:kinesis:%s:%s:stream/%s"):format(facts.REGION, facts.ACCOUNT, o.stream or "stream"),
    }
  end
  return { Records = records }
end

return M
