--- Plain values in DynamoDB's parameters and results: by the names of the fields that hold items, keys and values.
--- https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Operations_Amazon_DynamoDB.html
local attributes = require("lambda.aws.attributes")
local json = require("lambda.json")
local reading = require("lambda.aws.attributes_read")

-- A handler that forgets `local` may overwrite any global.
local string = string
local error, getmetatable, ipairs, next, pcall, require, setmetatable, type =
  error, getmetatable, ipairs, next, pcall, require, setmetatable, type

local M = {}

local DEPTH_LIMIT = 16 -- of parameters; attribute values have their own

--- A map from attribute names to values.
local ITEM = {
  Key = true, Item = true, Attributes = true, ExclusiveStartKey = true, LastEvaluatedKey = true,
  ExpressionAttributeValues = true, ItemCollectionKey = true, NewImage = true, OldImage = true,
}
--- A list of such maps; a list of values.
local ITEMS = { Keys = true, Items = true }
local VALUES = { Parameters = true }
--- A map whose names are those of tables, which may be called anything, "Item" too.
local BY_TABLE = {
  RequestItems = true, UnprocessedItems = true, UnprocessedKeys = true, Responses = true, ItemCollectionMetrics = true,
}
--- What a caller hands back as it is, to go on: sets and bytes must not become lists and text on the way.
local HANDED_BACK = { LastEvaluatedKey = true, UnprocessedItems = true, UnprocessedKeys = true }

local MARKS = { [getmetatable(json.array())] = json.array, [getmetatable(json.object())] = json.object }

--- The wire's form of tables that are to be handed back.
local originals = setmetatable({}, { __mode = "k" })

local function is_same(a, b)
  if type(a) ~= "table" or type(b) ~= "table" then
    return a == b
  end
  for name, value in next, a do
    if not is_same(value, b[name]) then
      return false
    end
  end
  for name in next, b do
    if a[name] == nil then
      return false
    end
  end
  return true
end

local function out_item(plain, path)
  local original = originals[plain]
  if original and is_same(plain, reading.item(original)) then
    return original
  end
  local item, problem = attributes.marshal_item(plain)
  if not item then
    error(path .. ": " .. problem, 0)
  end
  return item
end

local function out_value(plain, path)
  local value, problem = attributes.marshal(plain)
  if not value then
    error(path .. ": " .. problem, 0)
  end
  return value
end

local function list_of(convert)
  return function(list, path)
    local converted = json.array()
    for index, element in ipairs(list) do
      converted[index] = convert(element, string.format("%s[%d]", path, index))
    end
    return converted
  end
end

local function in_item(item, _, is_handed_back)
  local plain = reading.item(item)
  if is_handed_back then
    originals[plain] = item
  end
  return plain
end

local function in_value(value)
  return reading.value(value)
end

local OUT = { item = out_item, items = list_of(out_item), values = list_of(out_value) }
local IN = {
  item = in_item, values = list_of(in_value),
  items = function(list, _, is_handed_back)
    return list_of(function(item) return in_item(item, nil, is_handed_back) end)(list, "")
  end,
}

local function is_list_of_tables(list)
  for _, element in ipairs(list) do
    if type(element) ~= "table" then
      return false
    end
  end
  return true
end

--- The metrics of a batch are lists by tables' names; those of PutItem are the very structure that is in such a list.
local function is_of_one_table(name, value)
  return name == "ItemCollectionMetrics" and type(value.ItemCollectionKey) == "table" and #value.ItemCollectionKey == 0
end

local walk

--- Everything below a field that is neither an item nor a list of some.
local function walk_all(map, convert, path, depth, mode)
  if depth > DEPTH_LIMIT then
    error(string.format("%s: nested deeper than %d levels", path, DEPTH_LIMIT), 0)
  end
  local walked = {}
  for name, value in next, map do
    local at = type(name) == "number" and string.format("%s[%d]", path, name) or path .. "." .. name
    walked[name] = type(value) == "table" and walk(name, value, convert, at, depth, mode) or value
  end
  local mark = MARKS[getmetatable(map)]
  return mark and mark(walked) or walked
end

--- What is under a table's name: the list of its items, or what is asked of it.
local function walk_table(value, convert, path, depth, mode)
  if mode.holds_items and #value > 0 and is_list_of_tables(value) then
    return convert.items(value, path)
  end
  return walk_all(value, convert, path, depth + 1, { is_answer = mode.is_answer, is_handed_back = mode.is_handed_back })
end

--- One field that is a table.
function walk(name, value, convert, path, depth, mode)
  local is_handed_back = mode.is_handed_back or mode.is_answer and HANDED_BACK[name]
  if mode.is_of_tables then
    return walk_table(value, convert, path, depth, mode)
  elseif ITEM[name] then
    return convert.item(value, path, is_handed_back)
  elseif ITEMS[name] and is_list_of_tables(value) then
    return convert.items(value, path, is_handed_back)
  elseif VALUES[name] then
    return convert.values(value, path)
  end
  local is_of_tables = BY_TABLE[name] and #value == 0 and not is_of_one_table(name, value)
  return walk_all(value, convert, path, depth + 1, {
    is_answer = mode.is_answer, is_handed_back = is_handed_back, is_of_tables = is_of_tables,
    holds_items = is_of_tables and name == "Responses",
  })
end

--- Parameters as the wire has them; nil and what is wrong, with the path.
---@param parameters table
---@return table?, string?
function M.to_wire(parameters)
  local ok, result = pcall(walk_all, parameters, OUT, "$", 1, {})
  if not ok then
    return nil, result
  end
  return result
end

--- A result in plain values; nil and what is wrong with it.
---@param result table
---@return table?, string?
function M.from_wire(result)
  local ok, plain = pcall(walk_all, result, IN, "$", 1, { is_answer = true })
  if not ok then
    return nil, "no result of DynamoDB's: " .. require("lambda.errors").text(plain)
  end
  return plain
end

return M
