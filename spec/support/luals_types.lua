--- Types as lua-language-server reads them: string?, A|B, T[], table<K, V>, { a: T }, fun(a: T): U, "literal".
local M = {}

---@class luals_types.Type
---@field names string[]      every type that is named in it
---@field top string[]        those of its union
---@field is_nilable boolean

local BUILT_IN = {}
for name in ("any boolean false function integer lightuserdata never nil number self string table thread true unknown "
  .. "userdata file* metatable osdate"):gmatch("%S+") do
  BUILT_IN[name] = true
end

local read_union -- types nest

--- What stands next, blanks aside, where it is like the pattern.
local function take(reader, pattern)
  local found, place = reader.text:match("^%s*(" .. pattern .. ")()", reader.place)
  reader.place = place or reader.place
  return found
end

--- The same without blanks.
local function take_adjacent(reader, text)
  local is_there = reader.text:sub(reader.place, reader.place + #text - 1) == text
  reader.place = reader.place + (is_there and #text or 0)
  return is_there
end

local function fail(reader, what)
  local rest = reader.text:sub(reader.place)
  error({ problem = ("%s at '%s'"):format(what, rest) }, 0)
end

local function expect(reader, pattern, what)
  return take(reader, pattern) or fail(reader, what .. " expected")
end

--- Something inside brackets, where a name behind a function's results would be one more result of it.
local function inside(reader, read)
  reader.depth = reader.depth + 1
  local result = read(reader)
  reader.depth = reader.depth - 1
  return result
end

--- name: T, name?: T, …: T, name; up to the parenthesis.
local function read_parameters(reader)
  while not take(reader, "%)") do
    local name = take(reader, "%.%.%.") or expect(reader, "[%a_][%w_]*", "a parameter")
    take_adjacent(reader, "?")
    if take(reader, ":") then
      inside(reader, read_union)
    elseif BUILT_IN[name] and name ~= "self" then
      fail(reader, ("a type for the parameter that is called '%s' expected"):format(name))
    end
    if not take(reader, ",") then
      expect(reader, "%)", "a parenthesis")
      return
    end
  end
end

--- The results of a function: T, name: T, …; LuaLS takes all that a | or a comma joins.
local function read_results(reader, is_behind)
  repeat
    local is_named = take(reader, "[%a_][%w_]*%s*:") or take(reader, "%.%.%.:?")
    if is_named and reader.depth > 0 then
      fail(reader, "parentheses around the function expected")
    end
    local result = read_union(reader)
    if is_behind and result.count > 1 then
      fail(reader, "parentheses around a function inside a union expected")
    end
  until not take(reader, ",")
end

--- { name: T, [K]: V }
local function read_fields(reader)
  while not take(reader, "}") do
    if take(reader, "%[") then
      inside(reader, read_union)
      expect(reader, "%]", "a bracket")
    else
      expect(reader, "[%a_][%w_]*", "a field")
      take_adjacent(reader, "?")
    end
    expect(reader, ":", "a colon")
    inside(reader, read_union)
    if not take(reader, "[,;]") then
      expect(reader, "}", "a brace")
      return
    end
  end
end

local function read_arguments(reader)
  repeat
    inside(reader, read_union)
  until not take(reader, ",")
  expect(reader, ">", "an angle bracket")
end

--- A type by its name: nil where none stands.
local function read_name(reader, is_behind)
  local name = take(reader, "[%a_][%w_.]*%*?")
  if name == "fun" and take_adjacent(reader, "(") then
    read_parameters(reader)
    if take(reader, ":") then
      read_results(reader, is_behind)
    end
    return "function"
  elseif name then
    reader.names[#reader.names + 1] = name
    if take_adjacent(reader, "<") then
      read_arguments(reader)
    end
  end
  return name
end

--- What is in parentheses, in braces or in quotes: whether it stands here, and whether it can be nil.
local function read_enclosed(reader)
  if take(reader, "%(") then
    local is_nilable = inside(reader, read_union).is_nilable
    expect(reader, "%)", "a parenthesis")
    return true, is_nilable
  elseif take(reader, "{") then
    read_fields(reader)
    return true, false
  end
  return take(reader, '"[^"]*"') or take(reader, "'[^']*'") or take(reader, "`[%w_.]+`") or take(reader, "%-?%d+"),
    false
end

--- One of a union: the name that it adds to its top, and whether it can be nil.
local function read_unit(reader, is_behind)
  local name
  local is_enclosed, is_nilable = read_enclosed(reader)
  if not is_enclosed then
    name = read_name(reader, is_behind) or fail(reader, "a type expected")
    is_nilable = name == "nil" or name == "any" or name == "unknown"
  end
  while true do
    if take_adjacent(reader, "[]") then
      name, is_nilable = nil, false
    elseif take_adjacent(reader, "?") then
      is_nilable = true
    else
      return name, is_nilable
    end
  end
end

function read_union(reader)
  local union = { top = {}, is_nilable = false, count = 0 }
  repeat
    local name, is_nilable = read_unit(reader, union.count > 0)
    union.top[#union.top + 1] = name
    union.is_nilable = union.is_nilable or is_nilable
    union.count = union.count + 1
  until not take(reader, "|")
  return union
end

--- Whether LuaLS knows a type by itself.
---@param name string
---@return boolean
function M.is_built_in(name)
  return BUILT_IN[name] == true
end

--- The type that a text begins with.
---@param text string
---@param place integer?  where it begins; 1
---@return luals_types.Type?
---@return integer|string rest  where the rest of the text begins; what is wrong
function M.read(text, place)
  local reader = { text = text, place = place or 1, names = {}, depth = 0 }
  local ok, result = pcall(read_union, reader)
  if not ok then
    return nil, result.problem or error(result, 0)
  elseif text:find("^[^%s,#@]", reader.place) then
    return nil, ("a blank expected at '%s'"):format(text:sub(reader.place))
  end
  return { names = reader.names, top = result.top, is_nilable = result.is_nilable }, reader.place
end

return M
