--- What S3 answers about an object, and what it refuses.
local xml = require("lambda.aws.xml")

-- A handler that forgets `local` may overwrite any global.
local string = string
local format, math_type, next, tonumber = string.format, math.type, next, tonumber

local M = {}

---@class lambda.aws.S3Answer
---@field body string?            of get, unless `to` took it
---@field status integer
---@field headers table<string, string>
---@field etag string?
---@field content_type string?
---@field content_length integer?
---@field last_modified string?
---@field version_id string?
---@field metadata table<string, string>

--- S3's errors are XML; a HEAD has no body, and its status must do.
local STATUS_CODES = { [304] = "NotModified", [403] = "AccessDenied", [404] = "NotFound", [412] = "PreconditionFailed" }

---@param response lambda.http.Response
---@return string? code
---@return string? reason
function M.read_error(response)
  local root = xml.read(response.body or "")
  local code, reason = xml.text(root, "Code"), xml.text(root, "Message")
  local region = response.headers["x-amz-bucket-region"]
  if (response.status == 301 or response.status == 307 or code == "AuthorizationHeaderMalformed") and region
    and string.find(region, "^[%w-]+$") then
    reason = format("%s The bucket is in %s: aws.client(\"s3\", { region = \"%s\" })", reason or "", region, region)
  end
  return code or STATUS_CODES[response.status], reason
end

---@param response lambda.http.Response
---@return lambda.aws.S3Answer
function M.new(response)
  local headers = response.headers
  local metadata = {}
  for name, value in next, headers do
    local short = string.match(name, "^x%-amz%-meta%-(.+)$")
    if short then
      metadata[short] = value
    end
  end
  local len = tonumber(headers["content-length"])
  return {
    body = response.body, status = response.status, headers = headers, etag = headers.etag,
    content_type = headers["content-type"], content_length = math_type(len) == "integer" and len or nil,
    last_modified = headers["last-modified"], version_id = headers["x-amz-version-id"], metadata = metadata,
  }
end

return M
