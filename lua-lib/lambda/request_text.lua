--- What a client's text in an HTTP request says: forms, cookies, addresses. Each takes a time in proportion to the
--- text, whatever it is: patterns that may begin or end in many places would let one header use up the event's time.

-- A handler that forgets `local` may overwrite any global.
local tonumber = tonumber
local char, find, gmatch, gsub, match = string.char, string.find, string.gmatch, string.gsub, string.match

local M = {}

--- %41 and + (application/x-www-form-urlencoded); what is no escape stays.
---@param text string
---@return string
function M.unescape(text)
  return (gsub(gsub(text, "%+", " "), "%%(%x%x)", function(hex)
    return char(tonumber(hex, 16))
  end))
end

--- Adds a value to the list of that name.
---@param lists table<string, string[]>
---@param name string
---@param value string
function M.add(lists, name, value)
  local list = lists[name]
  if list then
    list[#list + 1] = value
  else
    lists[name] = { value }
  end
end

--- "a=1&b=2&a=3" → { a = { "1", "3" }, b = { "2" } }.
---@param text string
---@return table<string, string[]>
function M.form(text)
  local lists = {}
  for pair in gmatch(text, "[^&]+") do
    local name, value = match(pair, "^([^=]*)=?(.*)$")
    M.add(lists, M.unescape(name), M.unescape(value))
  end
  return lists
end

--- Without the blanks around it.
local function trim(text)
  local first = find(text, "%S")
  return first and match(text, "^.*%S", first) or ""
end

--- Names and values of a Cookie header, the first of each name: browsers send the more specific path first (RFC 6265).
---@param cookies table<string, string>  they are added to these
---@param text string
function M.add_cookies(cookies, text)
  for pair in gmatch(text, "[^;]+") do
    local name, value = match(pair, "^([^=]*)=(.*)$")
    name = name and trim(name) or ""
    if name ~= "" and not cookies[name] then
      cookies[name] = trim(value)
    end
  end
end

--- The last of a list of addresses; nil when there is none.
---@param text string  "192.0.2.7, 10.0.0.1"
---@return string?
function M.last_address(text)
  local rest = trim(text)
  local last = match(rest, "^.*[,%s](.*)$") or rest
  return last ~= "" and last or nil
end

return M
