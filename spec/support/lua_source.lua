--- Reads Lua as far as its annotations need it: comments, functions with their parameters, and what these return.
local M = {}

---@class lua_source.Token
---@field text string
---@field code string         the same; "" for a string
---@field line integer

---@class lua_source.Comment
---@field text string         "--- like this"
---@field line integer
---@field is_first boolean    nothing stands before it on its line

---@class lua_source.Value
---@field is_nil boolean      the word nil
---@field is_open boolean     a call or …, which may be any number of values

---@class lua_source.Function
---@field line integer        where its statement begins
---@field name string?        "M.new", "Flight:close"; nil when nothing names it
---@field is_local boolean
---@field is_public boolean?  for annotation_rules
---@field params string[]     without the self of a method
---@field returns lua_source.Value[][]  one list for each return of its own

---@class lua_source.File
---@field tokens lua_source.Token[]
---@field comments lua_source.Comment[]
---@field functions lua_source.Function[]
---@field module string?      the variable that the file returns

local OPENS = { ["("] = true, ["["] = true, ["{"] = true, ["function"] = true, ["if"] = true, ["do"] = true,
                ["repeat"] = true }
local CLOSES = { [")"] = true, ["]"] = true, ["}"] = true, ["end"] = true, ["until"] = true }
local ENDS_RETURN = { [";"] = true, ["else"] = true, ["elseif"] = true }
local OPERATORS = {}
for operator in ("and or not + - * / % ^ # & ~ | << >> // .. < > <= >= == ~="):gmatch("%S+") do
  OPERATORS[operator] = true
end

--- Functions of one result.
local SINGLE = { setmetatable = true, tostring = true, type = true }

--- Blanks, then tokens, the longer ones first.
local PATTERNS = { "^[%a_][%w_]*", "^%.?%d[%w.]*", "^%.%.%.", "^%.%.", "^[=~<>]=", "^//", "^<<", "^>>", "^::", "^." }

--- Where a string that begins here ends; nil when none begins.
local function string_end(text, at)
  local equals = text:match("^%[(=*)%[", at)
  if equals then
    return select(2, text:find("]" .. equals .. "]", at, true))
  end
  local quote = text:match("^[\"']", at)
  local place = at
  while quote do
    place = text:find("[\\" .. quote .. "]", place + 1)
    if text:sub(place, place) == quote then
      return place
    end
    place = place + 1
  end
end

local function token_end(text, at)
  for _, pattern in ipairs(PATTERNS) do
    local _, last = text:find(pattern, at)
    if last then
      return last
    end
  end
end

