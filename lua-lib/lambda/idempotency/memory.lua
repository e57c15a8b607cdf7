--- Records of lambda.idempotency in this Lua state, with the rules of the DynamoDB store: for tests.
local is_over = require("lambda.idempotency.record").is_over

-- A handler that forgets `local` may overwrite any global.
local next, setmetatable = next, setmetatable

local RECORDS_LIMIT = 100000

---@class lambda.idempotency.Memory: lambda.idempotency.Store
---@field private records table<string, lambda.idempotency.Record>
---@field private count integer  of the records
local Memory = {}
Memory.__index = Memory

local M = {}

local function copy(record)
  local new = {}
  for name, value in next, record do
    new[name] = value
  end
  return new
end

--- Forgets what is over; whether there is room now.
local function make_room(records, now_ms)
  local count = 0
  for id, record in next, records do
    if is_over(record, now_ms) then
      records[id] = nil
    else
      count = count + 1
    end
  end
  return count < RECORDS_LIMIT, count
end

function Memory:begin(record, now_ms)
  local existing = self.records[record.id]
  if existing and not is_over(existing, now_ms) then
    return false
  elseif not existing and self.count >= RECORDS_LIMIT then
    local has_room
    has_room, self.count = make_room(self.records, now_ms)
    if not has_room then
      return nil, { code = "StoreFull", message = "the memory store is full" }
    end
  end
  self.count = existing and self.count or self.count + 1
  self.records[record.id] = copy(record)
  return true
end

function Memory:read(id)
  local record = self.records[id]
  return record and copy(record)
end

function Memory:complete(record)
  local existing = self.records[record.id]
  if not existing or existing.owner ~= record.owner then
    return false
  end
  self.records[record.id] = copy(record)
  return true
end

function Memory:release(record)
  local existing = self.records[record.id]
  if existing and existing.owner == record.owner then
    self.records[record.id], self.count = nil, self.count - 1
  end
  return true
end

---@return lambda.idempotency.Memory
function M.new()
  return setmetatable({ records = {}, count = 0 }, Memory)
end

return M
