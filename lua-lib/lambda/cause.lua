--- The X-Ray cause of an error: what Lambda-Runtime-Function-XRay-Error-Cause carries, one line of ASCII.
--- https://docs.aws.amazon.com/xray/latest/devguide/xray-api-segmentdocuments.html#api-segmentdocuments-errors
local native = require("lambda.native")

-- A handler that forgets `local` may overwrite any global.
local ipairs, tonumber = ipairs, tonumber
local codepoint = utf8.codepoint

local M = {}

local LIMIT_BYTES = 32 * 1024
local MESSAGE_LIMIT_BYTES = 16 * 1024
local OPTIONS = { sort = true, encoding = "replace" }

---@class lambda.cause.Frame
---@field path string
---@field line integer  0 for C
---@field label string

--- A line of luaL_traceback's, taken apart; nil for those that are no frame ("(...tail calls...)").
---@param text string
---@return lambda.cause.Frame?
local function frame(text)
  local place, label = text:match("^(.-): in (.+)$")
  if not place then
    return nil
  end
  local path, line = place:match("^(.*):(%d+)$")
  return { path = path or place, line = tonumber(line) or 0, label = label:match("'(.*)'$") or label }
end

local function escape(character)
  local code = codepoint(character)
  if code < 0x10000 then
    return ("\\u%04x"):format(code)
  end
  return ("\\u%04x\\u%04x"):format(0xD7C0 + (code >> 10), 0xDC00 + (code & 0x3FF))
end

--- Valid JSON, for our encoder escapes what is below 0x20.
local function ascii(json)
  return (json:gsub("[\x7F-\xFF][\x80-\xBF]*", escape))
end

--- The cause with so many of the frames.
local function encode(type_name, message, frames, count)
  local stack, paths, is_known = native.json.array({}), native.json.array({}), {}
  for i = 1, count do
    local path = frames[i].path
    stack[i] = frames[i]
    if not is_known[path] then
      is_known[path], paths[#paths + 1] = true, path
    end
  end
  local text = native.json.encode({
    working_directory = native.working_directory() or "",
    exceptions = { { type = type_name, message = message, stack = stack } },
    paths = paths,
  }, OPTIONS)
  return ascii(text)
end

--- Makes the cause. Frames go first when it is too long, outermost before innermost, then the message's end.
---@param type_name string
---@param message string
---@param trace string[]  innermost first
---@param cut fun(text: string, limit_bytes: integer): string
---@return string? header  nil when even that was too long
function M.encode(type_name, message, trace, cut)
  local frames = {}
  for _, text in ipairs(trace) do
    frames[#frames + 1] = frame(text)
  end
  local count, room = #frames, MESSAGE_LIMIT_BYTES
  message = cut(message, room)
  local header = encode(type_name, message, frames, count)
  while #header > LIMIT_BYTES and (count > 0 or room > 1) do
    if count > 0 then
      count = count // 2
    else
      room = room // 2
      message = cut(message, room)
    end
    header = encode(type_name, message, frames, count)
  end
  return #header <= LIMIT_BYTES and header or nil
end

return M
