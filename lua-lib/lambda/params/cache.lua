--- What was fetched, for as long as its caller trusts it. One per Lua state.
local native = require("lambda.native")

-- A handler that forgets `local` may overwrite any global.
local next = next

local ENTRIES_LIMIT = 1000 -- as many as the extension keeps
local RETRY_AFTER_MS = 5000 -- what is served stale is asked for again after so long

local M = {}

---@class lambda.params.Entry
---@field value any        text, or for a path the texts by their names
---@field fetched_ms integer
---@field retry_ms integer?  no attempt before then: the last one failed

---@type table<string, lambda.params.Entry>, integer
local entries, count = {}, 0

--- Room for one more: what is oldest goes.
local function make_room()
  local oldest
  for key, entry in next, entries do
    if not oldest or entry.fetched_ms < entries[oldest].fetched_ms then
      oldest = key
    end
  end
  entries[oldest], count = nil, count - 1
end

local function keep(key, value, now_ms)
  if not entries[key] then
    if count >= ENTRIES_LIMIT then
      make_room()
    end
    count = count + 1
  end
  entries[key] = { value = value, fetched_ms = now_ms }
end

--- Young enough; one from the future is of a clock that was set back.
local function is_within(entry, now_ms, age_limit_ms)
  local age_ms = now_ms - entry.fetched_ms
  return age_ms >= 0 and age_ms < age_limit_ms
end

--- The value under that key if it is younger than ttl_s, else what fetch gives, which is kept. When that fails, a value
--- that is not older than ttl_s and max_stale_s together is as good.
---@param key string
---@param ttl_s number
---@param max_stale_s number
---@param fetch fun(): any, any  a value, or nil and an error
---@return any value
---@return any err        why there is none
---@return any problem    why the value is a stale one, when that was just found out
function M.get(key, ttl_s, max_stale_s, fetch)
  local entry, now_ms = entries[key], native.now_ms()
  if entry and is_within(entry, now_ms, ttl_s * 1000) then
    return entry.value
  end
  local may_serve = entry and is_within(entry, now_ms, (ttl_s + max_stale_s) * 1000)
  if may_serve and entry.retry_ms and now_ms < entry.retry_ms then
    return entry.value
  end
  local value, err = fetch()
  if value ~= nil then
    keep(key, value, native.now_ms())
    return value
  elseif may_serve then
    entry.retry_ms = now_ms + RETRY_AFTER_MS
    return entry.value, nil, err
  end
  return nil, err
end

--- Forgets everything.
function M.clear()
  entries, count = {}, 0
end

return M
