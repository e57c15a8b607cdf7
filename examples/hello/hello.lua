--- The smallest handler: an event in, a table out.
local M = {}

---@param event { name: string? }
---@return { message: string }
function M.handler(event)
  return { message = "Hello, " .. (event.name or "world") .. "!" }
end

return M
