--- What modules that get no context know of the present event.
local native = require("lambda.native")

-- A handler that forgets `local` may overwrite any global.
local gmatch = string.gmatch

local M = {}

--- A header of the present event; of several under that name the first. Nil where there is none, and outside of an
--- event.
---@param name string  in lower case
---@return string?
function M.header(name)
  for each, value in gmatch(native.log.headers() or "", "(%Z*)%z(%Z*)%z") do -- as in runtime/headers.h
    if each == name then
      return value
    end
  end
  return nil
end

return M