--- Where a comment that begins here ends.
local function comment_end(text, at)
  return text:find("^%[=*%[", at + 2) and string_end(text, at + 2) or (text:find("\n", at, true) or #text + 1) - 1
end

--- The tokens and the comments of a text.
local function scan(text)
  local tokens, comments, at, line, token_line = {}, {}, 1, 1, 0
  while true do
    local blanks, start = text:match("^(%s*)()", at)
    line = line + select(2, blanks:gsub("\n", ""))
    if start > #text then
      return tokens, comments
    end
    local is_comment = text:find("^%-%-", start)
    local string_last = not is_comment and string_end(text, start)
    local last = is_comment and comment_end(text, start) or string_last or token_end(text, start)
    local piece = text:sub(start, last)
    if is_comment then
      comments[#comments + 1] = { text = piece, line = line, is_first = token_line ~= line }
    else
      tokens[#tokens + 1] = { text = piece, line = line, code = string_last and "" or piece }
    end
    line = line + select(2, piece:gsub("\n", ""))
    at, token_line = last + 1, line
  end
end

--- How much deeper a token leads.
local function step(token)
  return OPENS[token.code] and 1 or CLOSES[token.code] and -1 or 0
end

--- Whether a value from one token to another has an operator outside of brackets, and whether one pair of brackets
--- holds all of it.
local function shape(tokens, first, last)
  local depth, has_operator, is_whole = 0, false, true
  for index = first, last do
    has_operator = has_operator or depth == 0 and OPERATORS[tokens[index].code]
    depth = depth + step(tokens[index])
    is_whole = is_whole and (depth > 0 or index == last)
  end
  return has_operator, is_whole
end

--- A value from one token to another. A call is open, unless an operator or parentheses make one value of it.
local function value_of(tokens, first, last)
  local has_operator, is_whole = shape(tokens, first, last)
  local final = tokens[last].code
  local is_call = not (has_operator or is_whole) and (final == "" or final == ")" or final == "}")
  local is_single = is_call and SINGLE[tokens[first].code] and select(2, shape(tokens, first + 1, last))
  return { is_nil = first == last and final == "nil", is_open = final == "..." or is_call and not is_single }
end

--- The values of the return statement at a token.
local function returned(tokens, at)
  local values, depth, first, index = {}, 0, at + 1, at + 1
  while tokens[index] and not (depth == 0 and (CLOSES[tokens[index].code] or ENDS_RETURN[tokens[index].code])) do
    if depth == 0 and tokens[index].code == "," then
      values[#values + 1], first = value_of(tokens, first, index - 1), index + 1
    end
    depth = depth + step(tokens[index])
    index = index + 1
  end
  values[#values + 1] = first < index and value_of(tokens, first, index - 1) or nil
  return values
end

--- What a function is assigned to, read backwards: "M.new", "M.until" for M["until"]; and the first token of it.
local function assigned(tokens, index)
  local name = ""
  while true do
    local token, before = tokens[index], tokens[index - 1]
    if token.code == "]" and before.code == "" then
      name, index = "." .. before.text:sub(2, -2) .. name, index - 3
    elseif token.code:find("^[%a_]") and before and before.code == "." then
      name, index = "." .. token.code .. name, index - 2
    else
      return token.code:find("^[%a_]") and token.code .. name or nil, index
    end
  end
end

--- The function whose keyword is at a token, without its returns.
local function function_at(tokens, at)
  local fn = { params = {}, returns = {}, is_local = false }
  local index, first = at + 1, at
  while tokens[index].code ~= "(" do
    fn.name = (fn.name or "") .. tokens[index].code
    index = index + 1
  end
  local before = tokens[at - 1] and tokens[at - 1].code
  if not fn.name and before == "=" then
    fn.name, first = assigned(tokens, at - 2)
  elseif before == "return" then
    first = at - 1
  end
  if tokens[first - 1] and tokens[first - 1].code == "local" then
    fn.is_local, first = true, first - 1
  end
  while tokens[index].code ~= ")" do
    index = index + 1
    fn.params[#fn.params + 1] = tokens[index].code:match("^[%a_.].*$")
  end
  fn.line = tokens[first].line
  return fn
end

--- The variable in `return M` or `return setmetatable(M, …)`.
local function module_of(tokens, at)
  local is_call = tokens[at + 2] and tokens[at + 2].code == "("
  return not is_call and tokens[at + 1].code or tokens[at + 1].code == "setmetatable" and tokens[at + 3].code or nil
end

--- The innermost function of a stack of blocks.
local function innermost(stack)
  for depth = #stack, 1, -1 do
    if stack[depth] then
      return stack[depth]
    end
  end
end

---@param text string
---@return lua_source.File
function M.read(text)
  local tokens, comments = scan(text)
  local file = { tokens = tokens, comments = comments, functions = {} }
  local stack = {} -- a function, or false for another block
  for index, token in ipairs(tokens) do
    if token.code == "function" then
      local fn = function_at(tokens, index)
      file.functions[#file.functions + 1], stack[#stack + 1] = fn, fn
    elseif token.code == "return" and innermost(stack) then
      table.insert(innermost(stack).returns, returned(tokens, index))
    elseif token.code == "return" then
      file.module = module_of(tokens, index)
    end
    local deeper = token.code == "function" and 0 or step(token)
    if deeper > 0 then
      stack[#stack + 1] = false
    elseif deeper < 0 then
      stack[#stack] = nil
    end
  end
  return file
end

return M
