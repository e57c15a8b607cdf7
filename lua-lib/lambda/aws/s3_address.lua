--- The URL of a bucket and of an object in it.
--- https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html
local requests = require("lambda.http.request")

-- A handler that forgets `local` may overwrite any global.
local string = string
local find, format, type = string.find, string.format, type

local M = {}

local KEY_LIMIT_BYTES = 1024

--- What is wrong with a bucket's name: old buckets may have capitals and underscores.
---@param bucket any
---@return string?
function M.bucket_problem(bucket)
  if type(bucket) == "string" and find(bucket, "^arn:") then
    return "the bucket is an ARN; access points are not addressed, but aws.sign signs requests to them"
  elseif type(bucket) ~= "string" or #bucket < 3 or #bucket > 255 or not find(bucket, "^[%w._-]+$")
    or not find(bucket, "%w") then
    return "the bucket's name is none (3 letters, digits, dots, hyphens, underscores at least)"
  end
end

--- What is wrong with a key.
---@param key any
---@return string?
function M.key_problem(key)
  if type(key) ~= "string" or key == "" then
    return "the key of the object is no text, or an empty one"
  elseif #key > KEY_LIMIT_BYTES then
    return format("the key of the object is longer than %d bytes", KEY_LIMIT_BYTES)
  end
end

--- Whether the name can be a label of a host that a certificate for *.s3… covers.
local function is_label(bucket)
  return #bucket <= 63 and find(bucket, "^[%l%d][%l%d-]*[%l%d]$") ~= nil
end

--- The bucket as part of the host's name where that can be, else as the path's first segment.
---@param url string         of the service, without a slash at its end
---@param is_custom boolean  an endpoint of the caller's, which hardly answers to the names of buckets
---@param bucket string
---@param key string?
---@return string
function M.url(url, is_custom, bucket, key)
  local path = key and string.gsub(key, "[^/]+", requests.escape) or ""
  if not is_custom and is_label(bucket) then
    return (string.gsub(url, "^https://", "https://" .. bucket .. ".")) .. "/" .. path
  end
  return url .. "/" .. bucket .. (key and "/" .. path or "")
end

return M
