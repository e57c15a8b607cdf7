--- The time that an app sees: the machine's, or one that stands still, and in either case may be moved on.
local native = require("lambda.native")

local error, math_type, setmetatable = error, math.type, setmetatable
local date, time = os.date, os.time

local M = {}

---@class lambda.testing.Clock
---@field private offset_ms integer
---@field private frozen_ms integer?
local Clock = {}
Clock.__index = Clock

--- Unix epoch.
---@return integer
function Clock:now_ms()
  return (self.frozen_ms or native.now_ms()) + self.offset_ms
end

---@param ms integer
function Clock:advance(ms)
  if math_type(ms) ~= "integer" or ms < 0 then
    error("bad argument to 'advance' (milliseconds expected: an integer, not negative)", 3)
  end
  self.offset_ms = self.offset_ms + ms
end

--- os.time and os.date go by it.
---@param os table  the contents of os in a world
function Clock:install(os)
  function os.time(parts)
    if parts == nil then
      return self:now_ms() // 1000
    end
    return time(parts)
  end
  function os.date(form, seconds)
    return date(form or "%c", seconds or self:now_ms() // 1000)
  end
end

---@param frozen_ms integer?
---@return lambda.testing.Clock
function M.new(frozen_ms)
  return setmetatable({ offset_ms = 0, frozen_ms = frozen_ms }, Clock)
end

return M
