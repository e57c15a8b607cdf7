--- Digits of pi, computed in C.
local spigot = require("spigot")

local M = {}

---@param event { digits: integer? }
---@return { pi: string }
function M.handler(event)
  return { pi = spigot.pi(event.digits or 10) }
end

return M
