--- DynamoDB's items in a Lua table, behind the methods of a client of lambda.aws: GetItem, PutItem, UpdateItem,
--- DeleteItem, with a partition key `id`. Expressions are parsed and judged: conditions of comparisons,
--- attribute_exists, attribute_not_exists, AND, OR, NOT, parentheses; updates that SET. What is wrong with a request is
--- answered as DynamoDB does, by a ValidationException.
local M = {}

---@class fake_dynamodb.Table
---@field items table<string, table>
local Table = {}
Table.__index = Table

local function copy(item)
  local new = {}
  for name, value in pairs(item or {}) do
    new[name] = value
  end
  return item and new
end

local function invalid(format, ...)
  error({ code = "ValidationException", message = format:format(...) }, 0)
end

local KEYWORDS = { AND = true, OR = true, NOT = true }
-- Some of DynamoDB's reserved words, which must go by #names.
local RESERVED = { status = true, owner = true, data = true, timestamp = true, ttl = true, name = true, value = true }

local function tokens(text)
  local list, at = {}, 1
  while true do
    at = text:find("%S", at)
    if not at then
      return list
    end
    local token = text:match("^[<>]=?", at) or text:match("^[=(),]", at) or text:match("^[#:]?[%w_]+", at)
    if not token then
      invalid("Syntax error; near %q", text:sub(at))
    end
    list[#list + 1] = token
    at = at + #token
  end
end

--- One expression, being read.
local function reader(text, request, used)
  local list, at = tokens(text), 1
  local self = {}
  function self.peek() return list[at] end
  function self.take(expected)
    local token = list[at]
    if not token or (expected and token ~= expected) then
      invalid("Syntax error; expected %s, got %s", expected or "more", tostring(token))
    end
    at = at + 1
    return token
  end
  function self.name()
    local token = self.take()
    if token:sub(1, 1) == "#" then
      used[token] = true
      return (request.ExpressionAttributeNames or {})[token] or invalid("undefined name %s", token)
    elseif RESERVED[token:lower()] or not token:find("^%a") then
      invalid("Attribute name is a reserved keyword: %s", token)
    end
    return token
  end
  function self.value()
    local token = self.take()
    used[token] = true
    local value = (request.ExpressionAttributeValues or {})[token]
    return value ~= nil and value or invalid("undefined value %s", token)
  end
  return self
end

local COMPARE = {
  ["="] = function(a, b) return a == b end,
  ["<"] = function(a, b) return type(a) == type(b) and a < b end,
  ["<="] = function(a, b) return type(a) == type(b) and a <= b end,
  [">"] = function(a, b) return type(a) == type(b) and a > b end,
  [">="] = function(a, b) return type(a) == type(b) and a >= b end,
}

local any_of

local function primary(read, item)
  local token = read.peek()
  if token == "(" then
    read.take("(")
    local truth = any_of(read, item)
    read.take(")")
    return truth
  elseif token == "NOT" then
    read.take()
    return not primary(read, item)
  elseif token == "attribute_exists" or token == "attribute_not_exists" then
    read.take()
    read.take("(")
    local is_there = item[read.name()] ~= nil
    read.take(")")
    return is_there == (token == "attribute_exists")
  end
  local left = item[read.name()]
  local compare = COMPARE[read.take()] or invalid("Syntax error; no comparison")
  local right = read.value()
  return left ~= nil and compare(left, right) -- an attribute that is not there compares false
end

local function all_of(read, item)
  local truth = primary(read, item)
  while read.peek() == "AND" do
    read.take()
    truth = primary(read, item) and truth
  end
  return truth
end

function any_of(read, item)
  local truth = all_of(read, item)
  while read.peek() == "OR" do
    read.take()
    truth = all_of(read, item) or truth
  end
  return truth
end

local function check_condition(request, item, used)
  if not request.ConditionExpression then
    return
  end
  local read = reader(request.ConditionExpression, request, used)
  local truth = any_of(read, item or {})
  if read.peek() and not KEYWORDS[read.peek()] then
    invalid("Syntax error; near %s", read.peek())
  end
  return truth or error({ code = "ConditionalCheckFailedException", message = "The conditional request failed" }, 0)
end

local function update(request, item, used)
  local read = reader(request.UpdateExpression, request, used)
  read.take("SET")
  repeat
    local name = read.name()
    read.take("=")
    item[name] = read.value()
    local more = read.peek() == ","
    if more then
      read.take(",")
    end
  until not more
  return read.peek() and invalid("Syntax error; near %s", read.peek())
end

local function check_used(request, used)
  for _, list in ipairs({ request.ExpressionAttributeNames or {}, request.ExpressionAttributeValues or {} }) do
    for token in pairs(list) do
      if not used[token] then
        invalid("unused in expressions: %s", token)
      end
    end
  end
end

local OPERATIONS = {
  GetItem = function(self, request)
    return { Item = copy(self.items[request.Key.id]) }
  end,
  PutItem = function(self, request, used)
    check_condition(request, self.items[request.Item.id], used)
    check_used(request, used)
    self.items[request.Item.id] = copy(request.Item)
    return {}
  end,
  UpdateItem = function(self, request, used)
    check_condition(request, self.items[request.Key.id], used)
    local item = copy(self.items[request.Key.id]) or { id = request.Key.id }
    update(request, item, used)
    check_used(request, used)
    self.items[request.Key.id] = item
    return {}
  end,
  DeleteItem = function(self, request, used)
    check_condition(request, self.items[request.Key.id], used)
    check_used(request, used)
    self.items[request.Key.id] = nil
    return {}
  end,
}

local function operate(self, name, request)
  if request.TableName ~= self.name then
    return nil, { code = "ResourceNotFoundException", message = "Requested resource not found" }
  end
  local ok, answer = pcall(OPERATIONS[name], self, request, {})
  if ok then
    return answer
  elseif type(answer) == "table" then
    return nil, answer
  end
  error(answer, 0)
end

for name in pairs(OPERATIONS) do
  Table[name] = function(self, request)
    return operate(self, name, request)
  end
end

---@param name string
---@return fake_dynamodb.Table
function M.new(name)
  return setmetatable({ name = name, items = {} }, Table)
end

return M
