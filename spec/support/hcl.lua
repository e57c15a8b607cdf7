--- The part of HCL that our example uses, well-formed or refused: one attribute, block head or closing brace a line.
local M = {}

---@class hcl.Block
---@field type string
---@field labels string[]
---@field attributes table<string, string>  as written; a plain string without its quotes
---@field blocks hcl.Block[]

local CLOSES = { [")"] = "(", ["]"] = "[", ["}"] = "{" }

--- Whether all brackets of a line are closed on it; a brace that opens a block or a map may be its last sign.
local function is_balanced(bare)
  local open = {}
  for sign in bare:gmatch("[()%[%]{}]") do
    if not CLOSES[sign] then
      open[#open + 1] = sign
    elseif table.remove(open) ~= CLOSES[sign] then
      return false
    end
  end
  return #open == 0 or (#open == 1 and bare:find("{$") ~= nil)
end

--- A line of code, "" for none; nil when a string or bracket of it stays open.
local function code_of(line)
  line = line:match("^%s*(.-)%s*$")
  if line == "}" or line:find("^#") then
    return line == "}" and line or ""
  end
  local bare = line:gsub("\\.", ""):gsub('"[^"]*"', "")
  return not bare:find('["#]') and is_balanced(bare) and line or nil
end

local function new_block(head)
  local labels = {}
  for label in head:gmatch('"([^"]*)"') do
    labels[#labels + 1] = label
  end
  return { type = head:match("^[%w_]+"), labels = labels, attributes = {}, blocks = {} }
end

--- Takes one line into the innermost open block.
local function take(stack, code)
  local block = stack[#stack]
  local name, value = code:match("^([%a_][%w_]*)%s*=%s*(.+)$")
  if code == "}" then
    table.remove(stack)
    return #stack > 0
  elseif name then
    if block.attributes[name] then
      return false
    end
    block.attributes[name] = value:match('^"([^"]*)"$') or value
    -- A map's lines are attributes too.
    stack[#stack + 1] = value == "{" and new_block(name .. " {") or nil
    return true
  elseif code:find('^[%a_][%w_]* ["%w_. -]*{$') then
    local inner = new_block(code)
    block.blocks[#block.blocks + 1] = inner
    stack[#stack + 1] = inner
    return true
  end
  return false
end

--- Reads a file's text.
---@param text string
---@return hcl.Block|nil  of no type, with all that is in the file
---@return string|nil err
function M.read(text)
  local stack, number = { new_block("file {") }, 0
  for line in (text .. "\n"):gmatch("(.-)\n") do
    number = number + 1
    local code = code_of(line)
    if not code or (code ~= "" and not take(stack, code)) then
      return nil, ("line %d is no HCL that we write: %s"):format(number, line)
    end
  end
  if #stack ~= 1 then
    return nil, "a block is not closed"
  end
  return stack[1]
end

--- The one block of that type and label.
---@param file hcl.Block
---@param type string
---@param label string?
---@return hcl.Block
function M.block(file, type, label)
  for _, block in ipairs(file.blocks) do
    if block.type == type and (not label or block.labels[1] == label) then
      return block
    end
  end
  error(("there is no %s %s"):format(type, label or ""), 2)
end

return M
