--- Returns what came in: 64-bit integers, null, [] and {} included.
local M = {}

function M.handler(event)
  return event
end

return M
