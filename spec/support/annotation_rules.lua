--- What the annotations of Lua files must keep to, and where they do not. spec/lua-lib/annotations_spec.lua has an
--- example of each fault.
local luals_types = require("luals_types")

local M = {}

---@class annotation_rules.Declared
---@field path string
---@field line integer
---@field is_alias boolean
---@field fields table<string, true>
---@field parents string[]
---@field is_module boolean  the variable below is what the file returns: `require` gives it

---@class annotation_rules.World
---@field faults { path: string, line: integer, text: string }[]
---@field declared table<string, annotation_rules.Declared>
---@field mentioned table<string, true>  types that stand elsewhere than in their own declaration

---@param world annotation_rules.World
---@param path string
---@param line integer
---@param text string  for format, as the arguments behind it
---@param ... any
local function note(world, path, line, text, ...)
  table.insert(world.faults, { path = path, line = line, text = text:format(...) })
end

--- The variable that the line below a block declares.
local function variable_below(file, block)
  for index, token in ipairs(file.tokens) do
    if token.line > block.last then
      local is_next = token.line == block.last + 1 and token.code == "local"
      return is_next and file.tokens[index + 1].code or nil
    end
  end
end

local function declare(world, file, named, fields)
  local before = world.declared[named.name]
  if before then
    note(world, file.path, named.line, "%s is declared in %s:%d already", named.name, before.path, before.line)
  end
  local declared = { path = file.path, line = named.line, fields = {}, parents = named.parents or {} }
  for _, field in ipairs(fields) do
    if declared.fields[field.name] then
      note(world, file.path, field.line, "%s has the field %s twice", named.name, field.name)
    end
    declared.fields[field.name] = true
  end
  world.declared[named.name] = declared
  return declared
end

--- Declarations and mentions of a file, and the classes of its variables.
local function collect(world, file)
  file.classes = {}
  for _, block in ipairs(file.blocks) do
    for _, alias in ipairs(block.aliases) do
      declare(world, file, alias, {}).is_alias = true
    end
    if block.class then
      local variable = variable_below(file, block)
      declare(world, file, block.class, block.fields).is_module = variable ~= nil and variable == file.module
      file.classes[variable or ""] = block.class.name
    end
    for _, use in ipairs(block.uses) do
      world.mentioned[use.name] = world.mentioned[use.name] or use.name ~= use.owner
    end
  end
end

