--- Plain values to and from DynamoDB's attribute values: { id = { S = "a" } } ⇄ { id = "a" }.
--- https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_AttributeValue.html
local json = require("lambda.json")

-- A handler that forgets `local` may overwrite any global.
local string = string
local error, getmetatable, ipairs, next, setmetatable, tonumber, tostring, type =
  error, getmetatable, ipairs, next, setmetatable, tonumber, tostring, type
local math_type, utf8_len = math.type, utf8.len

local M = {}

local DEPTH_LIMIT = 32 -- DynamoDB's own

--- Marks a value whose attribute type cannot be seen: binary, and the three kinds of sets.
---@class lambda.aws.Typed
---@field kind "B"|"SS"|"NS"|"BS"
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

--- A set, which DynamoDB keeps without order: of strings, of numbers, or of what binary() makes.
---@param list (string|number|lambda.aws.Typed)[]  one at least, all of a kind
---@return lambda.aws.Typed
function M.set(list)
  local first = type(list) == "table" and list[1]
  local kind = type(first) == "string" and "SS" or math_type(first) and "NS"
    or getmetatable(first) == typed_mt and first.kind == "B" and "BS"
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
  NS = function(value) return math_type(value) and number_text(value) end,
  BS = function(value) return getmetatable(value) == typed_mt and value.kind == "B" and base64(value.value) or nil end,
}

local function marshal_typed(value)
  if value.kind == "B" then
    return { B = base64(value.value) }
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
  local elements = json.array()
  for index = 1, #list do
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
  if depth > DEPTH_LIMIT then
    return nil, string.format("it is nested deeper than DynamoDB's %d levels", DEPTH_LIMIT)
  elseif getmetatable(value) == typed_mt then
    return marshal_typed(value)
  elseif getmetatable(value) == getmetatable(json.array()) or #value > 0 then
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

--- A number as exact as Lua can hold it; its digits where Lua cannot.
local function number_value(text)
  local value = math_type(text) and text or tonumber(text)
  if math_type(value) == "float" and string.find(text, "^-?%d+$") then
    return text -- an integer beyond 64 bits
  end
  return value
end

local unmarshal

local FROM = {
  S = function(value) return value end,
  N = number_value,
  BOOL = function(value) return value end,
  NULL = function() return json.null end,
  B = function(value) return (require("lambda.crypto").unbase64(value)) end,
  L = function(value)
    local list = json.array()
    for index, element in ipairs(value) do
      list[index] = unmarshal(element)
    end
    return list
  end,
  M = function(value) return M.unmarshal_item(value) end,
  SS = function(value) return value end,
  NS = function(value)
    local list = json.array()
    for index, element in ipairs(value) do
      list[index] = number_value(element)
    end
    return list
  end,
  BS = function(value)
    local list = json.array()
    for index, element in ipairs(value) do
      list[index] = require("lambda.crypto").unbase64(element)
    end
    return list
  end,
}

function unmarshal(attribute)
  if type(attribute) ~= "table" then
    error(string.format("a %s is no attribute value of DynamoDB", type(attribute)), 0)
  end
  local kind, value = next(attribute)
  local from = FROM[kind]
  if not from then
    error(string.format("%s is no attribute type of DynamoDB", tostring(kind)), 0)
  end
  return from(value)
end

--- The plain value of an attribute value. Sets and lists become arrays, binary a string, NULL json.null, a number
--- beyond 64 bits its digits.
---@param attribute table
---@return any
function M.unmarshal(attribute)
  return unmarshal(attribute)
end

--- The plain table of an item, of a key, of an image in a stream's record.
---@param item table<string, table>
---@return table
function M.unmarshal_item(item)
  local plain = json.object()
  for name, attribute in next, item do
    plain[name] = unmarshal(attribute)
  end
  return plain
end

return M
