--- Whether a device's reading matches a rule such as "temperature > 30 and not (door = open)".
--- The rule is parsed with LPeg, a rock in C; Penlight, one in Lua, lists the fields that it names.
local Set = require("pl.Set")
local lpeg = require("lpeg")

local RULE_LIMIT_BYTES = 1024

local C, Cg, Ct, P, R, S, V = lpeg.C, lpeg.Cg, lpeg.Ct, lpeg.P, lpeg.R, lpeg.S, lpeg.V

local COMPARE = {
  [">"] = function(a, b) return a > b end,
  ["<"] = function(a, b) return a < b end,
  [">="] = function(a, b) return a >= b end,
  ["<="] = function(a, b) return a <= b end,
  ["="] = function(a, b) return a == b end,
}

--- A comparison of values of different types never holds.
local function compares(node, reading)
  local value = reading[node.field]
  return type(value) == type(node.value) and COMPARE[node.op](value, node.value)
end

local EVALUATE = {}
function EVALUATE.test(node, reading)
  return compares(node, reading)
end
EVALUATE["not"] = function(node, reading)
  return not EVALUATE[node[1].kind](node[1], reading)
end
EVALUATE["and"] = function(node, reading)
  for _, part in ipairs(node) do
    if not EVALUATE[part.kind](part, reading) then
      return false
    end
  end
  return true
end
EVALUATE["or"] = function(node, reading)
  for _, part in ipairs(node) do
    if EVALUATE[part.kind](part, reading) then
      return true
    end
  end
  return false
end

local space = S(" \t\r\n") ^ 0
local name_end = -(R("az", "AZ", "09") + "_")

local function word(text)
  return P(text) * name_end * space
end

local function sign(text)
  return P(text) * space
end

local function kind(name, pattern)
  return Ct(Cg(lpeg.Cc(name), "kind") * pattern)
end

local keyword = (P("and") + "or" + "not") * name_end
local name = C((R("az", "AZ") + "_") * (R("az", "AZ", "09") + "_") ^ 0 - keyword) * space
local number = C(P("-") ^ -1 * R("09") ^ 1 * (P(".") * R("09") ^ 1) ^ -1) * name_end * space / tonumber
local operator = C(P(">=") + "<=" + ">" + "<" + "=") * space

local rule = P({
  space * V("any") * -1,
  any = kind("or", V("all") * (word("or") * V("all")) ^ 0),
  all = kind("and", V("one") * (word("and") * V("one")) ^ 0),
  one = kind("not", word("not") * V("one")) + sign("(") * V("any") * sign(")") + V("test"),
  test = kind("test", Cg(name, "field") * Cg(operator, "op") * Cg(number + name, "value")),
})

--- The names in a rule, in order.
local function fields_of(node)
  if node.kind == "test" then
    return Set({ node.field })
  end
  local fields = Set()
  for _, part in ipairs(node) do
    fields = fields + fields_of(part)
  end
  return fields
end

local M = {}

---@param event { rule: string, reading: table<string, number|string> }
---@return { matches: boolean, fields: string[] }?
---@return string? problem
function M.handler(event)
  if type(event.rule) ~= "string" or #event.rule > RULE_LIMIT_BYTES or type(event.reading) ~= "table" then
    return nil, ("an event is { rule, reading }; a rule is a string of up to %d bytes"):format(RULE_LIMIT_BYTES)
  end
  local parsed, tree = pcall(lpeg.match, rule, event.rule) -- it raises when the rule nests too deeply
  if not parsed or not tree then
    return nil, "no rule: " .. (parsed and event.rule or tree)
  end
  local fields = Set.values(fields_of(tree))
  table.sort(fields)
  return { matches = EVALUATE[tree.kind](tree, event.reading), fields = fields }
end

return M
