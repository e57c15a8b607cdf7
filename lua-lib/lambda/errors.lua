--- What was raised, as the document that the Runtime API expects and the type for its header.
local frames = require("lambda.frames")
local native = require("lambda.native")

-- A handler that forgets `local` may overwrite any global.
local string = string
local cut = frames.cut
local error, getmetatable, pcall, rawget, require, setmetatable, tostring, type =
  error, getmetatable, pcall, rawget, require, setmetatable, tostring, type

local M = {}

-- Together they fit into one record of the log, and /error takes far more.
local MESSAGE_LIMIT_BYTES = 64 * 1024 -- as JSON
local TYPE_LIMIT_BYTES = 256
local DATA_LIMIT_BYTES = 128 * 1024 -- as JSON
local REPLACE = { encoding = "replace" }

--- Errors that lambda.* itself raises keep their type; a handler's error gets its category from us.
local fault_mt = { __name = "lambda.fault" }

--- What lambda.error makes.
local error_mt = { __name = "lambda.error" }
function error_mt:__tostring()
  return string.format("%s: %s", self.type, self.message)
end

---@class lambda.Error
---@field type string     "OrderNotFound"
---@field message string
---@field data any        goes to the caller as errorData

--- A typed error for a handler to raise, error(lambda.error("OrderNotFound", "no such order")), or to return behind
--- nil. Caught by pcall it is this table, and tostring tells it.
---@param type_name string  what the caller and the platform's metrics tell errors by: one word, CamelCase
---@param message string    for a person
---@param data any?         anything that JSON can hold
---@return lambda.Error
function M.new(type_name, message, data)
  if type(type_name) ~= "string" then
    error(string.format("bad argument #1 to 'lambda.error' (an error type expected, got %s)", type(type_name)), 2)
  elseif type(message) ~= "string" then
    error(string.format("bad argument #2 to 'lambda.error' (a message expected, got %s)", type(message)), 2)
  end
  return setmetatable({ type = type_name, message = message, data = data }, error_mt)
end

---@class lambda.Fault
---@field type string
---@field message string

--- An error of the runtime's own making, with its exact type.
---@param type_name string  "Runtime.HandlerNotFound"
---@param message string
---@return lambda.Fault
function M.fault(type_name, message)
  return setmetatable({ type = type_name, message = message }, fault_mt)
end

--- Any value as text; never raises.
---@param value any
---@return string
function M.text(value)
  if value == nil then
    return "nil was raised"
  elseif type(value) == "string" then
    return value
  end
  local ok, text = pcall(tostring, value)
  if ok then
    return text
  end
  return string.format("a %s was raised, and its __tostring failed: %s", type(value),
    type(text) == "string" and text or "with a " .. type(text))
end

--- Reads type, message and data of a raised table, which may have metamethods that raise.
local function fields(raised)
  return raised.type, raised.message, raised.data
end

--- The second value of `return nil, err`: its own type when it is a typed error, else Function.Error.
---@param err any
---@return any raised
function M.returned(err)
  local is_readable, type_name, message, data
  if type(err) == "table" then
    is_readable, type_name, message, data = pcall(fields, err)
  end
  if is_readable and type(type_name) == "string" then
    return err
  end
  local fault = M.fault("Function.Error", M.text(is_readable and message ~= nil and message or err))
  fault.data = data
  return fault
end

--- Cuts so that its JSON keeps to the limit, for escapes make it longer.
local function cut_json(text, limit_bytes)
  local room = limit_bytes
  text = cut(text, room)
  local len = #native.json.encode(text, REPLACE)
  while len > limit_bytes do
    room = room * limit_bytes // (len + 16)
    text = cut(text, room)
    len = #native.json.encode(text, REPLACE)
  end
  return text
end

--- What a table of the handler's says of itself: its type, which may be nil, its message, its data.
--- Nothing when it is no error at all.
local function typed(raised)
  if type(raised) ~= "table" then
    return nil
  end
  local ok, type_name, message, data = pcall(fields, raised)
  if not ok or (type_name == nil and message == nil) then
    return nil
  end
  return type(type_name) == "string" and type_name or nil,
    message ~= nil and M.text(message) or M.text(type_name), data
end

--- The type for Lambda-Runtime-Function-Error-Type: the platform keeps (Runtime|Function).[A-Z][A-Za-z]+ only.
local function header_type(type_name)
  if string.find(type_name, "^Function%.[A-Z][A-Za-z]+$") or string.find(type_name, "^Runtime%.[A-Z][A-Za-z]+$") then
    return type_name
  elseif string.find(type_name, "^[A-Z][A-Za-z]+$") then
    return "Function." .. type_name
  end
  return "Function.LuaError"
end

