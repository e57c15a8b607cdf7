--- Records of lambda.idempotency: what one is made of, and until when it holds.
local errors = require("lambda.errors")
local json = require("lambda.json")
local native = require("lambda.native")

-- A handler that forgets `local` may overwrite any global.
local string = string
local ceil, huge, math_type, max, tointeger = math.ceil, math.huge, math.type, math.max, math.tointeger
local error, require, type = error, require, type

local M = {}

local SORTED = { sort = true }

---@class lambda.idempotency.Record
---@field id string          what is done once: the prefix, "#", a hash of the key
---@field status "INPROGRESS"|"COMPLETED"
---@field expiration integer s since the epoch
---@field in_progress_expiration integer  ms since the epoch
---@field owner string       random: which execution it is
---@field validation string? a hash
---@field data string?       the answer, JSON

--- The field of an event that a path names; numbers index lists.
local function look_up(event, path)
  local value = event
  for part in string.gmatch(path, "[^.]+") do
    if type(value) ~= "table" then
      return nil
    end
    local found = value[part]
    value = found == nil and value[tointeger(part) or part] or found
  end
  return value
end

local function pick(from, event)
  local value
  if type(from) == "function" then
    value = from(event)
  else
    value = look_up(event, from)
  end
  if value == json.null then
    return nil
  end
  return value
end

--- SHA-256 of a value's canonical JSON.
local function digest(value, what)
  local text, problem = json.encode(value, SORTED)
  if not text then
    error(string.format("the %s of the event is no JSON: %s", what, problem), 0)
  end
  local crypto = require("lambda.crypto")
  return crypto.hex(crypto.sha256(text))
end

local function end_ms(settings, context, now_ms)
  local deadline_ms = type(context) == "table" and math_type(context.deadline_ms) and context.deadline_ms
  return deadline_ms and max(tointeger(deadline_ms) or 0, now_ms) or now_ms + settings.in_progress_ttl_s * 1000
end

--- The record of an event; false when it is none of ours; nil and the error when it has no key.
---@param settings lambda.idempotency.Settings
---@param event any
---@param context lambda.Context?
---@return lambda.idempotency.Record|false|nil
---@return lambda.Error?
function M.new(settings, event, context)
  local key = pick(settings.key, event)
  if key == nil then
    local named = type(settings.key) == "string" and string.format("the event has no '%s'", settings.key)
    return nil, errors.new("IdempotencyKeyMissing", named or "the event has no key, says the function for it")
  elseif key == false and type(settings.key) == "function" then
    return false
  end
  local now_ms, crypto = native.now_ms(), require("lambda.crypto")
  local in_progress_ms = end_ms(settings, context, now_ms)
  local record = {
    id = settings.prefix .. "#" .. digest(key, "key"), status = "INPROGRESS",
    expiration = max(now_ms // 1000 + settings.ttl_s, ceil(in_progress_ms / 1000)),
    in_progress_expiration = in_progress_ms, owner = crypto.hex(crypto.random(16)),
  }
  if settings.validate then
    local value = pick(settings.validate, event)
    record.validation = digest(value == nil and json.null or value, "part to validate")
  end
  return record
end

local function moment(value)
  return math_type(value) and value or huge
end

--- Whether a record is as good as none. Others may have written it, without an attribute or with one of their own.
---@param record lambda.idempotency.Record
---@param now_ms integer
---@return boolean
function M.is_over(record, now_ms)
  return moment(record.expiration) < now_ms // 1000
    or record.status == "INPROGRESS" and moment(record.in_progress_expiration) < now_ms
end

return M
