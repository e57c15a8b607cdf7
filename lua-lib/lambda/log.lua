--- Records: log.info("paid", { order = 42 }). docs/logs.md has the rules; the line is made in C (runtime/log_record.c).
local native = require("lambda.native")

-- A handler that forgets `local` may overwrite any global.
local next, require, type = next, require, type
local encode, gsub, write = native.json.encode, string.gsub, native.log.write

local OPTIONS = { sort = true, encoding = "replace" }

---@class lambda.log.Room
---@field taken table<string, true>  the record's own names: a field of such a name gets another one
---@field limit_bytes integer        of the members; with the longest sentences of lambda.record below
---LOG_MEMBERS_LIMIT_BYTES
local ROOM = {
  taken = { timestamp = true, level = true, requestId = true, message = true, tenantId = true },
  limit_bytes = 128 * 1024,
}

--- The fields as a JSON object; nil unless they are names to what has a JSON form, none of them the record's.
local function members_of(fields)
  if type(fields) ~= "table" then
    return nil
  end
  for name in next, fields do
    if type(name) ~= "string" or ROOM.taken[name] then
      return nil
    end
  end
  local text = encode(fields, OPTIONS)
  return text and #text <= ROOM.limit_bytes and text or nil
end

local function record(level, message, fields)
  local members = members_of(fields)
  if type(message) ~= "string" or fields ~= nil and not members then
    message, members = require("lambda.record").describe(message, fields, ROOM)
  end
  write(level, message, members and gsub(members, "[\r\n]", " ")) -- which can only be white space of lambda.raw
end

--- What a level costs that is not written: one call.
local function nothing() end

local THRESHOLD = native.log.threshold()

---@param level integer  as in runtime/log.h
---@return fun(message: any, fields?: table)
local function at(level)
  if level < THRESHOLD then
    return nothing
  end
  return function(message, fields)
    record(level, message, fields)
  end
end

--- Each writes one record on standard error. The message is text, an error, or anything else that can be told;
--- the fields are a table of names to what JSON can hold.
---@class lambda.Log
---@field trace fun(message: any, fields?: table)
---@field debug fun(message: any, fields?: table)
---@field info fun(message: any, fields?: table)
---@field warn fun(message: any, fields?: table)
---@field error fun(message: any, fields?: table)
---@field fatal fun(message: any, fields?: table)
local M = {}

for level, name in next, { [0] = "trace", "debug", "info", "warn", "error", "fatal" } do
  M[name] = at(level)
end

return M