--- Data as JSON that stands for itself; what cannot be encoded, or is too much, is said instead of lost.
local function data_json(data)
  local text, err = native.json.encode(data)
  if text and #text > DATA_LIMIT_BYTES then
    err = string.format("%d bytes are more than %d", #text, DATA_LIMIT_BYTES)
  end
  return err and "(left out: " .. err .. ")" or native.json.raw(text)
end

local by_stage = {
  init = "Function.InitError",
  ["before snapshot"] = "Runtime.BeforeSnapshotError",
  ["after restore"] = "Runtime.AfterRestoreError",
  decode = "Runtime.UnmarshalError",
  encode = "Runtime.MarshalError",
  late = "Function.DeadlineExceeded",
}

--- The type and message of a typed error; nil for anything else.
---@param value any
---@return string? type_name
---@return string? message
function M.read(value)
  local type_name, message = typed(value)
  if type_name then
    return type_name, message
  end
end

--- What the function given to lambda.on_error may look at and change.
---@class lambda.Failure
---@field type string
---@field message string
---@field data any
---@field stack_trace string[]  to be read
---@field raised any            what was raised, or returned behind nil; to be read

local rewrite

--- Has a function see each failed invocation before its error is posted; what it writes into type, message and data
--- goes out. One function: a later one takes its place, nil none. Should it fail, the error goes out as it was.
---@param fn fun(err: lambda.Failure, context: lambda.Context)?
function M.on_error(fn)
  if fn ~= nil and type(fn) ~= "function" then
    error(string.format("bad argument #1 to 'lambda.on_error' (a function expected, got %s)", type(fn)), 2)
  end
  rewrite = fn
end

--- Runs the handler's on_error. Raises what it raises.
local function ask(failure, context)
  rewrite(failure, context)
  local type_name, message = rawget(failure, "type"), rawget(failure, "message")
  if type(type_name) ~= "string" then
    error(string.format("it left a type that is no string but a %s", type(type_name)), 0)
  elseif message == nil then
    error("it left no message", 0)
  end
  return type_name, M.text(message), rawget(failure, "data")
end

--- What was raised; where it is late, told without the handler's metamethods: they had their chance, and took too long.
local function plain(raised, late)
  local kind = type(raised)
  if not late or (kind ~= "table" and kind ~= "userdata") or getmetatable(raised) == fault_mt then
    return raised
  end
  local type_name, message, data
  if kind == "table" then
    type_name, message, data = rawget(raised, "type"), rawget(raised, "message"), rawget(raised, "data")
  end
  return {
    type = type(type_name) == "string" and type_name or nil,
    message = type(message) == "string" and message
      or string.format("a %s was raised, and to tell more of it took too long", kind),
    data = data,
  }
end

local function complain(what)
  local text = cut_json(what, MESSAGE_LIMIT_BYTES)
  pcall(function()
    require("lambda.log").error("on_error failed, and the error goes out as it was: " .. text)
  end)
end

--- Type, message and data as on_error has them. late: why there is no time to ask it.
local function rewritten(type_name, message, data, trace, raised, context, late)
  if late then
    complain(late)
    return type_name, message, data
  end
  local ok, new_type, new_message, new_data = pcall(ask, {
    type = type_name, message = message, data = data, stack_trace = trace, raised = raised,
  }, context)
  if ok then
    return new_type, new_message, new_data
  end
  complain(M.text(new_type))
  return type_name, message, data
end

--- The X-Ray cause; an error is reported without one when that fails.
local function cause_of(type_name, message, trace)
  local ok, cause = pcall(function()
    return require("lambda.cause").encode(type_name, message, trace, cut)
  end)
  return ok and cause or nil
end

--- What the codec says of the context, which holds its headers under a key of its own, needs a word more.
local function explained(message, stage)
  if stage == "encode" and string.find(message, ": a table cannot be a key$") then
    return message .. "; is it the handler's context? That is no data: answer with those of its fields that are wanted"
  end
  return message
end

--- Describes whatever was raised.
---@param raised any
---@param traceback string  as luaL_traceback gives it
---@param stage "init"|"before snapshot"|"after restore"|"decode"|"handler"|"encode"|"hook"|"late"  where it was raised
---@param context lambda.Context?  of the invocation, for on_error
---@param late string?      why none of the handler's code is to be called: it was, and had to be stopped
---@return table document   errorMessage, errorType, stackTrace, errorData
---@return string type      for the header
---@return string? cause    for X-Ray's header
function M.describe(raised, traceback, stage, context, late)
  raised = plain(raised, late)
  local type_name, message, data = typed(raised)
  if getmetatable(raised) ~= fault_mt and by_stage[stage] then
    type_name = by_stage[stage]
  end
  local trace = frames.of(traceback)
  message = explained(frames.without_our_position(message or M.text(raised)), stage)
  type_name = type_name or "Function.LuaError"
  if rewrite and context and stage ~= "hook" and stage ~= "late" then -- nothing is posted, no time is left
    type_name, message, data = rewritten(type_name, message, data, trace, raised, context, late)
  end
  type_name, message = cut(type_name, TYPE_LIMIT_BYTES), cut_json(message, MESSAGE_LIMIT_BYTES)
  return {
    errorMessage = message,
    errorType = type_name,
    stackTrace = trace,
    errorData = data ~= nil and data_json(data) or nil,
  }, header_type(type_name), cause_of(type_name, message, trace)
end

return M
