--- The little XML that S3 and SNS answer with: elements and text. Attributes, comments and processing instructions are
--- passed over, a document type is refused, and what is too large or too deep as well.
-- A handler that forgets `local` may overwrite any global.
local string = string
local concat, find, format, ipairs, match, sub, tonumber, utf8_char =
  table.concat, string.find, string.format, ipairs, string.match, string.sub, tonumber, utf8.char

local M = {}

local DOCUMENT_LIMIT_BYTES = 16 * 1024 * 1024
local DEPTH_LIMIT = 64
local ENTITIES = { amp = "&", lt = "<", gt = ">", quot = '"', apos = "'" }

---@class lambda.aws.Element
---@field name string   without the prefix of a namespace
---@field text string   all of its own text
---@field [integer] lambda.aws.Element  its children

local function character(code)
  if not code or code == 0 or code > 0x10FFFF or code >= 0xD800 and code <= 0xDFFF then
    return nil
  end
  return utf8_char(code)
end

local function entity(name)
  local hex, decimal = match(name, "^#x(%x+)$"), match(name, "^#(%d+)$")
  if hex then
    return #hex <= 8 and character(tonumber(hex, 16)) or nil
  elseif decimal then
    return #decimal <= 10 and character(tonumber(decimal)) or nil
  end
  return ENTITIES[name]
end

--- Text with its entities as characters; nil where there is one that is none.
local function decoded(text)
  if not find(text, "&", 1, true) then
    return text
  end
  local is_bad = false
  local result = string.gsub(text, "&([^;&]*)(;?)", function(name, semicolon)
    local value = semicolon == ";" and entity(name)
    is_bad = is_bad or not value
    return value or ""
  end)
  return not is_bad and result or nil
end

---@class lambda.aws.XmlReader
---@field text string
---@field at integer
---@field stack table[]                the elements that are open, below them one that is none
---@field root lambda.aws.Element?
---@field problem string?

---@param reader lambda.aws.XmlReader
---@param what string
local function fail(reader, what)
  reader.problem = reader.problem or format("no XML: byte %d: %s", reader.at, what)
end

local function add_text(reader, text)
  local top = reader.stack[#reader.stack]
  if top.element then
    top.parts[#top.parts + 1] = text
  elseif find(text, "%S") and text ~= "\u{FEFF}" then
    fail(reader, "text outside of the document's element")
  end
end

local function close(reader, name)
  local top = reader.stack[#reader.stack]
  if not top.element or top.qualified ~= name then
    return fail(reader, "an end tag that matches no start tag")
  end
  top.element.text = concat(top.parts)
  reader.stack[#reader.stack] = nil
end

local function open(reader, name, is_empty)
  local stack = reader.stack
  local parent = stack[#stack]
  local element = { name = match(name, "([^:]*)$"), text = "" }
  if #stack > DEPTH_LIMIT then
    return fail(reader, format("elements nested deeper than %d", DEPTH_LIMIT))
  elseif not parent.element and reader.root then
    return fail(reader, "a second element beside the document's")
  end
  if parent.element then
    parent.element[#parent.element + 1] = element
  else
    reader.root = element
  end
  if not is_empty then
    stack[#stack + 1] = { element = element, qualified = name, parts = {} }
  end
end

--- Where a start tag ends: the first > that is not in quotes.
local function tag_end(text, at)
  while true do
    local from, _, what = find(text, "([>\"'<])", at)
    if not from or what == "<" then
      return nil
    elseif what == ">" then
      return from
    end
    local close_at = find(text, what, from + 1, true)
    if not close_at then
      return nil
    end
    at = close_at + 1
  end
end

local function read_tag(reader)
  local text, at = reader.text, reader.at
  local name = match(text, "^</([%w_][%w_.:-]*)%s*>", at)
  if name then
    close(reader, name)
    reader.at = find(text, ">", at, true) + 1
    return
  end
  name = match(text, "^<([%a_][%w_.:-]*)", at)
  local last = name and tag_end(text, at + 1)
  if not last then
    return fail(reader, "a tag that is none")
  end
  open(reader, name, sub(text, last - 1, last - 1) == "/")
  reader.at = last + 1
end

--- What is between two marks, which is passed over.
local function skip(reader, mark)
  local _, last = find(reader.text, mark, reader.at, true)
  if not last then
    return fail(reader, "it ends inside of what " .. mark .. " should end")
  end
  reader.at = last + 1
end

local function read_markup(reader)
  local text, at = reader.text, reader.at
  if sub(text, at, at + 3) == "<!--" then
    skip(reader, "-->")
  elseif sub(text, at, at + 1) == "<?" then
    skip(reader, "?>")
  elseif sub(text, at, at + 8) == "<![CDATA[" then
    skip(reader, "]]>")
    if not reader.problem then
      add_text(reader, sub(text, at + 9, reader.at - 4))
    end
  elseif sub(text, at, at + 1) == "<!" then
    fail(reader, "a document type, which is not taken")
  else
    read_tag(reader)
  end
end

local function read_text(reader, last)
  local text = decoded(sub(reader.text, reader.at, last))
  if not text then
    return fail(reader, "an entity that is none of XML's own")
  end
  add_text(reader, text)
  reader.at = last + 1
end

--- The element of a document.
---@param text string
---@return lambda.aws.Element?
---@return string?  what is wrong, and at which byte; never the text
function M.read(text)
  if #text > DOCUMENT_LIMIT_BYTES then
    return nil, format("no XML: more than %d bytes", DOCUMENT_LIMIT_BYTES)
  end
  ---@type lambda.aws.XmlReader
  local reader = { text = text, at = 1, stack = { {} } }
  while reader.at <= #text and not reader.problem do
    local next_at = find(text, "<", reader.at, true)
    if next_at == reader.at then
      read_markup(reader)
    else
      read_text(reader, (next_at or #text + 1) - 1)
    end
  end
  if not reader.problem and (#reader.stack > 1 or not reader.root) then
    fail(reader, "it ends too early")
  end
  if reader.problem then
    return nil, reader.problem
  end
  return reader.root
end

--- The first child of a name.
---@param element lambda.aws.Element?
---@param name string
---@return lambda.aws.Element?
function M.child(element, name)
  for _, child in ipairs(element or {}) do
    if child.name == name then
      return child
    end
  end
end

--- The text of the first child of a name.
---@param element lambda.aws.Element?
---@param name string
---@return string?
function M.text(element, name)
  local child = M.child(element, name)
  return child and child.text
end

return M
