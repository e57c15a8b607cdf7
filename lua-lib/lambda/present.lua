--- What modules that get no context know of the present event.
local native = require("lambda.native")

-- A handler that forgets `local` may overwrite any global.
local gmatch, math_type, max, tonumber = string.gmatch, math.type, math.max, tonumber

local M = {}

--- A header of the present event; of several under that name the first. Nil where there is none, and outside of an
--- event.
---@param name string  in lower case
---@return string?
function M.header(name)
  for each, value in gmatch(native.log.headers() or "", "(%Z*)%z(%Z*)%z") do -- as in runtime/headers.h
    if each == name then
      return value
    end
  end
  return nil
end

--- The deadline of the present event (Unix epoch, ms); nil outside of one.
---@return integer?
function M.deadline_ms()
  local value = tonumber(M.header("lambda-runtime-deadline-ms"))
  return math_type(value) == "integer" and value or nil
end

--- How long it is until then; nil outside of an event.
---@return integer?
function M.remaining_ms()
  local deadline_ms = M.deadline_ms()
  return deadline_ms and max(0, deadline_ms - native.now_ms())
end

return M
