--- Patterns of routes ("/orders/{id}", "/files/*path") and paths of requests, both as lists of segments.
--- docs/router.md has the rules.

-- A handler that forgets `local` may overwrite any global.
local error, tonumber = error, tonumber
local char, find, format, gmatch, gsub, match, sub =
  string.char, string.find, string.format, string.gmatch, string.gsub, string.match, string.sub
local concat, utf8_len = table.concat, utf8.len

local M = {}

--- A segment that must be equal, one that is a parameter, or one that takes all the rest.
---@class lambda.router.Segment
---@field kind "static"|"parameter"|"wildcard"
---@field text string  the segment, or the parameter's name

--- "/a//b/" → { "a", "", "b", "" }; "/" → { "" }.
local function split(path)
  local list = {}
  for text in gmatch(path, "/([^/]*)") do
    list[#list + 1] = text
  end
  return list
end

--- One segment of a pattern; nil and what is wrong with it.
local function read(text, is_last)
  local name = match(text, "^{([%a_][%w_]*)}$")
  if name then
    return { kind = "parameter", text = name }
  end
  name = match(text, "^%*([%a_][%w_]*)$")
  if name and is_last then
    return { kind = "wildcard", text = name }
  elseif name then
    return nil, format("'%s' takes all that follows, so it must be the last segment", text)
  elseif find(text, "^{[%a_][%w_]*%+}$") then
    return nil, format("'%s' is written *%s here", text, sub(text, 2, -3))
  elseif find(text, "^:") then
    return nil, format("'%s' is written {%s} here", text, sub(text, 2))
  elseif find(text, "[{}*]") then
    return nil, format("'%s' is neither text nor {name} nor *name", text)
  elseif find(text, "%%%x%x") then
    return nil, format("'%s' has escapes; write the characters that they stand for", text)
  elseif text == "" and not is_last then
    return nil, "it has an empty segment ('//')"
  end
  return { kind = "static", text = text }
end

--- The segments of a pattern and the names of its parameters in order. Raises at the caller's caller's caller.
---@param pattern string  "/orders/{id}"
---@param level integer   whom an error blames, as for error
---@return lambda.router.Segment[]
---@return string[] names
function M.parse(pattern, level)
  local function refuse(why)
    error(format("bad pattern '%s': %s", pattern, why), level + 2)
  end
  if sub(pattern, 1, 1) ~= "/" then
    refuse("it must begin with '/'")
  elseif not utf8_len(pattern) or find(pattern, "[%z\1-\32?#\127]") then
    refuse("it must be the path alone, in UTF-8, without blanks, '?' and '#'")
  end
  local texts, segments, names, seen = split(pattern), {}, {}, {}
  for i = 1, #texts do
    local segment, problem = read(texts[i], i == #texts)
    if not segment then
      refuse(problem)
    elseif segment.kind ~= "static" then
      if seen[segment.text] then
        refuse(format("it has two parameters '%s'", segment.text))
      end
      seen[segment.text], names[#names + 1] = true, segment.text
    end
    segments[i] = segment
  end
  return segments, names
end

local function unescape(hex)
  return char(tonumber(hex, 16))
end

--- Decodes the segments of a path in place; nil when it has an escape that is none.
local function decode(list, path)
  if not find(path, "%", 1, true) then
    return list
  elseif find(gsub(path, "%%%x%x", ""), "%", 1, true) then
    return nil
  end
  for i = 1, #list do
    list[i] = gsub(list[i], "%%(%x%x)", unescape)
  end
  return list
end

--- The segments of a request's path, decoded one by one, so that an encoded slash stays in its segment. Nil for a
--- path that nothing can be made of: it does not begin with '/', an escape that is none, no UTF-8, a NUL.
---@param path string
---@param is_decoded boolean  the service has done that already
---@return string[]?
function M.segments(path, is_decoded)
  local list = split(path)
  if sub(path, 1, 1) ~= "/" or not is_decoded and not decode(list, path) then
    return nil
  end
  local whole = concat(list, "/")
  return utf8_len(whole) and not find(whole, "\0", 1, true) and list or nil
end

return M
