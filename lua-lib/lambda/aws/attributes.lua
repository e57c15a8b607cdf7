--- Plain values as DynamoDB's attribute values: { id = "a" } → { id = { S = "a" } }. The way back is
--- lambda.aws.attributes_read.
--- https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_AttributeValue.html
local json = require("lambda.json")

-- A handler that forgets `local` may overwrite any global.
local string = string
local error, getmetatable, ipairs, next, setmetatable, type = error, getmetatable, ipairs, next, setmetatable, type
local math_type, utf8_len = math.type, utf8.len

local M = {}

local DEPTH_LIMIT = 32 -- DynamoDB's own
local ARRAY, OBJECT = getmetatable(json.array()), getmetatable(json.object())

--- Marks a value whose attribute type cannot be seen: binary, the digits of a number, and the three kinds of sets.
---@class lambda.aws.Typed
---@field kind "B"|"N"|"SS"|"NS"|"BS"
---@field value any
local typed_mt = { __name = "lambda.aws.Typed" }

local function typed(kind, value)
  return setmetatable({ kind = kind, value = value }, typed_mt)
end

--- Bytes, for a string that is not text.
---@param bytes string
---@return lambda.aws.Typed
function M.binary(bytes)
  if type(bytes) ~= "string" then
    error(string.format("bad argument #1 to 'binary' (a string expected, got %s)", type(bytes)), 2)
  end
  return typed("B", bytes)
end

--- A number that Lua cannot hold, by its digits: DynamoDB has 38 of them.
---@param digits string
---@return lambda.aws.Typed
function M.number(digits)
  local rest = type(digits) == "string" and string.match(digits, "^[+-]?%d+%.?%d*(.*)$")
  if not rest or rest ~= "" and not string.find(rest, "^[eE][+-]?%d+$") then
    error(string.format("bad argument #1 to 'number' (the digits of a number expected, got %s)",
      type(digits) == "string" and "another string" or type(digits)), 2)
  end
  return typed("N", digits)
end

local function is_typed(value, kind)
  return getmetatable(value) == typed_mt and value.kind == kind
end

--- A set, which DynamoDB keeps without order: of strings, of numbers, also of number(), or of binary().
---@param list (string|number|lambda.aws.Typed)[]  one at least, all of a kind
---@return lambda.aws.Typed
function M.set(list)
  local first = type(list) == "table" and list[1]
  local kind = type(first) == "string" and "SS" or (math_type(first) or is_typed(first, "N")) and "NS"
    or is_typed(first, "B") and "BS"
  if not kind then
    error("bad argument #1 to 'set' (a list of strings, of numbers or of binary values expected, not empty)", 2)
  end
  return typed(kind, list)
end

--- The shortest text that reads back equal.
local function number_text(value)
  if value - value ~= 0 then
    return nil, "DynamoDB has no NaN and no infinity"
  end
  return json.encode(value)
end

local function base64(bytes)
  return require("lambda.crypto").base64(bytes)
end

local SET_ELEMENT = {
  SS = function(value) return type(value) == "string" and value or nil end,
  NS = function(value) return math_type(value) and number_text(value) or is_typed(value, "N") and value.value end,
  BS = function(value) return is_typed(value, "B") and base64(value.value) end,
}

local function marshal_typed(value)
  if value.kind == "B" then
    return { B = base64(value.value) }
  elseif value.kind == "N" then
    return { N = value.value }
  end
  local elements = json.array()
  for index, element in ipairs(value.value) do
    elements[index] = SET_ELEMENT[value.kind](element)
    if not elements[index] then
      return nil, string.format("element %d is not of the kind of the set's first", index)
    end
  end
  return { [value.kind] = elements }
end

local marshal

local function marshal_list(list, depth)
  local elements, len = json.array(), #list
  for index in next, list do
    if math_type(index) ~= "integer" or index < 1 or index > len then
      return nil, "it is a list, and has other keys as well"
    end
  end
  for index = 1, len do
    local element, problem, path = marshal(list[index], depth + 1)
    if not element then
      return nil, problem, string.format("[%d]", index) .. (path or "")
    end
    elements[index] = element
  end
  return { L = elements }
end

local function marshal_map(map, depth)
  local members = json.object()
  for name, value in next, map do
    if type(name) ~= "string" then
      return nil, string.format("the name of an attribute is a %s and not a string", type(name))
    end
    local member, problem, path = marshal(value, depth + 1)
    if not member then
      return nil, problem, "." .. name .. (path or "")
    end
    members[name] = member
  end
  return { M = members }
end

local function marshal_table(value, depth)
  local mt = getmetatable(value)
  if depth > DEPTH_LIMIT then
    return nil, string.format("it is nested deeper than DynamoDB's %d levels", DEPTH_LIMIT)
  elseif mt == typed_mt then
    return marshal_typed(value)
  elseif mt == ARRAY or mt ~= OBJECT and #value > 0 then
    return marshal_list(value, depth)
  end
  return marshal_map(value, depth)
end

local BY_TYPE = {
  string = function(value)
    if not utf8_len(value) then
      return nil, "it is no UTF-8; wrap bytes in binary()"
    end
    return { S = value }
  end,
  boolean = function(value) return { BOOL = value } end,
  number = function(value)
    local text, problem = number_text(value)
    return text and { N = text }, problem
  end,
  table = marshal_table,
}

function marshal(value, depth)
  if value == json.null then
    return { NULL = true }
  end
  local by_type = BY_TYPE[type(value)]
  if not by_type then
    return nil, string.format("a %s is no attribute value", type(value))
  end
  return by_type(value, depth)
end

--- One value as an attribute value.
---@param value any
---@return table?, string?  nil and what is wrong, with the path
function M.marshal(value)
  local attribute, problem, path = marshal(value, 1)
  if not attribute then
    return nil, string.format("at $%s: %s", path or "", problem)
  end
  return attribute
end

--- An item, or a key: a table of names to values.
---@param item table<string, any>
---@return table?, string?  nil and what is wrong, with the path
function M.marshal_item(item)
  if type(item) ~= "table" then
    error(string.format("bad argument #1 to 'marshal_item' (a table expected, got %s)", type(item)), 2)
  end
  local attribute, problem, path = marshal_map(item, 0)
  if not attribute then
    return nil, string.format("at $%s: %s", path or "", problem)
  end
  return attribute.M
end

return M
