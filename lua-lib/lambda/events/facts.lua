--- What all made-up events have in common: an account, a region, a moment, identifiers.
local M = {}

M.ACCOUNT = "123456789012"
M.REGION = "eu-west-1"
--- 2026-01-02T03:04:05Z: fixed, so that an event can be compared with what a spec expects.
M.TIME_S = 1767323045

--- The n-th of the identifiers that look like a UUID.
---@param n integer
---@return string
function M.uuid(n)
  return ("00000000-0000-4000-8000-%012d"):format(n)
end

--- RFC 3339 in UTC.
---@param time_s integer
---@param with_ms boolean?
---@return string
function M.iso(time_s, with_ms)
  return os.date("!%Y-%m-%dT%H:%M:%S", time_s) .. (with_ms and ".000Z" or "Z")
end

--- A value that shares nothing with another one.
local function copy(value, copies)
  if type(value) ~= "table" then
    return value
  elseif copies[value] then
    return copies[value]
  end
  local mt, result = getmetatable(value), {}
  copies[value] = result
  for key, member in next, value do
    result[key] = copy(member, copies)
  end
  return type(mt) == "table" and setmetatable(result, mt) or result
end

--- The options, checked: an unknown one is a slip of the pen that would make the wrong event in silence. A copy: the
--- event is changed at will, and the same options give the same event.
---@param name string     of the builder
---@param options table?
---@param known table<string, string>  option to its type
---@param level integer   as for error
---@return table
function M.options(name, options, known, level)
  options = options == nil and {} or options
  if type(options) ~= "table" then
    error(("bad argument #1 to 'events.%s' (a table of options expected, got %s)"):format(name, type(options)),
      level + 1)
  end
  for option, value in pairs(options) do
    local expected = known[option]
    if not expected then
      local names = {}
      for known_name in pairs(known) do
        names[#names + 1] = known_name
      end
      table.sort(names)
      error(("events.%s has no option '%s'; it has %s"):format(name, tostring(option), table.concat(names, ", ")),
        level + 1)
    elseif expected ~= "any" and type(value) ~= expected then
      error(("events.%s: the option '%s' must be a %s, got a %s"):format(name, option, expected, type(value)),
        level + 1)
    end
  end
  return copy(options, {})
end

local TEXTS = { string = true, number = true, boolean = true }

--- Checks a map of names to texts, or to lists of texts; `level` as for error.
---@param name string     of the builder
---@param option string
---@param map table?
---@param level integer
function M.check_texts(name, option, map, level)
  for key, value in pairs(map or {}) do
    local is_fine = type(key) == "string"
    for _, each in pairs(type(value) == "table" and value or { value }) do
      is_fine = is_fine and TEXTS[type(each)]
    end
    if not is_fine then
      error(("events.%s: the option '%s' must have names with a text, or a list of texts, each"):format(name, option),
        level + 1)
    end
  end
end

--- Checks a list of texts.
---@param name string     of the builder
---@param option string
---@param list table?
---@param level integer
function M.check_list(name, option, list, level)
  for _, each in pairs(list or {}) do
    if type(each) ~= "string" then
      error(("events.%s: the option '%s' must be a list of texts, and has a %s"):format(name, option, type(each)),
        level + 1)
    end
  end
end

--- A list of one thing or of several: what a batch is made of.
---@param list any[]?
---@param default any
---@return any[]
function M.list(list, default)
  return list or { default }
end

--- A list as JSON has it, whatever it was marked as.
---@param list any[]?
---@return any[]
function M.array(list)
  local array = require("lambda.json").array()
  for i, each in ipairs(list or {}) do
    array[i] = each
  end
  return array
end

--- A body as text: tables become JSON.
---@param name string     of the builder
---@param option string
---@param value any
---@param level integer   as for error
---@return string?
function M.text(name, option, value, level)
  if value == nil or type(value) == "string" then
    return value
  end
  local text, problem = require("lambda.json").encode(value, { sort = true })
  return text or error(("events.%s: the option '%s' has no JSON form: %s"):format(name, option, problem), level + 1)
end

return M
