--- The LuaLS annotations of a Lua file: its comment blocks, and what their @tags declare and name.
local luals_types = require("luals_types")
local lua_source = require("lua_source")

local M = {}

---@class annotations.Use
---@field name string     of a type
---@field line integer
---@field owner string?   the class that the block declares

---@class annotations.Named
---@field name string
---@field line integer
---@field type luals_types.Type?
---@field parents string[]?  of a class

---@class annotations.Block
---@field last integer     its last line
---@field class annotations.Named?
---@field aliases annotations.Named[]
---@field fields annotations.Named[]
---@field params annotations.Named[]
---@field returns annotations.Named[]  name is "..." for any number of values
---@field has_type boolean  @type or @overload
---@field generics table<string, true>
---@field uses annotations.Use[]
---@field faults annotations.Named[]  name is what is wrong
---@field fn lua_source.Function?  that stands below

---@class annotations.File: lua_source.File
---@field path string
---@field blocks annotations.Block[]
---@field classes table<string, string>?  those of its variables

local function fault(block, line, text, ...)
  block.faults[#block.faults + 1] = { name = text:format(...), line = line }
end

--- Reads a type at a place of a tag's text; the place behind it, or nil when that is no type.
local function read_type(block, line, text, place)
  local found, rest = luals_types.read(text, place)
  if not found then
    return fault(block, line, "%s", rest)
  end
  for _, name in ipairs(found.names) do
    block.uses[#block.uses + 1] = { name = name, line = line, owner = block.class and block.class.name }
  end
  return rest, found
end

local function malformed(block, line)
  fault(block, line, "a name and a type expected")
end

--- T, T: each with a name behind it where a comma follows that, as LuaLS has it even in a description.
local function read_list(block, line, text, list)
  local place = 1
  repeat
    local found, dots
    dots = text:match("^%s*%.%.%.()", place)
    place, found = read_type(block, line, text, dots or place)
    if not place then
      return
    end
    dots = dots or text:find("^%s*%.%.%.", place)
    list[#list + 1] = { name = dots and "..." or "", line = line, type = found }
    place = text:match("^%s*[%w_]*%s*,()", place)
  until not place
end

local TAGS = {}

function TAGS.class(block, line, text)
  text = text:gsub("^%(%a+%)%s*", "") -- (exact)
  local name, place = text:match("^([%w_.]+)()")
  if not name then
    return malformed(block, line)
  elseif block.class then
    return fault(block, line, "no blank line is between %s and %s", block.class.name, name)
  end
  block.class = { name = name, line = line, parents = {} }
  place = text:match("^%s*:()", place)
  while place do
    local rest, parent = read_type(block, line, text, place)
    table.insert(block.class.parents, parent and parent.top[1])
    place = rest and text:match("^%s*,()", rest)
  end
end

function TAGS.alias(block, line, text)
  local name, place = text:match("^([%w_.]+)()")
  if not name then
    return malformed(block, line)
  end
  block.aliases[#block.aliases + 1] = { name = name, line = line }
  if text:find("%S", place) then
    read_type(block, line, text, place)
  end
end

function TAGS.field(block, line, text)
  for _, visibility in ipairs({ "private", "protected", "public", "package" }) do
    text = text:gsub("^" .. visibility .. "%s+", "")
  end
  local name, place = text:match("^([%w_]+)%??%s()")
  if not name then
    name, place = text:match("^(%b[])%??%s()")
  end
  if not name then
    return malformed(block, line)
  elseif not block.class then
    fault(block, line, "the field %s belongs to no class", name)
  end
  block.fields[#block.fields + 1] = { name = name, line = line }
  read_type(block, line, text, place)
end

function TAGS.param(block, line, text)
  local name, place = text:match("^([%w_.]+)%??%s()")
  if not name then
    return malformed(block, line)
  end
  block.params[#block.params + 1] = { name = name, line = line }
  read_type(block, line, text, place)
end

TAGS["return"] = function(block, line, text)
  read_list(block, line, text, block.returns)
end

function TAGS.type(block, line, text)
  block.has_type = true
  read_list(block, line, text, {})
end

function TAGS.overload(block, line, text)
  block.has_type = true
  read_type(block, line, text)
end

function TAGS.generic(block, line, text)
  local name, place = text:match("^([%a_][%w_]*)()")
  while name do
    block.generics[name] = true
    local parent = text:match("^%s*:()", place)
    place = parent and read_type(block, line, text, parent) or place
    name, place = text:match("^%s*,%s*([%a_][%w_]*)()", place)
  end
end

for _, name in ipairs({ "async", "deprecated", "meta", "nodiscard", "package", "private", "protected", "see" }) do
  TAGS[name] = function() end
end

--- One more line of a block.
local function add(block, line, text)
  local tag, rest = text:match("^%-%-%-%s*@([%a-]+)%s*(.*)$")
  local choice = text:match("^%-%-%-|[+>]?%s*(.*)$")
  if tag and TAGS[tag] then
    TAGS[tag](block, line, rest)
  elseif tag then
    fault(block, line, "there is no annotation @%s", tag)
  elseif choice then
    read_type(block, line, choice)
  end
  block.last = line
end

--- Lines that begin with --- and stand one below the other are a block.
local function blocks_of(comments)
  local blocks, block = {}, nil
  for _, comment in ipairs(comments) do
    if comment.is_first and comment.text:find("^%-%-%-") then
      if not block or block.last + 1 ~= comment.line then
        block = { fields = {}, params = {}, returns = {}, aliases = {}, generics = {}, uses = {}, faults = {} }
        blocks[#blocks + 1] = block
      end
      add(block, comment.line, comment.text)
    end
  end
  return blocks
end

---@param path string  for messages
---@param text string  Lua
---@return annotations.File
function M.read(path, text)
  local file = lua_source.read(text)
  file.path, file.blocks = path, blocks_of(file.comments)
  return file
end

return M
