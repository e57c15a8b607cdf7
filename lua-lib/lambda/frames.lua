--- The stack trace of an error, as its reader wants it: the handler's frames alone.
local native = require("lambda.native")

-- A handler that forgets `local` may overwrite any global.
local string = string

local M = {}

local FRAME_LIMIT_BYTES = 256
local FRAMES_LIMIT = 32 -- luaL_traceback has 22, the guard's through coroutines may have more

--- Cuts at a byte limit, but not inside a UTF-8 character.
---@param text string
---@param limit_bytes integer
---@return string
function M.cut(text, limit_bytes)
  if #text <= limit_bytes then
    return text
  end
  local at = limit_bytes
  while at > limit_bytes - 3 and at > 0 and string.find(text, "^[\x80-\xBF]", at + 1) do
    at = at - 1
  end
  return string.sub(text, 1, at) .. "…"
end

--- As runtime/embedded.h has it.
local function is_ours(frame)
  return string.find(frame, "^%[lunambda ") ~= nil
end

--- error("…", 2) in a handler blames its caller, which is ours: such a position helps nobody.
---@param message string
---@return string
function M.without_our_position(message)
  return (string.gsub(message, "^%[lunambda [^%]]*%]:%d+: ", ""))
end

--- The lines of luaL_traceback, innermost first, without the marks of our own tail calls.
---@return string[] all
---@return integer? bottom  the last of our own: what the handler stands on
local function lines(traceback)
  local all, bottom = {}, nil
  for line in string.gmatch(traceback, "\n\t([^\n]*)") do
    if line ~= "(...tail calls...)" or not is_ours(all[#all] or "") then
      all[#all + 1] = string.gsub(line, "\t", " ")
    end
    bottom = is_ours(line) and #all or bottom
  end
  return all, bottom
end

--- The handler's frames as a list. Left out: our own, the `error` that they called, and all that the handler
--- stands on. Without any frame of ours it was raised below every Lua function.
---@param traceback string  "\n\tframe" each, as luaL_traceback has them
---@return string[]
function M.of(traceback)
  local list, all, bottom = {}, lines(traceback)
  for i = 1, (bottom or 1) - 1 do
    if #list < FRAMES_LIMIT and not is_ours(all[i])
      and not (all[i] == "[C]: in function 'error'" and is_ours(all[i + 1])) then
      list[#list + 1] = M.cut(all[i], FRAME_LIMIT_BYTES)
    end
  end
  return native.json.array(list)
end

return M
