--- Returns what came in, under two conventions: decoded, and as the bytes that it was. copy.lua is the third.
local M = {}

--- 64-bit integers, null, [] and {} included.
---@param event any
---@return any
function M.handler(event)
  return event
end

--- The same without a look at it: any bytes. This table has its own convention.
M.bytes = {
  convention = "string",
  handler = function(body)
    return body
  end,
}

return M
