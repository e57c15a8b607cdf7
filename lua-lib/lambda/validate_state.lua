--- What lambda.validate finds out about one value: where it is, and what is wrong there.
local format, find, gsub, sub = string.format, string.find, string.gsub, string.sub
local setmetatable, type, concat = setmetatable, type, table.concat

local NAME_LIMIT_BYTES = 64

---@class lambda.validate.Error
---@field path string     $.orders[3].id, counted from 1 as Lua counts
---@field message string  never with the value itself, which may be secret

---@class lambda.validate.State
local State = {}
State.__index = State

local function shown(key)
  if type(key) ~= "string" then
    return format("[%s]", key)
  elseif #key <= NAME_LIMIT_BYTES and find(key, "^[%a_][%w_]*$") then
    return "." .. key
  end
  local name = #key > NAME_LIMIT_BYTES and sub(key, 1, NAME_LIMIT_BYTES) .. "…" or key
  return '["' .. gsub(name, '[%c"\\]', "?") .. '"]'
end

--- Notes an error, unless it is only asked whether there is one. Returns false.
---@param text string  for string.format
---@param ... any
---@return boolean
function State:fail(text, ...)
  if self.is_silent or #self.errors >= self.limit then
    return false
  end
  local path = { "$" }
  for i = 1, self.depth do
    path[i + 1] = shown(self.keys[i])
  end
  self.errors[#self.errors + 1] = { path = concat(path), message = format(text, ...) }
  return false
end

--- Checks a member or an item.
---@param key string|integer
---@param value any
---@param check fun(value: any, state: lambda.validate.State): boolean
---@return boolean
function State:check_at(key, value, check)
  self.depth = self.depth + 1
  self.keys[self.depth] = key
  local ok = check(value, self)
  self.depth = self.depth - 1
  return ok
end

--- Notes an error of a member that is not there.
---@param key string|integer
---@param text string
---@return boolean
function State:fail_at(key, text)
  return self:check_at(key, nil, function()
    return self:fail(text)
  end)
end

--- Whether the value would pass, without a note.
---@param value any
---@param check fun(value: any, state: lambda.validate.State): boolean
---@return boolean
function State:passes(value, check)
  local was_silent = self.is_silent
  self.is_silent = true
  local ok = check(value, self)
  self.is_silent = was_silent
  return ok
end

--- What a schema that is referred to said of a table before; nil when that is not known, or its errors are wanted.
--- Alternatives that refer to each other would else double the time with each level of the value.
---@param ref string
---@param value any
---@return boolean?
function State:recall(ref, value)
  local verdicts = self.verdicts[ref]
  local verdict = verdicts and verdicts[value]
  if verdict or self.is_silent or #self.errors >= self.limit then
    return verdict
  end
end

--- Keeps what a schema that is referred to said of a table.
---@param ref string
---@param value any
---@param verdict boolean
function State:remember(ref, value, verdict)
  if type(value) == "table" then
    local verdicts = self.verdicts[ref] or {}
    self.verdicts[ref], verdicts[value] = verdicts, verdict
  end
end

---@param limit integer  the most errors that are noted
---@return lambda.validate.State
local function new(limit)
  return setmetatable({
    errors = {}, limit = limit, keys = {}, depth = 0, nested = 0, is_silent = false, verdicts = {},
  }, State)
end

return { new = new, shown = shown }
