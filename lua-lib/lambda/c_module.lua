--- A handler in C.
local fault = require("lambda.loader").fault

local error, package = error, package
local format, gsub, match = string.format, string.gsub, string.match

local M = {}

--- The function that opens a C module, by Lua's rules (manual §6.3): src/pi is luaopen_src_pi; what follows a
--- hyphen does not count.
---@param module string
---@param path string
---@return function
function M.open_function(module, path)
  local name = "luaopen_" .. gsub(match(module, "^[^-]*"), "%.", "_")
  local opener, err, where = package.loadlib(path, name)
  if where == "init" then
    err = format("it exports no function %s", name)
  end
  if not opener then
    error(fault("Runtime.ImportModuleError", format("the C module %s does not load: %s", path, err)), 0)
  end
  return opener
end

return M
