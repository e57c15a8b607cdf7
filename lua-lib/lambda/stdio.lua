--- The convention stdio: the event is standard input, what is written is the answer (runtime/script_io.c does that).
local errors = require("lambda.errors")
local native = require("lambda.native")

-- A handler that forgets `local` may overwrite any global.
local error, getmetatable, rawget, rawset, setmetatable, tostring, type =
  error, getmetatable, rawget, rawset, setmetatable, tostring, type
local format, globals, os = string.format, _G, os
local exit, stdin, stdout = os.exit, io.stdin, io.stdout
local tell = stdin.seek
local raw_mt, stream_mt = native.json.raw_mt, native.stream_mt

local M = {}

local end_mark -- what ends a script well when it is raised
local is_on = false -- an event is being handled
local ending -- what os.exit raised for it

--- os.exit for a script: it is the event that ends, not the process. Outside of events it is Lua's own.
local function exit_script(code, close)
  if not is_on then
    return exit(code, close)
  elseif code == nil or code == true or code == 0 then
    ending = end_mark
  else
    ending = errors.fault("Function.ScriptExit", format(
      "the script called os.exit(%s); what it had written is not sent", tostring(code)))
  end
  error(ending, 0)
end

--- Before the handler's file runs, which may keep os.exit in a local.
---@param mark lightuserdata  ends a script well when it is raised
function M.prepare(mark)
  end_mark = mark
  os.exit = exit_script -- luacheck: ignore 122
end

--- The state between events, again, whatever becomes of this one.
local leave_mt = {
  __close = function(before)
    is_on, ending = false, nil
    rawset(globals, "context", before.context)
  end,
}

local function enter(context)
  local before = setmetatable({ context = rawget(globals, "context") }, leave_mt)
  is_on, ending = true, nil
  rawset(globals, "context", context)
  return before
end

--- Whether anything was read or written since the event came.
---@return boolean
function M.is_touched()
  return tell(stdin) ~= 0 or tell(stdout) ~= 0
end

--- Returned values are nobody's, as those of a program's main chunk; but an error is one, and what was meant to be
--- sent must not be lost.
local function check(result, failure)
  if ending then -- a pcall kept it
    error(ending, 0)
  elseif result == nil and failure ~= nil then
    error(errors.returned(failure), 0)
  end
  local mt = type(result) == "table" and getmetatable(result)
  if mt and (mt == raw_mt or mt == stream_mt) then
    error("under the convention stdio the answer is what is written, so a returned one would be lost: "
      .. "use io.write", 0)
  end
end

--- f(): reads the event, writes the answer, finds the context in the global `context`.
---@param f function
---@param mark lightuserdata  as for prepare
---@return fun(event: nil, context: lambda.Context)
function M.wrap(f, mark)
  M.prepare(mark)
  return function(_, context)
    local _ <close> = enter(context)
    check(f())
  end
end

return M
