--- How a worker's messages and answers are told apart (docs/worker.md). Each function takes the worker's options and
--- gives `put`, a text as what is sent, and `await`, what process:ask takes (runtime/native_question.c). Misuse is an
--- error at the caller's caller.

-- A handler that forgets `local` may overwrite any global.
local string = string
local error, pcall, tostring, type = error, pcall, tostring, type

local WHO = "lambda.worker"

---@class lambda.Framing
---@field put fun(text: string): string
---@field await fun(count: integer?): string, any, boolean?
---@field keeps_surplus boolean?  what no call has asked for is the next one's

---@type table<string, fun(options: lambda.worker.Options): lambda.Framing>
local M = {}

local function ended_by(terminator)
  return {
    put = function(text)
      local message = text .. terminator
      if string.find(message, terminator, 1, true) <= #text then -- one may begin in the text and end behind it
        error(string.format("%s: the message holds %q, which ends a message", WHO, terminator), 3)
      end
      return message
    end,
    await = function()
      return "until", terminator
    end,
  }
end

--- A line each: the answer ends with a newline.
---@return lambda.Framing
function M.line()
  return ended_by("\n")
end

--- Messages and answers end with options.terminator.
---@param options lambda.worker.Options
---@return lambda.Framing
M["until"] = function(options)
  local terminator = options.terminator
  if type(terminator) ~= "string" or terminator == "" then
    error(WHO .. ": framing \"until\" needs a terminator, a string", 3)
  end
  return ended_by(terminator)
end

--- Each has its length before it, as options.length_format packs that.
---@param options lambda.worker.Options
---@return lambda.Framing
function M.length(options)
  local format = options.length_format or ">I4"
  local ok, one = pcall(string.pack, format, 1)
  local width = ok and #one or 0
  local is_little = width > 1 and string.byte(one) == 1
  local is_plain = width >= 1 and width <= 8
    and one == string.pack((is_little and "<" or ">") .. "I" .. width, 1)
  if not is_plain then
    error(string.format("%s: length_format must be one integer of string.pack, such as \">I4\", not '%s'", WHO,
      tostring(format)), 3)
  end
  return {
    put = function(text)
      local packed, length = pcall(string.pack, format, #text)
      if not packed then
        error(string.format("%s: a message of %d bytes is longer than '%s' can say", WHO, #text, format), 3)
      end
      return length .. text
    end,
    await = function()
      return "length", width, is_little
    end,
  }
end

--- Bytes as they are: so many as a call asks for, or what comes first.
---@return lambda.Framing
function M.raw()
  return {
    keeps_surplus = true,
    put = function(text)
      return text
    end,
    await = function(count)
      if count then
        return "count", count
      end
      return "some"
    end,
  }
end

return M
