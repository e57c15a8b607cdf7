--- Records: log.info("paid", { order = 42 }). docs/logs.md has the rules; the line is made in C (runtime/log_record.c).
local errors = require("lambda.errors")
local native = require("lambda.native")

-- A handler that forgets `local` may overwrite any global.
local concat, getmetatable, next, pcall, rawget, sort, tostring, type =
  table.concat, getmetatable, next, pcall, rawget, table.sort, tostring, type

local json, write = native.json, native.log.write

-- With the longest sentences below what a record holds (LOG_MEMBERS_LIMIT_BYTES).
local FIELDS_LIMIT_BYTES = 128 * 1024
local SENTENCE_LIMIT_BYTES = 512
local OPTIONS = { sort = true, encoding = "replace" }

--- The record's own names: a field of such a name gets another one.
local RESERVED = { timestamp = true, level = true, requestId = true, message = true, tenantId = true }
--- The same, but only where the message is an error.
local RESERVED_FOR_ERRORS = { errorType = true, errorMessage = true }

local function cut(text, limit_bytes)
  return #text > limit_bytes and text:sub(1, limit_bytes) .. "…" or text
end

--- JSON on one line; the second value says why there is none.
local function encode(value)
  local text, err = json.encode(value, OPTIONS)
  return text and (text:gsub("[\r\n]", " ")), err -- a newline can only be white space of lambda.raw
end

--- Any value as text: a string as it is, a bare table as its JSON.
local function text_of(value)
  if type(value) == "string" then
    return value
  end
  local mt = getmetatable(value)
  local has_text = mt ~= nil
    and (type(mt) ~= "table" or rawget(mt, "__tostring") ~= nil or rawget(mt, "__name") ~= nil)
  if type(value) == "table" and not has_text then
    local text = encode(value)
    if text then
      return text
    end
  end
  local ok, text = pcall(tostring, value)
  return ok and text or ("a %s whose __tostring failed"):format(type(value))
end

--- The message, and for an error that has a type its fields.
local function describe(message)
  local type_name, text = errors.read(message)
  if not type_name then
    return text_of(message)
  end
  return text, { errorType = type_name, errorMessage = text }
end

--- Whether the fields can be members as they are: a table of names, none of them the record's.
local function are_plain(fields, is_error)
  for name in next, fields do
    if type(name) ~= "string" then
      return false, true
    elseif RESERVED[name] or is_error and RESERVED_FOR_ERRORS[name] then
      return false
    end
  end
  return true
end

--- A name that neither the record nor another field has.
local function free_name(name, fields, is_error)
  while RESERVED[name] or is_error and RESERVED_FOR_ERRORS[name] or rawget(fields, name) ~= nil do
    name = name .. "_"
  end
  return name
end

--- The fields by names of their own; what is no table of names goes under "fields".
local function named(fields, own)
  local is_plain, has_numbers
  if type(fields) == "table" and getmetatable(fields) ~= json.raw_mt then
    is_plain, has_numbers = are_plain(fields, own ~= nil)
  else
    has_numbers = true
  end
  if is_plain and not own then
    return fields
  end
  local members = {}
  if has_numbers then
    members.fields = fields
  else
    for name, value in next, fields do
      local is_taken = RESERVED[name] or own and RESERVED_FOR_ERRORS[name]
      members[is_taken and free_name(name, fields, own ~= nil) or name] = value
    end
  end
  for name, value in next, own or {} do
    members[name] = value
  end
  return members
end

--- One member; a value that has no JSON, or too much of it, becomes a sentence.
local function encode_member(name, value, room)
  local text, err = encode(value)
  local key = encode(cut(name, SENTENCE_LIMIT_BYTES))
  if text and #key + #text + 2 > room then
    err = ("%d bytes are more than there is room for"):format(#text)
  end
  return key .. ":" .. (err and encode(cut("(left out: " .. err .. ")", SENTENCE_LIMIT_BYTES)) or text)
end

--- Members one by one, for when they do not go together.
local function encode_each(members)
  local names, parts, room, left_out = {}, {}, FIELDS_LIMIT_BYTES, 0
  for name in next, members do
    names[#names + 1] = name
  end
  sort(names)
  for _, name in next, names do
    local part = encode_member(name, members[name], room)
    if #part + 1 <= room then
      parts[#parts + 1], room = part, room - #part - 1
    else
      left_out = left_out + 1
    end
  end
  if left_out > 0 then
    parts[#parts + 1] = ('"fieldsLeftOut":%d'):format(left_out)
  end
  return "{" .. concat(parts, ",") .. "}"
end

local function record(level, message, fields)
  local own
  if type(message) ~= "string" then
    message, own = describe(message)
  end
  if fields == nil and not own then
    return write(level, message)
  end
  local members = named(fields == nil and {} or fields, own)
  local text = encode(members)
  if not text or #text > FIELDS_LIMIT_BYTES then
    text = encode_each(members)
  end
  write(level, message, text)
end

--- What a level costs that is not written: one call.
local function nothing() end

local THRESHOLD = native.log.threshold()

---@param level integer  as in runtime/log.h
---@return fun(message: any, fields?: table)
local function at(level)
  if level < THRESHOLD then
    return nothing
  end
  return function(message, fields)
    record(level, message, fields)
  end
end

--- Each writes one record on standard error. The message is text, an error, or anything else that can be told;
--- the fields are a table of names to what JSON can hold.
---@class lambda.Log
---@field trace fun(message: any, fields?: table)
---@field debug fun(message: any, fields?: table)
---@field info fun(message: any, fields?: table)
---@field warn fun(message: any, fields?: table)
---@field error fun(message: any, fields?: table)
---@field fatal fun(message: any, fields?: table)
local M = {}

for level, name in next, { [0] = "trace", "debug", "info", "warn", "error", "fatal" } do
  M[name] = at(level)
end

return M
