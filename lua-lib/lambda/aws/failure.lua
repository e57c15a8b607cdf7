--- What a service answered instead of a result, as an error that can be raised or returned behind nil.
local cut = require("lambda.frames").cut
local errors = require("lambda.errors")

-- A handler that forgets `local` may overwrite any global.
local string = string
local concat, format, getmetatable, ipairs, next, setmetatable, type =
  table.concat, string.format, getmetatable, ipairs, next, setmetatable, type

local M = {}

local CODE_LIMIT_BYTES = 128
local NAME_LIMIT_BYTES = 1024 -- in which a code is searched, for which the time grows with the square
local REASON_LIMIT_BYTES = 2048
local TEXT_LIMIT_BYTES = 16 * 1024 -- what is searched for secrets
local MASK = "(secret)"

--- The document behind these quotes the signed request, its session token too.
local QUOTES_REQUEST = { SignatureDoesNotMatch = true, InvalidSignatureException = true }

---@class lambda.aws.Error: lambda.Error
---@field type "AwsError"
---@field message string      for a person: service, operation, code, reason, status, id of the request
---@field code string         "ConditionalCheckFailedException"; "NetworkError", "InvalidResponse", "ConfigurationError"
---@field reason string       what the service says
---@field status integer?     of HTTP; nil when there was no answer
---@field request_id string?
---@field is_retryable boolean  another try might do better
---@field service string
---@field operation string
---@field attempts integer?
---@field kind string?        of a NetworkError, as lambda.http has it
---@field details any         the document of the error, decoded, where there is one that does not quote the request

--- Without what signs the request, should a service send it back.
local function without_secrets(text, credentials)
  for _, secret in ipairs({ credentials.secret_access_key, credentials.session_token }) do
    if secret ~= "" then
      text = string.gsub(text, (string.gsub(secret, "%W", "%%%0")), MASK)
    end
  end
  return text
end

--- The document of an error in the same way, in a copy.
local function masked(value, credentials)
  if type(value) == "string" then
    return without_secrets(value, credentials)
  elseif type(value) ~= "table" then
    return value
  end
  local copy = setmetatable({}, getmetatable(value))
  for name, member in next, value do
    copy[name] = masked(member, credentials)
  end
  return copy
end

local function details_of(facts)
  if QUOTES_REQUEST[facts.code] then
    return nil
  end
  return facts.credentials and masked(facts.details, facts.credentials) or facts.details
end

local function reason_text(reason, code, credentials)
  local text = type(reason) == "string" and reason or ""
  if QUOTES_REQUEST[code] then
    text = string.match(text, "^[^\n]*")
  end
  text = string.sub(text, 1, TEXT_LIMIT_BYTES)
  text = cut(credentials and without_secrets(text, credentials) or text, REASON_LIMIT_BYTES)
  return (string.gsub(text, "%c+", " "))
end

--- "com.amazonaws.dynamodb.v20120810#ResourceNotFoundException", or with ":http://…" behind it, is its last name.
---@param text any
---@return string?  nil where it is no name
function M.code(text)
  if type(text) ~= "string" or #text > NAME_LIMIT_BYTES then
    return nil
  end
  local code = string.match(text, string.find(text, ":", 1, true) and "([%w._-]+):" or "([%w._-]+)$")
  return code and string.sub(code, 1, CODE_LIMIT_BYTES)
end

---@class lambda.aws.Facts
---@field code string
---@field reason any
---@field status integer?
---@field request_id string?
---@field kind string?
---@field details any
---@field credentials lambda.aws.Credentials?

---@param service string
---@param operation string
---@param facts lambda.aws.Facts
---@return lambda.aws.Error
function M.new(service, operation, facts)
  local reason = reason_text(facts.reason, facts.code, facts.credentials)
  local behind = {}
  behind[#behind + 1] = facts.status and format("status %d", facts.status) or nil
  behind[#behind + 1] = facts.request_id and "request " .. facts.request_id or nil
  local err = errors.new("AwsError", format("%s %s: %s%s%s", service, operation, facts.code,
    reason ~= "" and ": " .. reason or "", #behind > 0 and " (" .. concat(behind, ", ") .. ")" or ""))
  err.code, err.reason, err.status, err.request_id = facts.code, reason, facts.status, facts.request_id
  err.kind, err.details, err.service, err.operation = facts.kind, details_of(facts), service, operation
  err.is_retryable = false
  return err
end

return M
