--- A request as its caller writes it, checked, and as lambda/curl.so takes it.
local failure = require("lambda.http.failure")

-- A handler that forgets `local` may overwrite any global.
local string = string
local concat, ipairs, math_type, min, next, require, sort, tostring, type =
  table.concat, ipairs, math.type, math.min, next, require, table.sort, tostring, type

local M = {}

local CONNECT_TIMEOUT_MS = 5000
local BODY_LIMIT_BYTES = 32 * 1024 * 1024
local STREAM_LIMIT_BYTES = 1 << 60 -- in effect none: what `to` takes does not stay in memory
local REDIRECTS_LIMIT = 5

---@class lambda.http.Request
---@field url string
---@field method string?        "GET", "POST" where there is a body
---@field headers table<string, string|number|string[]>?
---@field query table<string, string|number|boolean|(string|number)[]>?  is added to the URL, escaped
---@field body string?
---@field json any              becomes the body, with its content type
---@field form table<string, string|number>?  the same as a form
---@field timeout_ms integer?   for all of it, redirects too; never beyond the deadline of the event
---@field connect_timeout_ms integer?  5000
---@field max_bytes integer?    of the answer's body; 32 MiB, without limit where `to` takes it
---@field to (fun(chunk: string): boolean?)|string?  takes the body of a 2xx answer: a function, or a file's path
---@field follow integer?       redirects at most; 5
---@field ca_file string?       certificates to trust instead of the system's
---@field exact boolean?        the path goes out with its dot segments, the body comes as it was stored
---@field direct boolean?       never through a proxy

local TYPES = {
  url = "string", method = "string", headers = "table", query = "table", body = "string", form = "table",
  timeout_ms = "integer", connect_timeout_ms = "integer", max_bytes = "integer", follow = "integer",
  ca_file = "string", exact = "boolean", direct = "boolean",
}

local function option_problem(name, value)
  local expected = TYPES[name]
  local actual = expected == "integer" and math_type(value) or type(value)
  if not expected and name ~= "json" and name ~= "to" then
    return string.format("there is no option '%s'", tostring(name))
  elseif expected and actual ~= expected then
    return string.format("%s: %s expected, got %s", name, expected, type(value))
  elseif expected == "integer" and value < 0 then
    return string.format("%s: must not be negative", name)
  end
end

--- What is wrong with the types of a request: the caller's mistake.
---@param request lambda.http.Request
---@return string?
function M.problem(request)
  if type(request) ~= "table" then
    return string.format("a table of options expected, got %s", type(request))
  end
  for name, value in next, request do
    local problem = option_problem(name, value)
    if problem then
      return problem
    end
  end
  if not request.url then
    return "url: string expected, got nil"
  elseif request.to ~= nil and type(request.to) ~= "function" and type(request.to) ~= "string" then
    return string.format("to: a function or a path expected, got %s", type(request.to))
  end
end

--- Bytes outside the unreserved characters of RFC 3986 as %XX.
---@param text any
---@return string
function M.escape(text)
  return (string.gsub(tostring(text), "[^%w%-._~]", function(byte)
    return string.format("%%%02X", string.byte(byte))
  end))
end

