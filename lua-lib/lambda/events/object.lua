--- Objects of S3.
--- https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
local facts = require("lambda.events.facts")
local json = require("lambda.json")

local M = {}

---@class lambda.events.S3
---@field bucket string?   "bucket"
---@field key string?      "folder/file name.txt"; the event has it as S3 writes it: escaped, a blank as +
---@field name string?     of the event: "ObjectCreated:Put"
---@field size_bytes integer?
---@field etag string?

local KNOWN = { bucket = "string", key = "string", name = "string", size_bytes = "number", etag = "string" }

local function escape(key)
  return (key:gsub("[^%w%-._~/ ]", function(byte)
    return ("%%%02X"):format(byte:byte())
  end):gsub(" ", "+"))
end

--- A notification of a bucket.
---@param options lambda.events.S3?
---@return table
function M.s3(options)
  local o = facts.options("s3", options, KNOWN, 2)
  local bucket, name = o.bucket or "bucket", o.name or "ObjectCreated:Put"
  local object = { key = escape(o.key or "folder/file name.txt"), sequencer = "0A1B2C3D4E5F678901" }
  if name:find("^ObjectCreated") then
    object.size, object.eTag = o.size_bytes or 1024, o.etag or "0123456789abcdef0123456789abcdef"
  end
  return { Records = json.array({ {
    eventVersion = "2.1", eventSource = "aws:s3", awsRegion = facts.REGION, eventName = name,
    eventTime = facts.iso(facts.TIME_S, true), userIdentity = { principalId = "AWS:MADEUP" },
    requestParameters = { sourceIPAddress = "192.0.2.1" },
    responseElements = { ["x-amz-request-id"] = "C3D13FE58DE4C810", ["x-amz-id-2"] = "made-up" },
    s3 = {
      s3SchemaVersion = "1.0", configurationId = "notification",
      bucket = { name = bucket, ownerIdentity = { principalId = "MADEUP" }, arn = "arn:aws:s3:::" .. bucket },
      object = object,
    },
  } }) }
end

return M
