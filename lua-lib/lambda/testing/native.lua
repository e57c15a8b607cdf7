--- lambda.native for an app: the real one, but that what goes to the platform is kept.
local native = require("lambda.native")

local json, next = native.json, next

local M = {}

local LEVELS = { [0] = "TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL" }
local TRACE = 0

---@class lambda.testing.Record
---@field level "TRACE"|"DEBUG"|"INFO"|"WARN"|"ERROR"|"FATAL"
---@field message string
---@field fields table  as JSON has them

--- A stand-in for one app.
---@param clock lambda.testing.Clock
---@param keep fun(record: lambda.testing.Record)  takes what lambda.log writes
---@param write fun(text: string)                  takes what goes to standard output
---@return table stand_in
---@return fun(block: string?) begin  sets the header block of the present event; nil for none
function M.new(clock, keep, write)
  local stand_in, block = {}, nil
  for name, member in next, native do
    stand_in[name] = member
  end
  stand_in.hooks, stand_in.stream_mt = {}, {}
  for name, number in next, native.hooks do -- the names of the lists, not what is in them
    stand_in.hooks[name] = math.type(name) ~= "integer" and math.type(number) == "integer" and number or nil
  end
  stand_in.log = {
    write = function(level, message, members)
      keep({ level = LEVELS[level], message = message, fields = members and json.decode(members) or {} })
    end,
    line = function(text)
      write(text .. "\n")
    end,
    headers = function()
      return block
    end,
    threshold = function()
      return TRACE
    end,
  }
  function stand_in.now_ms()
    return clock:now_ms()
  end
  --- Nobody waits for the pauses between tries: they pass at once.
  function stand_in.sleep_ms(ms)
    clock:advance(ms)
  end
  return stand_in, function(new_block)
    block = new_block
  end
end

return M
