--- What goes before the body of a streamed HTTP answer: status, headers and cookies as JSON, then eight NULs.
local json = require("lambda.json")

-- A handler that forgets `local` may overwrite any global.
local pairs, tostring, type = pairs, tostring, type
local math_type, tointeger, utf8_len = math.type, math.tointeger, utf8.len

local M = {}

--- The content type of a post that begins with one.
M.TYPE = "application/vnd.awslambda.http-integration-response"

--- What is wrong with an option of lambda.stream, as `nil, text`.
---@param name string
---@param format string
---@param ... any  for it
---@return nil, string
function M.bad(name, format, ...)
  return nil, ("bad option '%s' to 'lambda.stream' (%s)"):format(name, format:format(...))
end

--- A string or a number as it may stand in a header; nil otherwise.
---@param value any
---@return string?
function M.header_text(value)
  local text = (type(value) == "string" or math_type(value)) and tostring(value)
  return text and not text:find("[%z\1-\31\127]") and utf8_len(text) and text or nil
end

local REFUSED = {
  ["content-length"] = "nobody knows the length of a stream before its end",
  ["transfer-encoding"] = "the platform chooses it",
}

local function check_headers(headers)
  if type(headers) ~= "table" then
    return M.bad("headers", "a table expected, got %s", type(headers))
  end
  local checked = json.object()
  for name, value in pairs(headers) do
    if type(name) ~= "string" or not name:find("^[%w!#$%%&'*+%-.^_`|~]+$") then
      return M.bad("headers", "%q is no name of a header", tostring(name))
    elseif REFUSED[name:lower()] then
      return M.bad("headers", "%s: %s", name, REFUSED[name:lower()])
    end
    checked[name] = M.header_text(value)
    if not checked[name] then
      return M.bad("headers", "%s: a string expected, UTF-8 without control characters", name)
    end
  end
  return checked
end

local function check_cookies(cookies)
  local checked = json.array()
  for index, cookie in pairs(type(cookies) == "table" and cookies or { false }) do
    local is_in_order = math_type(index) == "integer" and index >= 1 and index <= #cookies
    if not is_in_order or type(cookie) ~= "string" or not M.header_text(cookie) then
      return M.bad("cookies", "an array of strings expected, UTF-8 without control characters")
    end
    checked[index] = cookie
  end
  return checked
end

local function check_status(status)
  if not math_type(status) or not tointeger(status) or status < 100 or status > 599 then
    return M.bad("status", "an integer from 100 to 599 expected, got %s", tostring(status))
  end
  return tointeger(status)
end

local function has_header(headers, wanted)
  for name in pairs(headers) do
    if name:lower() == wanted then
      return true
    end
  end
  return false
end

--- The bytes for the status, headers, cookies and content_type among these options, or nil and what is wrong.
---@param options lambda.stream.Options
---@return string?, string?
function M.new(options)
  local status, headers, cookies, problem
  status, problem = check_status(options.status or 200)
  if not problem then
    headers, problem = check_headers(options.headers or {})
  end
  if not problem and options.cookies then
    cookies, problem = check_cookies(options.cookies)
  end
  if problem then
    return nil, problem
  elseif options.content_type and has_header(headers, "content-type") then
    return M.bad("content_type", "it is among the headers already")
  end
  headers["content-type"] = headers["content-type"] or options.content_type
  return json.encode({ statusCode = status, headers = headers, cookies = cookies }, { sort = true }) .. ("\0"):rep(8)
end

return M
