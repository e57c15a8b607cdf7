--- A C library in the process: libcourier.so, reached through the Lua module courier.so that lies beside it.
local courier = require("courier")
local lambda = require("lambda")

local s3 = courier.open("s3")

local M = {}

---@param event { day: string }
---@return { scope: any, why: string? }
function M.handler(event)
  local scope, why = s3:scope(event.day)
  return { scope = scope or lambda.null, why = why }
end

return M
