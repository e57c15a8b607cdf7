--- What was raised, as the document that the Runtime API expects and the type for its header.
local native = require("lambda.native")

-- A handler that forgets `local` may overwrite any global.
local error, getmetatable, pcall, setmetatable, tostring, type =
  error, getmetatable, pcall, setmetatable, tostring, type

local M = {}

-- Together below 1 MiB even when every byte needs escaping: /error takes no more.
local MESSAGE_LIMIT_BYTES = 64 * 1024
local TYPE_LIMIT_BYTES = 256
local DATA_LIMIT_BYTES = 128 * 1024

--- Errors that lambda.* itself raises keep their type; a handler's error gets its category from us.
local fault_mt = { __name = "lambda.fault" }

--- What lambda.error makes.
local error_mt = { __name = "lambda.error" }
function error_mt:__tostring()
  return ("%s: %s"):format(self.type, self.message)
end

---@class lambda.Error
---@field type string     "OrderNotFound"
---@field message string
---@field data any        goes to the caller as errorData

--- A typed error for a handler to raise: error(lambda.error("OrderNotFound", "no such order")).
---@param type_name string
---@param message string
---@param data any?  anything that JSON can hold
---@return lambda.Error
function M.new(type_name, message, data)
  if type(type_name) ~= "string" then
    error(("bad argument #1 to 'lambda.error' (an error type expected, got %s)"):format(type(type_name)), 2)
  elseif type(message) ~= "string" then
    error(("bad argument #2 to 'lambda.error' (a message expected, got %s)"):format(type(message)), 2)
  end
  return setmetatable({ type = type_name, message = message, data = data }, error_mt)
end

--- An error of the runtime's own making, with its exact type.
---@param type_name string  "Runtime.HandlerNotFound"
---@param message string
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
  return ("a %s was raised, and its __tostring failed: %s"):format(type(value), tostring(text))
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

--- Cuts at a byte limit, but not inside a UTF-8 character.
local function cut(text, limit_bytes)
  if #text <= limit_bytes then
    return text
  end
  return (text:sub(1, limit_bytes):gsub("[\xC0-\xFF][\x80-\xBF]*$", "")) .. "…"
end

local function is_ours(frame)
  return frame:find("^%[lunambda ") ~= nil
end

--- luaL_traceback's text as a list, innermost first. Left out: our own frames, the `error` that they called,
--- and all that the handler stands on.
local function frames(traceback)
  local all, bottom = {}, nil
  for line in traceback:gmatch("\n\t([^\n]*)") do
    all[#all + 1] = line:gsub("\t", " ")
    bottom = is_ours(line) and #all or bottom
  end
  if not bottom then -- raised below every Lua function
    return native.json.array({})
  end
  local list = {}
  for i = 1, bottom - 1 do
    if not is_ours(all[i]) and not (all[i] == "[C]: in function 'error'" and is_ours(all[i + 1])) then
      list[#list + 1] = all[i]
    end
  end
  return native.json.array(list)
end

--- What a table of the handler's says of itself; nil when it is no typed error.
local function typed(raised)
  if type(raised) ~= "table" then
    return nil
  end
  local ok, type_name, message, data = pcall(fields, raised)
  if not ok or (type_name == nil and message == nil) then
    return nil
  end
  return type(type_name) == "string" and type_name or "Function.LuaError",
    message ~= nil and M.text(message) or M.text(type_name), data
end

--- The type for Lambda-Runtime-Function-Error-Type: the platform keeps (Runtime|Function).[A-Z][A-Za-z]+ only.
local function header_type(type_name)
  if type_name:find("^Function%.[A-Z][A-Za-z]+$") or type_name:find("^Runtime%.[A-Z][A-Za-z]+$") then
    return type_name
  elseif type_name:find("^[A-Z][A-Za-z]+$") then
    return "Function." .. type_name
  end
  return "Function.LuaError"
end

--- Data as JSON that stands for itself; what cannot be encoded, or is too much, is said instead of lost.
local function data_json(data)
  local text, err = native.json.encode(data)
  if text and #text > DATA_LIMIT_BYTES then
    err = ("%d bytes are more than %d"):format(#text, DATA_LIMIT_BYTES)
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

--- Describes whatever was raised.
---@param raised any
---@param traceback string  as luaL_traceback gives it
---@param stage "init"|"before snapshot"|"after restore"|"decode"|"handler"|"encode"|"late"  where it was raised
---@return table document   errorMessage, errorType, stackTrace, errorData
---@return string type      for the header
function M.describe(raised, traceback, stage)
  local type_name, message, data = typed(raised)
  if getmetatable(raised) ~= fault_mt and by_stage[stage] then
    type_name = by_stage[stage]
  end
  type_name = type_name or "Function.LuaError"
  return {
    errorMessage = cut(message or M.text(raised), MESSAGE_LIMIT_BYTES),
    errorType = cut(type_name, TYPE_LIMIT_BYTES),
    stackTrace = frames(traceback),
    errorData = data ~= nil and data_json(data) or nil,
  }, header_type(type_name)
end

return M
