--- A page of a bucket's list (ListObjectsV2), out of its XML.
--- https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
local json = require("lambda.json")
local xml = require("lambda.aws.xml")

-- A handler that forgets `local` may overwrite any global.
local string = string
local ipairs, math_type, tonumber = ipairs, math.type, tonumber

local M = {}

---@class lambda.aws.S3Object
---@field key string
---@field size integer
---@field etag string
---@field last_modified string  "2026-11-20T08:15:00.000Z"
---@field storage_class string?

---@class lambda.aws.S3Page
---@field objects lambda.aws.S3Object[]
---@field prefixes string[]       what the delimiter folds together
---@field is_truncated boolean
---@field continuation_token string?  for the next page

--- As a form has it: keys are asked for like that, because XML cannot hold every byte.
local function unescaped(text)
  text = string.gsub(text, "+", " ")
  return (string.gsub(text, "%%(%x%x)", function(hex)
    return string.char(tonumber(hex, 16))
  end))
end

local function whole(text)
  local number = tonumber(text)
  return math_type(number) == "integer" and number or nil
end

local function object(element, decode)
  return {
    key = decode(xml.text(element, "Key") or ""), size = whole(xml.text(element, "Size")),
    etag = xml.text(element, "ETag"), last_modified = xml.text(element, "LastModified"),
    storage_class = xml.text(element, "StorageClass"),
  }
end

--- Why it is no page: one that says there are more, and not where, would pass for the last.
local function problem_of(root)
  if root.name ~= "ListBucketResult" then
    return "no ListBucketResult"
  elseif xml.text(root, "IsTruncated") == "true" and (xml.text(root, "NextContinuationToken") or "") == "" then
    return "a list that goes on, without a token for it"
  end
end

---@param text string
---@return lambda.aws.S3Page?
---@return string?  what is wrong with it
function M.read(text)
  local root, problem = xml.read(text)
  problem = problem or problem_of(root)
  if problem then
    return nil, problem
  end
  local function decode(value)
    return xml.text(root, "EncodingType") == "url" and unescaped(value) or value
  end
  local page = {
    objects = json.array(), prefixes = json.array(), is_truncated = xml.text(root, "IsTruncated") == "true",
    continuation_token = xml.text(root, "NextContinuationToken"),
  }
  for _, child in ipairs(root) do
    if child.name == "Contents" then
      page.objects[#page.objects + 1] = object(child, decode)
    elseif child.name == "CommonPrefixes" then
      page.prefixes[#page.prefixes + 1] = decode(xml.text(child, "Prefix") or "")
    end
  end
  return page
end

return M