--- Parameters as a text, but for those that nobody needs to describe.
local function shown(names)
  local list = {}
  for _, name in ipairs(names) do
    name = name.name or name
    list[#list + 1] = name ~= "self" and name ~= "_" and name or nil
  end
  return table.concat(list, ", ")
end

local function check_parameters(world, file, fn, block)
  local expected, given = shown(fn.params), shown(block.params)
  if #block.params > 0 and expected ~= given then
    note(world, file.path, fn.line, "%s takes (%s) and not (%s)", fn.name or "a function", expected, given)
  end
end

--- The most values that the returns of a function surely give, and whether one may give more.
local function count_returned(fn)
  local most, is_open = 0, false
  for _, values in ipairs(fn.returns) do
    local last_is_open = #values > 0 and values[#values].is_open
    most = math.max(most, #values - (last_is_open and 1 or 0))
    is_open = is_open or last_is_open
  end
  return most, is_open
end

--- Of a function that is neither public nor annotated nothing is asked.
local function check_returns(world, file, fn, block)
  local count, last = #block.returns, block.returns[#block.returns]
  local most, is_open = count_returned(fn)
  local is_asked = count > 0 or #block.params > 0 or fn.is_public and not block.has_type
  if is_asked and (most > count and not (last and last.name == "...") or most < count and not is_open) then
    note(world, file.path, fn.line, "%s returns %d values and not %d", fn.name or "a function", most, count)
  end
end

--- Whether a type may be nil; of an alias or a generic that is not known.
local function is_nilable(world, block, type)
  local answer = type.is_nilable
  for _, name in ipairs(type.top) do
    local declared = world.declared[name]
    answer = answer or block.generics[name] or declared and declared.is_alias
  end
  return answer
end

local function check_nils(world, file, fn, block)
  for _, values in ipairs(fn.returns) do
    for index, value in ipairs(values) do
      local annotated = block.returns[index]
      if value.is_nil and annotated and not is_nilable(world, block, annotated.type) then
        note(world, file.path, annotated.line, "%s returns nil here, too", fn.name or "a function")
      end
    end
  end
end

--- Whether a class, or one that it extends, has a field of that name.
local function has_field(world, class, name)
  local declared = world.declared[class]
  if not declared or declared.fields[name] then
    return declared ~= nil
  end
  for _, parent in ipairs(declared.parents) do
    if has_field(world, parent, name) then
      return true
    end
  end
  return false
end

--- Functions of the module and of classes, but for metamethods, and what a field of the class describes.
local function is_public(world, file, fn)
  local owner, name = (fn.name or ""):match("^([%a_][%w_]*)[.:](.*)$")
  local class = file.classes[owner]
  return not fn.is_local and owner ~= nil and (class ~= nil or owner == file.module)
    and not name:find("^__") and not (class and has_field(world, class, name))
end

local function check_public(world, file, fn, block)
  if not block then
    note(world, file.path, fn.line, "%s has no comment", fn.name)
  elseif not block.has_type and #block.params == 0 and shown(fn.params) ~= "" then
    note(world, file.path, fn.line, "%s takes (%s), which is not annotated", fn.name, shown(fn.params))
  end
end

local function check_functions(world, file)
  local blocks = {}
  for _, block in ipairs(file.blocks) do
    blocks[block.last + 1] = block
  end
  for _, fn in ipairs(file.functions) do
    local block = blocks[fn.line]
    fn.is_public = is_public(world, file, fn)
    if block and not block.fn then
      block.fn = fn
      check_parameters(world, file, fn, block)
      check_returns(world, file, fn, block)
      check_nils(world, file, fn, block)
    end
    if fn.is_public then
      check_public(world, file, fn, block)
    end
  end
end

local function check_blocks(world, file)
  for _, block in ipairs(file.blocks) do
    for _, fault in ipairs(block.faults) do
      note(world, file.path, fault.line, "%s", fault.name)
    end
    for _, use in ipairs(block.uses) do
      if not (luals_types.is_built_in(use.name) or world.declared[use.name] or block.generics[use.name]) then
        note(world, file.path, use.line, "there is no type %s", use.name)
      end
    end
    if not block.fn and (#block.params > 0 or #block.returns > 0) then
      note(world, file.path, block.last, "no function stands below these parameters or results")
    end
  end
end

local function check_mentions(world)
  for name, declared in pairs(world.declared) do
    if not world.mentioned[name] and not declared.is_module then
      note(world, declared.path, declared.line, "nothing mentions %s", name)
    end
  end
end

local function shown_in_order(faults)
  table.sort(faults, function(a, b)
    if a.path ~= b.path then
      return a.path < b.path
    elseif a.line ~= b.line then
      return a.line < b.line
    end
    return a.text < b.text
  end)
  local list = {}
  for index, fault in ipairs(faults) do
    list[index] = ("%s:%d: %s"):format(fault.path, fault.line, fault.text)
  end
  return list
end

--- What is wrong in files that know each other's types, in order.
---@param files annotations.File[]
---@return string[] faults  "path:line: what is wrong"
function M.check(files)
  local world = { faults = {}, declared = {}, mentioned = {} }
  for _, file in ipairs(files) do
    collect(world, file)
  end
  for _, file in ipairs(files) do
    check_functions(world, file)
    check_blocks(world, file)
  end
  check_mentions(world)
  return shown_in_order(world.faults)
end

return M
