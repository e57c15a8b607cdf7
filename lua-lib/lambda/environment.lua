--- The environment as a table: os.getenv must be told each name.
local native = require("lambda.native")

local TRACE_VARIABLE = "_X_AMZN_TRACE_ID"

local getenv = os.getenv -- where events share the process it alone knows this event's trace id

local M = {}

--- A copy of the process's environment, as it is now. Changing it changes nothing else.
---@return table<string, string>
function M.copy()
  local all = native.environment()
  all[TRACE_VARIABLE] = getenv(TRACE_VARIABLE)
  return all
end

return M
