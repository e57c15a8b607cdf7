--- DynamoDB's attribute values as plain ones: { id = { S = "a" } } → { id = "a" }.
--- https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_AttributeValue.html
local json = require("lambda.json")

-- A handler that forgets `local` may overwrite any global.
local string = string
local error, ipairs, math_type, next, pcall, require, tonumber, tostring, type =
  error, ipairs, math.type, next, pcall, require, tonumber, tostring, type

local M = {}

--- A number as exact as Lua can hold it; its digits where Lua cannot.
local function number_value(text)
  local value = tonumber(text)
  if math_type(value) == "float" and string.find(text, "^-?%d+$") then
    return text -- an integer beyond 64 bits
  end
  return value
end

local unmarshal

--- A list, each of whose elements is of that kind; of any where there is none.
local function list_of(value, kind)
  local list = json.array()
  for index, element in ipairs(value) do
    list[index] = unmarshal(kind and { [kind] = element } or element)
  end
  return list
end

local function same(value)
  return value
end

local function map_of(value)
  local plain = json.object()
  for name, attribute in next, value do
    plain[name] = unmarshal(attribute)
  end
  return plain
end

--- The Lua type that each kind has on the wire, and what it becomes.
local FROM = {
  S = { "string", same }, N = { "string", number_value }, BOOL = { "boolean", same },
  NULL = { "boolean", function() return json.null end },
  B = { "string", function(value) return (require("lambda.crypto").unbase64(value)) end },
  L = { "table", list_of }, M = { "table", map_of }, SS = { "table", function(value) return list_of(value, "S") end },
  NS = { "table", function(value) return list_of(value, "N") end },
  BS = { "table", function(value) return list_of(value, "B") end },
}

function unmarshal(attribute)
  if type(attribute) ~= "table" then
    error(string.format("a %s is no attribute value of DynamoDB", type(attribute)), 0)
  end
  local kind, value = next(attribute)
  local from, plain = FROM[kind], nil
  if not from then
    error(string.format("%s is no attribute type of DynamoDB", tostring(kind)), 0)
  elseif type(value) == from[1] or kind == "N" and math_type(value) then
    plain = from[2](value)
  end
  if plain == nil then
    error(string.format("it has an attribute of the type %s that is none", kind), 0)
  end
  return plain
end

--- The plain value of an attribute value: sets and lists become arrays, binary a string, NULL json.null, a number
--- beyond 64 bits its digits. Raises, without a place, what is wrong with it.
M.value = unmarshal

--- The same of an item, of a key, of an image in a stream's record.
---@param item any
---@return table
function M.item(item)
  if type(item) ~= "table" then
    error(string.format("a table expected, got %s", type(item)), 0)
  end
  return map_of(item)
end

--- The same for handlers: raises for its caller.
---@param item table<string, table>
---@return table
function M.unmarshal_item(item)
  local ok, plain = pcall(M.item, item)
  if not ok then
    error(string.format("bad argument #1 to 'unmarshal_item' (%s)", tostring(plain)), 2)
  end
  return plain
end

return M
