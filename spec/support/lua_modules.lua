--- The C modules that were built for the specs (runtime/test/modules).
local bootstrap_process = require("bootstrap_process")

local M = {}

--- A value of LUA_CPATH_5_4 that finds them.
---@return string
function M.cpath()
  return bootstrap_process.bin():gsub("/bin/?$", "/modules/test") .. "/?.so;;"
end

--- The bytes of one, to be put elsewhere.
---@param name string
---@return string
function M.bytes(name)
  local file = assert(io.open((bootstrap_process.bin():gsub("/bin/?$", "/modules/test/")) .. name .. ".so", "rb"))
  local bytes = file:read("a")
  file:close()
  return bytes
end

return M
