--- Asks a program that lives across events: what a pipe there and back costs.
local lambda = require("lambda")

local program = lambda.worker("cat")
local M = {}

---@param event any
---@return any
function M.handler(event)
  return lambda.raw(assert(program:call(lambda.json.encode(event))))
end

return M
