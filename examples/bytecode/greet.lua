--- Source that is shipped as bytecode. Its errors name this file and its lines all the same.
local M = {}

---@param event { name: string }
---@return { message: string }
function M.handler(event)
  if type(event.name) ~= "string" then
    error("the event has no name")
  end
  return { message = "Hello, " .. event.name .. "!" }
end

return M
