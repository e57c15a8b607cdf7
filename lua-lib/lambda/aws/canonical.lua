--- The canonical form of a request, which both sides of a signature make for themselves.
--- https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
local requests = require("lambda.http.request")

-- A handler that forgets `local` may overwrite any global.
local string = string
local concat, error, ipairs, math_type, next, sort, tonumber, tostring, type =
  table.concat, error, ipairs, math.type, next, table.sort, tonumber, tostring, type

local M = {}

--- What proxies and clients change on the way, and what a signature brings itself.
local UNSIGNED = {
  authorization = true, connection = true, expect = true, ["transfer-encoding"] = true, ["user-agent"] = true,
  ["x-amzn-trace-id"] = true,
}
local DEFAULT_PORT = { http = ":80", https = ":443" }

---@class lambda.aws.Url
---@field scheme string
---@field host string   with its port when that is not the scheme's own, as the Host header has it
---@field path string   as it goes over the wire
---@field query string  the same, without the question mark

--- The parts of a URL; nil when it is none.
---@param url any
---@return lambda.aws.Url?
function M.parts(url)
  local scheme, authority, rest = string.match(type(url) == "string" and url or "", "^(%a+)://([^/?#]+)([^#]*)")
  scheme = scheme and string.lower(scheme)
  if not DEFAULT_PORT[scheme] then
    return nil
  end
  local host = string.lower((string.gsub(authority, "^.*@", "")))
  local port = DEFAULT_PORT[scheme]
  if string.sub(host, -#port) == port then
    host = string.sub(host, 1, -#port - 1)
  end
  local path, query = string.match(rest, "^([^?]*)%??(.*)$")
  return { scheme = scheme, host = host, path = path == "" and "/" or path, query = query }
end

local function unescape(text)
  return (string.gsub(text, "%%(%x%x)", function(hex)
    return string.char(tonumber(hex, 16))
  end))
end

--- Without dot segments and empty ones (RFC 3986 §6.2.2.3).
local function normalized(path)
  local segments = {}
  for segment in string.gmatch(path, "[^/]+") do
    if segment == ".." then
      segments[#segments] = nil
    elseif segment ~= "." then
      segments[#segments + 1] = segment
    end
  end
  local is_folder = #segments > 0 and string.sub(path, -1) == "/"
  return "/" .. concat(segments, "/") .. (is_folder and "/" or "")
end

local function escape_path(path)
  return (string.gsub(path, "[^/]+", requests.escape))
end

--- The path: of what goes over the wire each byte that is not unreserved is escaped, once more where it was escaped
--- before. S3 takes it as the name of an object, escaped once and with all its dots and slashes.
---@param path string
---@param is_object boolean?
---@param is_normalized boolean?
---@return string
function M.path(path, is_object, is_normalized)
  if is_object then
    return escape_path(unescape(path))
  end
  return escape_path(is_normalized and normalized(path) or path)
end

local function query_text(text)
  return requests.escape(unescape((string.gsub(text, "+", " "))))
end

--- The pairs of a query, escaped once however they came, in the order of their bytes. A plus is a blank, as services
--- read it.
---@param query string
---@return string
function M.query(query)
  local pairs_list = {}
  for pair in string.gmatch(query, "[^&]+") do
    local name, value = string.match(pair, "^([^=]*)=?(.*)$")
    pairs_list[#pairs_list + 1] = { query_text(name), query_text(value) }
  end
  sort(pairs_list, function(a, b)
    if a[1] ~= b[1] then
      return a[1] < b[1]
    end
    return a[2] < b[2]
  end)
  for index, pair in ipairs(pairs_list) do
    pairs_list[index] = pair[1] .. "=" .. pair[2]
  end
  return concat(pairs_list, "&")
end

--- One value: trimmed, blanks in a row as one.
local function value_text(name, value)
  if type(value) ~= "string" and not math_type(value) then
    error(string.format("the header %s must be a string, got %s", tostring(name), type(value)), 0)
  end
  local text = string.gsub(tostring(value), "%s+", " ")
  return string.match(text, "^ ?(.-) ?$")
end

local function values_text(name, value)
  local values = {}
  for index, each in ipairs(type(value) == "table" and value or { value }) do
    values[index] = value_text(name, each)
  end
  return concat(values, ",")
end

--- A list of no values: such a header is not sent.
local function is_empty(value)
  return type(value) == "table" and value[1] == nil
end

--- The headers that are signed, each a line, and their names, both sorted. Raises when a header cannot be told apart.
---@param headers table<string, string|number|(string|number)[]>
---@param host string
---@return string lines
---@return string names
function M.headers(headers, host)
  local texts, names = { host = host }, { "host" }
  for name, value in next, headers do
    local lower = type(name) == "string" and string.lower(name)
    if not lower then
      error(string.format("the name of a header must be a string, got %s", type(name)), 0)
    elseif lower == "host" then
      texts.host = values_text(name, value)
    elseif texts[lower] then
      error(string.format("the header %s is there twice, in different case; give its values as a list", lower), 0)
    elseif not UNSIGNED[lower] and not is_empty(value) then
      texts[lower] = values_text(name, value)
      names[#names + 1] = lower
    end
  end
  sort(names)
  local lines = {}
  for index, name in ipairs(names) do
    lines[index] = name .. ":" .. texts[name] .. "\n"
  end
  return concat(lines), concat(names, ";")
end

return M
