--- What a record of the log says where the message is no text, or the fields are not simply names to what has a JSON
--- form. Nothing is lost: what cannot be told as it is becomes a sentence, and what would hide a member of the record
--- gets another name. Loaded with the first such record. docs/logs.md
local errors = require("lambda.errors")
local json = require("lambda.native").json

-- A handler that forgets `local` may overwrite any global.
local string = string
local concat, getmetatable, next, pcall, rawget, sort, tostring, type =
  table.concat, getmetatable, next, pcall, rawget, table.sort, tostring, type

local M = {}

local SENTENCE_LIMIT_BYTES = 512
local OPTIONS = { sort = true, encoding = "replace" }
--- Names of the record's own where the message is an error.
local OF_ERRORS = { errorType = true, errorMessage = true }

local function cut(text, limit_bytes)
  return #text > limit_bytes and string.sub(text, 1, limit_bytes) .. "…" or text
end

--- Any value as text: a string as it is, a bare table as its JSON on one line.
local function text_of(value)
  if type(value) == "string" then
    return value
  end
  local mt = getmetatable(value)
  local has_text = mt ~= nil
    and (type(mt) ~= "table" or rawget(mt, "__tostring") ~= nil or rawget(mt, "__name") ~= nil)
  local text = type(value) == "table" and not has_text and json.encode(value, OPTIONS)
  if text then
    return (string.gsub(text, "[\r\n]", " "))
  end
  local ok, told = pcall(tostring, value)
  return ok and told or string.format("a %s whose __tostring failed", type(value))
end

--- The message, and for an error that has a type its fields.
local function read(message)
  local type_name, text = errors.read(message)
  if not type_name then
    return text_of(message)
  end
  return text, { errorType = type_name, errorMessage = text }
end

--- The record's own names, with those of errors.
local function taken_names(reserved, of_error)
  local taken = {}
  for name in next, reserved do
    taken[name] = true
  end
  for name in next, of_error and OF_ERRORS or {} do
    taken[name] = true
  end
  return taken
end

--- A name that neither the record nor another field has.
local function free_name(name, fields, taken)
  while taken[name] or rawget(fields, name) ~= nil do
    name = name .. "_"
  end
  return name
end

local function are_named(fields)
  if type(fields) ~= "table" or getmetatable(fields) == json.raw_mt then
    return false
  end
  for name in next, fields do
    if type(name) ~= "string" then
      return false
    end
  end
  return true
end

--- The fields by names of their own; what is no table of names goes under "fields".
local function named(fields, of_error, reserved)
  local members, taken = {}, taken_names(reserved, of_error)
  if fields ~= nil and not are_named(fields) then
    members.fields = fields
  else
    for name, value in next, fields or {} do
      members[taken[name] and free_name(name, fields, taken) or name] = value
    end
  end
  for name, value in next, of_error or {} do
    members[name] = value
  end
  return members
end

--- One member; a value that has no JSON, or too much of it, becomes a sentence.
local function encode_member(name, value, room)
  local text, err = json.encode(value, OPTIONS)
  local key = json.encode(cut(name, SENTENCE_LIMIT_BYTES), OPTIONS)
  if text and #key + #text + 2 > room then
    err = string.format("%d bytes are more than there is room for", #text)
  end
  return key .. ":" .. (err and json.encode(cut("(left out: " .. err .. ")", SENTENCE_LIMIT_BYTES), OPTIONS) or text)
end

--- Members one by one, for when they do not go together.
local function encode_each(members, limit_bytes)
  local names, parts, room, left_out = {}, {}, limit_bytes, 0
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

--- Text and members of a record; never raises.
---@param message any
---@param fields any
---@param room lambda.log.Room
---@return string text
---@return string? members  a JSON object
function M.describe(message, fields, room)
  local text, of_error = read(message)
  if fields == nil and not of_error then
    return text
  end
  local members = named(fields, of_error, room.taken)
  local whole = json.encode(members, OPTIONS)
  if not whole or #whole > room.limit_bytes then
    whole = encode_each(members, room.limit_bytes)
  end
  return text, whole
end

return M
