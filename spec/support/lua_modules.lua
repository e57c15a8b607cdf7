--- The C modules that were built for the specs (runtime/test/modules).
local bootstrap_process = require("bootstrap_process")

local M = {}

--- A value of LUA_CPATH_5_4 that finds them.
---@return string
function M.cpath()
  return bootstrap_process.bin():gsub("/bin/?$", "/modules/test") .. "/?.so;;"
end

return M
