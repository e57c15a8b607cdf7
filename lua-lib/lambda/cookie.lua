--- What a Set-Cookie header says (RFC 6265 §4.1). docs/http-convention.md is the manual.

-- A handler that forgets `local` may overwrite any global.
local error, ipairs, tostring, type = error, ipairs, tostring, type
local concat, find, format, math_type, tointeger = table.concat, string.find, string.format, math.type, math.tointeger

local M = {}

---@class lambda.CookieOptions
---@field path string?       "/" when absent
---@field domain string?
---@field max_age integer?   seconds; 0 removes it
---@field same_site string?  "Strict", "Lax", "None"
---@field secure boolean?    true when absent
---@field http_only boolean? true when absent

local ATTRIBUTES = { { "domain", "Domain" }, { "max_age", "Max-Age" }, { "same_site", "SameSite" } }

local function expect_text(value, number)
  if type(value) ~= "string" then
    error(format("bad argument #%d to 'res:cookie' (a string expected, got %s)", number, type(value)), 4)
  end
end

--- A cookie's attribute; raises for what would begin another one, and for what browsers ignore: Max-Age=60.0.
local function attribute(name, label, value)
  local text = math_type(value) and tointeger(value) or value
  if type(value) ~= "string" and math_type(text) ~= "integer" or find(text, "[%c;]") then
    error(format("res:cookie: the %s %q is no text without semicolons, nor an integer", name, tostring(value)), 4)
  end
  return label .. "=" .. text
end

--- The header's value for res:cookie, whose caller is blamed for bad arguments.
---@param name string
---@param value string
---@param options lambda.CookieOptions?
---@return string
function M.text(name, value, options)
  expect_text(name, 1)
  expect_text(value, 2)
  if not find(name, "^[%w!#$%%&'*+%-.^_`|~]+$") or find(value, '[%z\1-\32",;\\\127-\255]') then
    error(format("res:cookie: %q=%q is no cookie: a name of letters and digits, a value without blanks, quotes, "
      .. "commas, semicolons and backslashes (encode it)", name, value), 3)
  end
  options = options or {}
  local parts = { name .. "=" .. value, attribute("path", "Path", options.path or "/") }
  for _, pair in ipairs(ATTRIBUTES) do
    local given = options[pair[1]]
    parts[#parts + 1] = given ~= nil and attribute(pair[1], pair[2], given) or nil
  end
  parts[#parts + 1] = options.secure ~= false and "Secure" or nil
  parts[#parts + 1] = options.http_only ~= false and "HttpOnly" or nil
  return concat(parts, "; ")
end

return M
