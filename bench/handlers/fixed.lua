--- Always the same small answer: what decoding alone costs.
local M = {}

---@return { statusCode: integer, body: string }
function M.handler()
  return { statusCode = 200, body = "ok" }
end

return M
