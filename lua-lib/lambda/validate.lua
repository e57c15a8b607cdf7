--- Values against a schema, a documented subset of JSON Schema 2020-12 (docs/validate.md):
---     local check = validate.compile(schema)
---     local ok, errors = check(event)
--- Names are compiled into closures once; what is not understood raises then, so that no keyword is skipped in silence.
local parts = require("lambda.validate_keywords")
local states = require("lambda.validate_state")

local error, ipairs, math, pairs, pcall, setmetatable, type = error, ipairs, math, pairs, pcall, setmetatable, type
local format, gsub, match = string.format, string.gsub, string.match
local sort = table.sort
local refuse, type_of, want = parts.refuse, parts.type_of, parts.want
local shown = states.shown

local ERRORS_DEFAULT = 20
local DEPTH_LIMIT = 5000 -- of schemas inside schemas for one value; JSON itself ends at 1000
local NAMES_LIMIT = 1000 -- beyond so many members the order of errors is not worth the time

--- Keywords that describe, and check nothing.
local NOTES = {
  ["$schema"] = true, ["$comment"] = true, title = true, description = true, default = true,
  examples = true, deprecated = true, readOnly = true, writeOnly = true,
}

local KEYWORDS = setmetatable({}, { __index = parts.keywords })

local compile

local function all(checks)
  if #checks == 1 then
    return checks[1]
  end
  return function(value, state)
    local ok = true
    for i = 1, #checks do
      if not checks[i](value, state) then
        if state.is_silent then
          return false
        end
        ok = false
      end
    end
    return ok
  end
end

