--- An HTTP answer as the event's source wants it: API Gateway 1.0 and 2.0, function URL, load balancer.
--- docs/http-convention.md is the manual.
local native = require("lambda.native")

-- A handler that forgets `local` may overwrite any global.
local next, require, tostring, type = next, require, tostring, type
local find, format, lower, match = string.find, string.format, string.lower, string.match
local concat, sort, math_type, tointeger, utf8_len = table.concat, table.sort, math.type, math.tointeger, utf8.len

local M = {}

---@class lambda.Answer
---@field status integer?                                     200 when absent
---@field headers table<string, string|number|(string|number)[]>?  a list: the header several times
---@field cookies string[]?                                   "name=value; Path=/" each
---@field body string?                                        bytes

--- A header's value: text or a number, no control characters, which would begin another header.
local function header_text(value)
  local text = (type(value) == "string" or math_type(value)) and tostring(value)
  return text and not find(text, "[%z\1-\8\10-\31\127]") and utf8_len(text) and text or nil
end

local function check_status(status)
  if status == nil then
    return 200
  elseif not math_type(status) or not tointeger(status) or status < 100 or status > 599 then
    return nil, format("the status must be an integer from 100 to 599, not %s", type(status) == "string"
      and format("the text %q", status) or tostring(status))
  end
  return tointeger(status)
end

--- Adds the values of a list in their order, whichever way the table was built; nil when it is no list, or holds what
--- is no text of the wanted kind.
local function add_values(list, values, text_of)
  local count = #values
  for key in next, values do
    if math_type(key) ~= "integer" or key < 1 or key > count then
      return nil
    end
  end
  for index = 1, count do
    local text = text_of(values[index])
    if not text then
      return nil
    end
    list[#list + 1] = text
  end
  return true
end

--- Adds a value, or each of a list, to the header's list; nil and what is wrong.
local function add_header(lists, name, value)
  if type(name) ~= "string" or not find(name, "^[%w!#$%%&'*+%-.^_`|~]+$") then
    return nil, format("%q is no name of a header", tostring(name))
  end
  local list = lists[lower(name)] or {}
  if not add_values(list, type(value) == "table" and value or { value }, header_text) then
    return nil, format("the header %s must be text in UTF-8 without control characters, or a list of such", name)
  end
  lists[lower(name)] = #list > 0 and list or nil
  return true
end

local function cookie_text(value)
  return type(value) == "string" and header_text(value) or nil
end

--- Names in lower case to lists of values, and the cookies apart; nil and what is wrong.
---@return table<string, string[]>?
---@return string[]|string cookies_or_problem
local function collect(answer)
  local lists, given, given_cookies = {}, answer.headers or {}, answer.cookies or {}
  if type(given) ~= "table" or type(given_cookies) ~= "table" then
    return nil, "headers and cookies must be tables"
  end
  for name, value in next, given do
    local ok, problem = add_header(lists, name, value)
    if not ok then
      return nil, problem
    end
  end
  local cookies = lists["set-cookie"] or {}
  lists["set-cookie"] = nil
  if not add_values(cookies, given_cookies, cookie_text) then
    return nil, "a cookie must be text in UTF-8 without control characters, in a list of such"
  end
  return lists, cookies
end

local TEXTS = {
  "^text/", "%+json$", "%+xml$", "^application/json$", "^application/xml$", "^application/javascript$",
  "^application/yaml$", "^application/x%-ndjson$", "^application/x%-www%-form%-urlencoded$",
}

--- Whether a body goes as text. Said by its type, if it has one and is not packed; by its bytes in any case.
local function is_text(body, lists)
  local content_type, encoding = (lists["content-type"] or {})[1], (lists["content-encoding"] or {})[1]
  if not utf8_len(body) or encoding and lower(encoding) ~= "identity" then
    return false
  elseif not content_type then
    return true
  end
  local media_type = match(lower(content_type), "^%s*([^;%s]*)")
  for _, pattern in next, TEXTS do
    if find(media_type, pattern) then
      return true
    end
  end
  return false
end

local function sorted_names(lists)
  local names = {}
  for name in next, lists do
    names[#names + 1] = name
  end
  sort(names)
  return names
end

--- Each list as one value, as far as HTTP allows it (RFC 9110 §5.3).
local function joined(lists)
  local headers = native.json.object()
  for _, name in next, sorted_names(lists) do
    headers[name] = concat(lists[name], ", ")
  end
  return headers
end

local function all_lists(lists, cookies)
  local multi = native.json.object()
  for name, list in next, lists do
    multi[name] = native.json.array(list)
  end
  multi["set-cookie"] = #cookies > 0 and native.json.array(cookies) or nil
  return multi
end

--- What differs between the sources: headers and cookies.
local PUT = {}

function PUT.v2(result, lists, cookies)
  result.headers = joined(lists)
  result.cookies = #cookies > 0 and native.json.array(cookies) or nil
  return true
end

PUT.url = PUT.v2

function PUT.v1(result, lists, cookies)
  local several = {}
  for name, list in next, lists do
    if #list > 1 then
      several[name], lists[name] = list, nil
    end
  end
  result.headers = joined(lists)
  if next(several) or #cookies > 0 then
    result.multiValueHeaders = all_lists(several, cookies)
  end
  return true
end

function PUT.alb(result, lists, cookies, request)
  result.statusDescription = format("%d %s", result.statusCode, require("lambda.reason").of(result.statusCode))
  if type(request.event.multiValueHeaders) == "table" then
    result.multiValueHeaders = all_lists(lists, cookies)
    return true
  elseif #cookies > 1 then
    return nil, "several cookies need a target group with multi-value headers enabled "
      .. "(lambda.multi_value_headers.enabled)"
  end
  result.headers = joined(lists)
  result.headers["set-cookie"] = cookies[1]
  return true
end

--- What the function answers to the event that the request came in; nil and what is wrong with the answer.
---@param request lambda.Request
---@param answer lambda.Answer
---@return table?
---@return string? err
function M.to_event(request, answer)
  local status, problem = check_status(answer.status)
  local lists, cookies = collect(answer)
  local body = answer.body == nil and "" or answer.body
  if not status or not lists then
    return nil, problem or cookies
  elseif type(body) ~= "string" then
    return nil, format("the body must be a string, not a %s", type(body))
  end
  local as_text = is_text(body, lists)
  local result = {
    statusCode = status,
    body = as_text and body or require("lambda.crypto").base64(body),
    isBase64Encoded = not as_text,
  }
  local ok
  ok, problem = PUT[request.kind](result, lists, cookies, request)
  return ok and result or nil, problem
end

--- The same for lambda.stream: one value a header, and the cookies.
---@param answer lambda.Answer
---@return { status: integer, headers: table<string, string>, cookies: string[]? }?
---@return string? err
function M.to_stream(answer)
  local status, problem = check_status(answer.status)
  local lists, cookies = collect(answer)
  if not status or not lists then
    return nil, problem or cookies
  end
  return { status = status, headers = joined(lists), cookies = #cookies > 0 and cookies or nil }
end

return M
