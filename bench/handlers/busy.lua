--- Computes for a while: what the processor's share does to that.
local M = {}

---@return integer
function M.handler()
  local sum = 0
  for i = 1, 1000000 do
    sum = sum + i % 7
  end
  return sum
end

return M
