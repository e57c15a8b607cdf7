--- Why a file of bytecode does not load: Lua says "version mismatch"; this says which, and what helps.
local errors = require("lambda.errors")

-- The handler's file may overwrite any global, and alter string.
local byte, dump, find, format, gsub, sub =
  string.byte, string.dump, string.find, string.format, string.gsub, string.sub
local next, open, type = next, io.open, type

local M = {}

local HEADER_BYTES = 31
local READ_BYTES = 4096 -- a first line for the shell comes before the header

--- What this Lua writes itself: the header that it takes.
local own = sub(dump(function() end), 1, HEADER_BYTES)

--- The header's fields (ldump.c, dumpHeader): first and last byte, what a difference means.
local FIELDS = {
  { 6, 6, function(theirs)
    return format("its format has the number %d, the official one has %d", byte(theirs), byte(own, 6))
  end },
  { 7, 12, function()
    return "its bytes were changed on the way, as by a transfer that converts the ends of lines"
  end },
  { 13, 13, function(theirs) return format("its instructions have %d bytes, here they have 4", byte(theirs)) end },
  { 14, 14, function(theirs)
    return format("its integers have %d bits, here they have %d", byte(theirs) * 8, byte(own, 14) * 8)
  end },
  { 15, 15, function(theirs)
    return format("its floats have %d bits, here they have %d", byte(theirs) * 8, byte(own, 15) * 8)
  end },
  { 16, 23, function() return "its integers have the bytes in another order" end },
  { 24, 31, function() return "its floats have another form" end },
}

local function version_of(header)
  local number = byte(header, 5)
  return format("%d.%d", number >> 4, number & 15)
end

--- What is wrong with the bytes of a file that did not load as bytecode.
---@param text string  the file's beginning
---@return string
function M.difference(text)
  local header = gsub(gsub(text, "^\xEF\xBB\xBF", ""), "^#[^\n]*\n", "") -- as luaL_loadfile passes them over
  if sub(header, 1, 3) == "\27LJ" then
    return "it is bytecode of LuaJIT, and this is Lua " .. version_of(own)
  elseif sub(header, 1, 4) ~= sub(own, 1, 4) then
    return "it holds no bytecode; source text belongs into a .lua file"
  elseif #header < HEADER_BYTES and sub(own, 1, #header) == header then
    return "it is cut short"
  elseif byte(header, 5) ~= byte(own, 5) then
    return format("it was compiled for Lua %s, and this is Lua %s", version_of(header), version_of(own))
  end
  for _, field in next, FIELDS do
    local theirs = sub(header, field[1], field[2])
    if theirs ~= sub(own, field[1], field[2]) then
      return theirs == "" and "it is cut short" or field[3](theirs)
    end
  end
  return "its header fits, but the rest is cut short or damaged"
end

--- The fault of a file that did not load as bytecode.
---@param path string
---@return lambda.Fault
function M.fault(path)
  local file = open(path, "rb")
  local text = file and file:read(READ_BYTES) or ""
  if file then
    file:close()
  end
  return errors.fault("Runtime.UserCodeSyntaxError", format(
    "%s does not load: %s; compile it again with the luac of Lua %s for 64 bits, or ship the source",
    path, M.difference(text), version_of(own)))
end

--- The same for a module that was required: what `require` raises names its file.
---@param raised any
---@return any  a fault, or what was raised
function M.explain(raised)
  if type(raised) ~= "string" or not find(raised, "bad binary format", 1, true) then
    return raised
  end
  local _, _, path = find(raised, "error loading module '[^\n]-' from file '([^\n]-)':\n")
  return path and M.fault(path) or raised
end

return M