--- name=value pairs, in the order of the names.
local function pairs_text(map)
  local names, parts = {}, {}
  for name in next, map do
    names[#names + 1] = name
  end
  sort(names, function(a, b) return tostring(a) < tostring(b) end)
  for _, name in ipairs(names) do
    local values = type(map[name]) == "table" and map[name] or { map[name] }
    for _, value in ipairs(values) do
      parts[#parts + 1] = M.escape(name) .. "=" .. M.escape(value)
    end
  end
  return concat(parts, "&")
end

--- A URL with the pairs of a query behind those that it has.
---@param url string
---@param query table?
---@return string
function M.with_query(url, query)
  local text = query and pairs_text(query) or ""
  if text == "" then
    return url
  end
  local before, fragment = string.match(url, "^([^#]*)(.*)$")
  local separator = not string.find(before, "?", 1, true) and "?" or string.find(before, "[?&]$") and "" or "&"
  return before .. separator .. text .. fragment
end

--- The body, and the content type that it brings; or nil, nil and what is wrong.
---@param request lambda.http.Request
---@return string?, string?, string?
function M.read_body(request)
  if request.json ~= nil then
    local text, problem = require("lambda.json").encode(request.json)
    return text, "application/json", problem
  elseif request.form then
    return pairs_text(request.form), "application/x-www-form-urlencoded"
  end
  return request.body
end

--- The lines of one header; or nil and what is wrong with it.
local function add_lines(lines, name, value)
  if type(name) ~= "string" or not string.find(name, "^[%w!#$%%&'*+%-.^_`|~]+$") then
    return string.format("%q is no name of a header", tostring(name))
  end
  for _, each in ipairs(type(value) == "table" and value or { value }) do
    local text = (type(each) == "string" or math_type(each)) and tostring(each)
    if not text then
      return string.format("the header %s must be a string, got %s", name, type(each))
    elseif string.find(text, "[%z\1-\8\10-\31\127]") then
      return string.format("the header %s has a control character in its value", name)
    end
    -- libcurl takes "Name:" for "leave it out", and "Name;" for an empty one.
    lines[#lines + 1] = string.find(text, "%S") and name .. ": " .. text or name .. ";"
  end
end

--- The lines for libcurl, and the names that are among them, in lower case; or nil and what is wrong.
local function header_lines(headers, left_out)
  local lines, names = {}, {}
  for name, value in next, headers do
    local lower = type(name) == "string" and string.lower(name)
    if not left_out[lower] then
      local problem = add_lines(lines, name, value)
      if problem then
        return nil, problem
      end
      names[lower] = true
    end
  end
  return lines, names
end

local NONE = {}

--- The header lines with those that libcurl would add of itself, or must not.
---@param headers table
---@param content_type string?
---@param left_out table<string, true>?  names in lower case
---@return string[]?, string?
function M.lines(headers, content_type, left_out)
  local lines, names = header_lines(headers, left_out or NONE)
  if not lines then
    return nil, names
  end
  if not names["content-type"] then
    lines[#lines + 1] = content_type and "Content-Type: " .. content_type or "Content-Type:"
  end
  lines[#lines + 1] = not names["user-agent"] and "User-Agent: lunambda" or nil
  lines[#lines + 1] = not names.expect and "Expect:" or nil -- saves a round trip for long bodies
  return lines
end

--- What a redirect may change, apart from what the caller gave.
---@class lambda.http.Hop
---@field url string
---@field method string
---@field body string?
---@field content_type string?
---@field left_out table<string, true>

---@class lambda.http.Plan
---@field request lambda.http.Request
---@field first lambda.http.Hop
---@field limit_bytes integer
---@field connect_timeout_ms integer
---@field follow integer

--- Why a request cannot be sent: the kind of the failure and the reason; nothing when it can be.
local function obstacle(request, method)
  if not string.find(method, "^[%w!#$%%&'*+%-.^_`|~]+$") then
    return "other", string.format("%q is no method", method)
  elseif not string.find(request.url, "^[Hh][Tt][Tt][Pp][Ss]?://[^/]") or string.find(request.url, "[%c ]") then
    return "url", "not an http:// or https:// URL, or one with blanks in it"
  end
  local _, problem = M.lines(request.headers or NONE)
  return problem and "header", problem
end

local HAS_BODY = { POST = true, PUT = true, PATCH = true }

---@param request lambda.http.Request
---@param method string
---@param body string?
---@param content_type string?
---@return lambda.http.Hop
local function first_hop(request, method, body, content_type)
  if not body and HAS_BODY[method] then
    body = "" -- so that Content-Length: 0 is sent
  end
  return {
    url = M.with_query(request.url, request.query), method = method, body = body, content_type = content_type,
    left_out = NONE,
  }
end

--- The request as it will be sent; nil and the error when that cannot be.
---@param request lambda.http.Request  without problems
---@return lambda.http.Plan?
---@return lambda.http.Error?
function M.plan(request)
  local body, content_type, problem = M.read_body(request)
  local method = string.upper(request.method or (body and "POST" or "GET"))
  local kind = problem and "other"
  if not kind then
    kind, problem = obstacle(request, method)
  end
  if kind then
    return nil, failure.new(kind, method, request.url, problem)
  end
  return {
    request = request, first = first_hop(request, method, body, content_type),
    limit_bytes = min(request.max_bytes or (request.to and STREAM_LIMIT_BYTES or BODY_LIMIT_BYTES), STREAM_LIMIT_BYTES),
    connect_timeout_ms = request.connect_timeout_ms or CONNECT_TIMEOUT_MS, follow = request.follow or REDIRECTS_LIMIT,
  }
end

return M
