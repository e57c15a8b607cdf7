--- The keywords of lambda.validate that look at one value. Each makes, while a schema is compiled, what checks a value:
--- function(value, state) → boolean.
--- A keyword says nothing about values of other types than its own, as JSON Schema has it.
local json = require("lambda.json")

local error, getmetatable, ipairs, next, pcall, type = error, getmetatable, ipairs, next, pcall, type
local math_type, tointeger, floor, abs, max, huge =
  math.type, math.tointeger, math.floor, math.abs, math.max, math.huge
local find, format = string.find, string.format
local concat, utf8_len = table.concat, utf8.len

local ARRAY, OBJECT = getmetatable(json.array()), getmetatable(json.object())
local SORTED = { sort = true, encoding = "replace" }

--- By name: function(value of the keyword, where it stands in the schema) → check, or nil for nothing to check.
local K = {}

--- JSON's type of a value; Lua's for what has none. An unmarked table is what json.encode would make of it.
---@param value any
---@return string
local function type_of(value)
  local lua_type = type(value)
  if lua_type == "table" then
    local mt = getmetatable(value)
    return (mt == ARRAY or mt ~= OBJECT and value[1] ~= nil) and "array" or "object"
  elseif value == json.null or value == nil then
    return "null"
  end
  return lua_type
end

local function is_integer(value)
  return math_type(value) == "integer" or math_type(value) == "float" and floor(value) == value and abs(value) < huge
end

--- The same key of a table for equal values: 1 and 1.0, objects whatever their order.
local function key_of(value)
  local kind = type_of(value)
  if kind == "string" then
    return "s" .. value
  elseif kind == "array" or kind == "object" then
    return "t" .. (json.encode(value, SORTED) or error("a value has no JSON form", 0))
  elseif kind == "null" or value ~= value then
    return json.null -- NaN has no JSON form, and cannot be a key
  end
  return value
end

local function refuse(at, message, ...)
  error(format("%s: " .. message, at, ...), 0)
end

local function want(at, is_right, what, value)
  if not is_right then
    refuse(at, "%s expected, got %s", what, type_of(value))
  end
end

local function count_of(value, at)
  want(at, math_type(value) == "integer" and value >= 0, "a whole number from 0", value)
end

local function finite(value, at)
  want(at, type(value) == "number" and value == value and abs(value) < huge, "a number", value)
end

local function list(value, at)
  want(at, type(value) == "table" and value[1] ~= nil, "a list that is not empty", value)
end

-- Any type --------------------------------------------------------------------------------------------------------

local TYPES = {
  string = true, number = true, integer = true, boolean = true, null = true, array = true, object = true,
}

function K.type(value, at)
  local names, set = type(value) == "table" and value or { value }, {}
  list(names, at)
  for _, name in ipairs(names) do
    if not TYPES[name] then
      refuse(at, "no type of JSON Schema: %s", type(name) == "string" and name or type_of(name))
    end
    set[name] = true
  end
  local expected = concat(names, " or ")
  return function(given, state)
    local kind = type_of(given)
    if set[kind] or kind == "number" and set.integer and is_integer(given) then
      return true
    end
    return state:fail("expected %s, got %s", expected, kind)
  end
end

function K.enum(value, at)
  list(value, at)
  local keys = {}
  for _, one in ipairs(value) do
    keys[key_of(one)] = true
  end
  return function(given, state)
    return keys[key_of(given)] or state:fail("is none of the %d allowed values", #value)
  end
end

function K.const(value)
  local key = key_of(value)
  return function(given, state)
    return key_of(given) == key or state:fail("is not the one allowed value")
  end
end

-- Numbers ---------------------------------------------------------------------------------------------------------

local function bound(holds, text)
  return function(limit, at)
    finite(limit, at)
    return function(given, state)
      return type(given) ~= "number" or holds(given, limit) or state:fail(text, limit)
    end
  end
end

K.minimum = bound(function(a, b) return a >= b end, "must be at least %s")
K.maximum = bound(function(a, b) return a <= b end, "must be at most %s")
K.exclusiveMinimum = bound(function(a, b) return a > b end, "must be more than %s")
K.exclusiveMaximum = bound(function(a, b) return a < b end, "must be less than %s")

--- Exact for integers; otherwise up to the rounding of doubles: 19.99 is a multiple of 0.01.
local function is_multiple(value, step)
  local whole, whole_step = tointeger(value), tointeger(step)
  if whole and whole_step then
    return whole % whole_step == 0
  end
  local times = value / step
  return abs(times) < huge and abs(times - floor(times + 0.5)) <= 1e-12 * max(1, abs(times))
end

function K.multipleOf(step, at)
  finite(step, at)
  want(at, step > 0, "a number above 0", step)
  return function(given, state)
    return type(given) ~= "number" or is_multiple(given, step) or state:fail("must be a multiple of %s", step)
  end
end

-- Strings, arrays and objects by their size -----------------------------------------------------------------------

local function size(kind, measure, holds, text)
  return function(limit, at)
    count_of(limit, at)
    return function(given, state)
      return type_of(given) ~= kind or holds(measure(given), limit) or state:fail(text, limit)
    end
  end
end

local function at_least(a, b)
  return a >= b
end
local function at_most(a, b)
  return a <= b
end
local function code_points(text)
  return utf8_len(text) or #text
end
local function length(array)
  return #array
end
local function members(object)
  local count = 0
  for _ in next, object do
    count = count + 1
  end
  return count
end

K.minLength = size("string", code_points, at_least, "must have at least %s characters")
K.maxLength = size("string", code_points, at_most, "must have at most %s characters")
K.minItems = size("array", length, at_least, "must have at least %s items")
K.maxItems = size("array", length, at_most, "must have at most %s items")
K.minProperties = size("object", members, at_least, "must have at least %s members")
K.maxProperties = size("object", members, at_most, "must have at most %s members")

function K.luaPattern(pattern, at)
  want(at, type(pattern) == "string", "a string", pattern)
  local ok, err = pcall(find, "", pattern)
  if not ok then
    refuse(at, "%s", err)
  end
  return function(given, state)
    return type(given) ~= "string" or find(given, pattern) ~= nil or state:fail("does not match the pattern")
  end
end

function K.pattern(_, at)
  refuse(at, "ECMA regular expressions are not here; luaPattern has a pattern of Lua's")
end

function K.uniqueItems(value, at)
  want(at, type(value) == "boolean", "a boolean", value)
  if not value then
    return nil
  end
  return function(given, state)
    local seen = {}
    for i, item in ipairs(type_of(given) == "array" and given or {}) do
      local key = key_of(item)
      if seen[key] then
        return state:fail("items %d and %d are equal", seen[key], i)
      end
      seen[key] = i
    end
    return true
  end
end

function K.required(value, at)
  want(at, type(value) == "table" and (value[1] ~= nil or next(value) == nil), "a list of names", value)
  for _, name in ipairs(value) do
    want(at, type(name) == "string", "a list of names", name)
  end
  return function(given, state)
    local ok = true
    for _, name in ipairs(type_of(given) == "object" and value or {}) do
      if given[name] == nil then
        ok = state:fail_at(name, "is required")
      end
    end
    return ok
  end
end

return { keywords = K, refuse = refuse, type_of = type_of, want = want }
