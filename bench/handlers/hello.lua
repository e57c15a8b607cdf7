--- The smallest handler there is, as in examples/hello: what others are held against.
local M = {}

---@param event { name: string? }
---@return { message: string }
function M.handler(event)
  return { message = "Hello, " .. (event.name or "world") .. "!" }
end

return M
