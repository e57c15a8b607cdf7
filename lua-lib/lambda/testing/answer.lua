--- What becomes of a handler's result: the bytes for the platform, and those as a spec looks at them.
local json = require("lambda.json")
local prelude = require("lambda.prelude")

local error, find, format, sub, type = error, string.find, string.format, string.sub, type
local concat = table.concat

local M = {}

--- Of the Runtime API.
local LIMIT_BYTES = 6 * 1024 * 1024 + 100
local CONTENT_TYPE_LIMIT_BYTES = 255

---@class lambda.testing.Streamed
---@field body string
---@field chunks string[]         as they were written
---@field prelude table?          statusCode, headers, cookies
---@field content_type string?

--- Raises as runtime/host.c does.
local function check_content_type(content_type)
  if content_type == nil then
    return
  elseif type(content_type) ~= "string" then
    error(format("the content type is a %s, not a string", type(content_type)), 0)
  elseif #content_type > CONTENT_TYPE_LIMIT_BYTES then
    error(format("the content type is longer than %d bytes", CONTENT_TYPE_LIMIT_BYTES), 0)
  end
  local at = find(content_type, "[%z\1-\31\127]")
  if at then
    error(format("the content type has a control character at byte %d", at), 0)
  end
end

--- The bytes that the platform gets; raises when there are none.
---@param result any
---@param content_type string?
---@param options lambda.json.EncodeOptions
---@return string
function M.encode(result, content_type, options)
  check_content_type(content_type)
  local text, problem = json.encode(result, options)
  return text or error(problem, 0)
end

--- Why the platform would refuse it; nothing when it takes it.
---@param text string
---@return string?
function M.too_large(text)
  if #text > LIMIT_BYTES then
    return format("Response payload size (%d bytes) exceeded maximum allowed payload size (%d bytes).", #text,
      LIMIT_BYTES)
  end
end

--- The same for a spec: decoded, and bytes where it is none of JSON.
---@param text string
---@param is_bytes boolean  the handler gave bytes
---@return any
function M.decode(text, is_bytes)
  if is_bytes then
    return text
  end
  local value, problem = json.decode(text)
  return problem and text or value
end

--- Collects a streamed answer.
---@param content_type string?
---@return fun(bytes: string): true send
---@return fun(): lambda.testing.Streamed finish
function M.collector(content_type)
  local answer = { chunks = {}, content_type = content_type }
  local has_head = content_type ~= prelude.TYPE
  return function(bytes)
    if not has_head then
      has_head, answer.prelude = true, json.decode(sub(bytes, 1, -9))
    else
      answer.chunks[#answer.chunks + 1] = bytes
    end
    return true
  end, function()
    answer.body = concat(answer.chunks)
    return answer
  end
end

return M
