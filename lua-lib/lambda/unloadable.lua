--- What to say when a handler's file is there and does not load.
local fault = require("lambda.loader").fault

-- The handler's file may overwrite any global, and alter string.
local require = require
local find, open, sub = string.find, io.open, string.sub

local M = {}

--- Why a file did not load, as a fault.
---@param path string
---@param err string  what loadfile said
---@return lambda.Fault
function M.file(path, err)
  local file = open(path, "rb")
  local first = file and file:read(1)
  if file then
    file:close()
  end
  if not first and find(err, "^cannot ") then -- "cannot open", "cannot read": a folder, or no permission
    return fault("Runtime.ImportModuleError", err)
  elseif sub(path, -5) == ".luac" then
    return require("lambda.bytecode").fault(path)
  elseif first == "\27" then
    return fault("Runtime.UserCodeSyntaxError", path
      .. " holds bytecode; a .lua file must be source text, bytecode belongs into a .luac file")
  end
  return fault("Runtime.UserCodeSyntaxError", err)
end

return M