--- The names of a table, in order, so that errors come in the same order each time.
local function sorted_names(object)
  local names = {}
  for name in pairs(object) do
    names[#names + 1] = name
  end
  if #names <= NAMES_LIMIT then
    sort(names, function(a, b)
      return type(a) == type(b) and (type(a) == "string" or type(a) == "number") and a < b or type(a) < type(b)
    end)
  end
  return names
end

local function compile_list(schemas, at, root)
  want(at, type(schemas) == "table" and schemas[1] ~= nil, "a list of schemas", schemas)
  local checks = {}
  for i, schema in ipairs(schemas) do
    checks[i] = compile(schema, at .. "/" .. i - 1, root)
  end
  return checks
end

local function count_passing(checks, value, state, enough)
  local count = 0
  for i = 1, #checks do
    count = count + (state:passes(value, checks[i]) and 1 or 0)
    if count >= enough then
      break
    end
  end
  return count
end

function KEYWORDS.allOf(schemas, at, _, root)
  return all(compile_list(schemas, at, root))
end

function KEYWORDS.anyOf(schemas, at, _, root)
  local checks = compile_list(schemas, at, root)
  return function(value, state)
    return count_passing(checks, value, state, 1) > 0 or state:fail("matches none of %d alternatives", #checks)
  end
end

function KEYWORDS.oneOf(schemas, at, _, root)
  local checks = compile_list(schemas, at, root)
  return function(value, state)
    local count = count_passing(checks, value, state, 2)
    return count == 1
      or state:fail("matches %s of %d alternatives", count == 0 and "none" or "more than one", #checks)
  end
end

KEYWORDS["not"] = function(schema, at, _, root)
  local check = compile(schema, at, root)
  return function(value, state)
    return not state:passes(value, check) or state:fail("matches what it must not")
  end
end

function KEYWORDS.items(schema, at, _, root)
  local check = compile(schema, at, root)
  return function(value, state)
    local ok = true
    for i = 1, type_of(value) == "array" and #value or 0 do
      ok = state:check_at(i, value[i], check) and ok
      if not ok and (state.is_silent or #state.errors >= state.limit) then
        return false
      end
    end
    return ok
  end
end

function KEYWORDS.properties(schemas, at, _, root)
  want(at, type(schemas) == "table", "schemas by name", schemas)
  local names, checks = sorted_names(schemas), {}
  for _, name in ipairs(names) do
    checks[name] = compile(schemas[name], at .. "/" .. name, root)
  end
  return function(value, state)
    local ok = true
    for _, name in ipairs(type_of(value) == "object" and names or {}) do
      local member = value[name]
      if member ~= nil then
        ok = state:check_at(name, member, checks[name]) and ok
      end
    end
    return ok
  end
end

function KEYWORDS.additionalProperties(schema, at, parent, root)
  local known = type(parent.properties) == "table" and parent.properties or {}
  local check = schema == false and function(_, state)
    return state:fail("is not allowed")
  end or compile(schema, at, root)
  return function(value, state)
    local ok = true
    for _, name in ipairs(type_of(value) == "object" and sorted_names(value) or {}) do
      if known[name] == nil then
        ok = state:check_at(name, value[name], check) and ok
      end
      if not ok and (state.is_silent or #state.errors >= state.limit) then
        return false
      end
    end
    return ok
  end
end

--- Schemas to refer to: compiled, so that their mistakes are found, and then left alone.
KEYWORDS["$defs"] = function(schemas, at, _, root)
  want(at, type(schemas) == "table", "schemas by name", schemas)
  for _, name in ipairs(sorted_names(schemas)) do
    compile(schemas[name], at .. "/" .. name, root)
  end
end
KEYWORDS.definitions = KEYWORDS["$defs"] -- as older drafts call them

--- A schema of the same document. It is compiled when it is first met, so it may contain itself.
KEYWORDS["$ref"] = function(ref, at, _, root)
  want(at, type(ref) == "string", "a string", ref)
  local group, name = match(ref, "^#/(%$?%w+)/([^/]+)$")
  local defs = (group == "$defs" or group == "definitions") and root.schema[group]
  name = name and (gsub(gsub(name, "~1", "/"), "~0", "~"))
  local schema = root.schema
  if type(defs) == "table" and defs[name] ~= nil then
    schema = defs[name]
  elseif ref ~= "#" then
    refuse(at, "no such schema here: %s (# and #/$defs/NAME are understood)", ref)
  end
  if root.refs[ref] == nil then
    root.refs[ref] = false -- being compiled
    root.refs[ref] = compile(schema, ref, root)
  end
  return function(value, state)
    local known = state:recall(ref, value)
    if known ~= nil then
      return known
    end
    local depth = state.nested
    if depth >= DEPTH_LIMIT then
      error(format("lambda.validate: %s refers to itself without end", ref), 0)
    end
    state.nested = depth + 1
    local ok = root.refs[ref](value, state)
    state.nested = depth
    state:remember(ref, value, ok)
    return ok
  end
end

local function boolean_schema(allows)
  return function(_, state)
    return allows or state:fail("is not allowed")
  end
end

--- The check of a schema. Raises a string, the place in front, when it is none.
---@param schema table|boolean
---@param at string  where it stands, as a JSON pointer
---@param root { schema: table, refs: table }
function compile(schema, at, root)
  if type(schema) == "boolean" then
    return boolean_schema(schema)
  end
  want(at, type(schema) == "table" and schema[1] == nil, "a schema", schema)
  local checks = {}
  for _, name in ipairs(sorted_names(schema)) do
    local keyword = KEYWORDS[name]
    if keyword then
      checks[#checks + 1] = keyword(schema[name], at .. "/" .. name, schema, root)
    elseif not NOTES[name] then
      refuse(at, "unknown keyword %s", shown(name))
    end
  end
  return all(checks)
end

---@class lambda.Validate
local M = {}

---@class lambda.validate.Options
---@field max_errors integer?  after so many the rest is not looked for; default 20

--- Compiles a schema. Raises when it is none, or has a keyword that is not understood.
---@param schema table|boolean  as Lua tables, or decoded from JSON
---@param options lambda.validate.Options?
---@return fun(value: any): true?, lambda.validate.Error[]?
function M.compile(schema, options)
  local limit = options and options.max_errors or ERRORS_DEFAULT
  if math.type(limit) ~= "integer" or limit < 1 then
    error("lambda.validate: max_errors must be a whole number from 1", 2)
  end
  local ok, check = pcall(compile, schema, "#", { schema = schema, refs = {} })
  if not ok then
    error("lambda.validate: " .. check, 2)
  end
  return function(value)
    local state = states.new(limit)
    if check(value, state) then
      return true
    end
    return nil, state.errors
  end
end

return M
