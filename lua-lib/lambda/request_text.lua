--- What the texts of an HTTP request say: parameters, forms, cookies, addresses. Each takes a time in proportion to the
--- text, whatever it is: patterns that may begin or end in many places would let one header use up the event's time.

-- A handler that forgets `local` may overwrite any global.
local next, tonumber, tostring, type = next, tonumber, tostring, type
local char, find, gmatch, gsub, match = string.char, string.find, string.gmatch, string.gsub, string.match
local math_type = math.type

local M = {}

--- %41 and + (application/x-www-form-urlencoded); what is no escape stays.
---@param text string
---@return string
function M.unescape(text)
  return (gsub(gsub(text, "%+", " "), "%%(%x%x)", function(hex)
    return char(tonumber(hex, 16))
  end))
end

local function add(lists, name, value)
  local list = lists[name]
  if list then
    list[#list + 1] = value
  else
    lists[name] = { value }
  end
end

--- Text or a number as text; nil for anything else: lists, null.
---@param value any
---@return string?
function M.scalar(value)
  return (type(value) == "string" or math_type(value)) and tostring(value) or nil
end

--- "a=1&b=2&a=3" → { a = { "1", "3" }, b = { "2" } }.
---@param text string
---@return table<string, string[]>
function M.form(text)
  local lists = {}
  for pair in gmatch(text, "[^&]+") do
    local name, value = match(pair, "^([^=]*)=?(.*)$")
    add(lists, M.unescape(name), M.unescape(value))
  end
  return lists
end

--- What an event has as name → list of values, or as name → value.
local function collect(values_by_name, name_of, value_of)
  local lists = {}
  for name, values in next, type(values_by_name) == "table" and values_by_name or {} do
    for _, value in next, type(values) == "table" and values or { values } do
      local text = M.scalar(value)
      if text and type(name) == "string" then
        add(lists, name_of(name), value_of(text))
      end
    end
  end
  return lists
end

--- The lists of an event, and what it has singly where they have nothing of it: a service fills one or both, and who
--- writes an event by hand may leave either empty.
---@param multi any
---@param single any
---@param name_of fun(text: string): string
---@param value_of fun(text: string): string
---@return table<string, string[]>
function M.lists_of(multi, single, name_of, value_of)
  local lists = collect(multi, name_of, value_of)
  for name, list in next, collect(single, name_of, value_of) do
    lists[name] = lists[name] or list
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
