--- Routes for requests of lambda.http, and of all that goes through it.
local fakes = require("lambda.testing.fakes")
local json = require("lambda.json")

local error, math_type, next, setmetatable, tonumber, tostring, type =
  error, math.type, next, setmetatable, tonumber, tostring, type
local char, find, format, gmatch, gsub, match, sort, upper =
  string.char, string.find, string.format, string.gmatch, string.gsub, string.match, table.sort, string.upper

local M = {}

---@class lambda.testing.Reply
---@field status integer?   200
---@field headers table<string, string|string[]>?
---@field body string?
---@field json any          becomes the body, with its content type
---@field delay_ms integer? so long it takes, by the app's clock
---@field fail string?      no answer: the kind of the error, "timeout", "connect", …

---@alias lambda.testing.Route
---| string
---| lambda.testing.Reply
---| fun(request: lambda.testing.Request): string|lambda.testing.Reply

local KNOWN = {
  status = "integer", headers = "table", body = "string", json = "any", delay_ms = "integer", fail = "string",
}

local function bad_reply(route, text, ...)
  error(format("the route '%s' gave %s", route, format(text, ...)), 0)
end

local function check_reply(reply, route)
  for name, value in next, reply do
    local expected = KNOWN[name]
    if not expected then
      bad_reply(route, "'%s': a reply has body, delay_ms, fail, headers, json, status", tostring(name))
    elseif expected ~= "any" and type(value) ~= expected and math_type(value) ~= expected then
      bad_reply(route, "a %s as %s, which must be a %s", type(value), name, expected)
    end
  end
end

--- The body, and the headers with its content type.
local function read_body(reply, route)
  local headers = {}
  for name, value in next, reply.headers or {} do
    if type(name) ~= "string" then
      bad_reply(route, "a %s as the name of a header", type(name))
    end
    headers[name] = value
  end
  if reply.json == nil then
    return reply.body or "", headers
  end
  local text, problem = json.encode(reply.json)
  headers["content-type"] = headers["content-type"] or "application/json"
  return text or bad_reply(route, "what has no JSON form: %s", problem), headers
end

--- A reply as the transport has it.
---@return lambda.testing.Answer
local function to_answer(reply, route)
  reply = type(reply) == "string" and { body = reply } or reply
  if type(reply) ~= "table" then
    bad_reply(route, "a %s; a string or a table is a reply", type(reply))
  end
  check_reply(reply, route)
  local body, headers = read_body(reply, route)
  return {
    status = reply.status or 200, headers = headers, body = body, delay_ms = reply.delay_ms or 0,
    failure = reply.fail and { kind = reply.fail, reason = "so says the route" } or nil,
  }
end

--- A request as it would go out.
---@class lambda.testing.Request
---@field method string
---@field url string
---@field headers table<string, string>  names in lower case
---@field body string
---@field query table<string, string>  decoded; of a name that comes twice, the last
local Request = {}
Request.__index = Request

--- The body, decoded from JSON; nil and the reason when it is none.
---@return any, string?
function Request:json()
  return json.decode(self.body)
end

local function unescape(text)
  return (gsub(gsub(text, "+", " "), "%%(%x%x)", function(digits)
    return char(tonumber(digits, 16))
  end))
end

local function complete(request)
  local query = {}
  for name, value in gmatch(match(request.url, "%?([^#]*)") or "", "([^&=]+)=?([^&]*)") do
    query[unescape(name)] = unescape(value)
  end
  request.query = query
  return setmetatable(request, Request)
end

--- "GET https://host/orders/*" as a method and a Lua pattern; * stands for any text.
local function compile(route, level)
  local method, url = match(route, "^(%S+) (https?://%S+)$")
  if not method then
    error(format("bad route %q: a method and a URL expected, as in \"GET https://api.example.com/orders/*\"", route),
      level + 1)
  end
  local pattern = gsub(gsub(url, "[%^$()%%.%[%]+%-?]", "%%%0"), "%*", ".*")
  return {
    name = route, method = method ~= "*" and upper(method) or nil, pattern = "^" .. pattern .. "$",
    has_query = find(url, "?", 1, true) ~= nil, has_star = find(url, "*", 1, true) ~= nil,
  }
end

--- Exact ones first, then the longest.
local function before(a, b)
  if a.has_star ~= b.has_star then
    return b.has_star
  elseif #a.name ~= #b.name then
    return #a.name > #b.name
  end
  return a.name < b.name
end

local function matches(route, request)
  local url = match(request.url, route.has_query and "^[^#]*" or "^[^?#]*")
  return (not route.method or route.method == request.method) and find(url, route.pattern) ~= nil
end

---@class lambda.testing.Http
---@field requests lambda.testing.Request[]  those that a route answered
local Http = {}
Http.__index = Http

--- Takes the routes away.
function Http:close()
  fakes.remove(self.fake)
end

Http.__close = Http.close

local function compile_all(routes, level)
  local list, names = {}, {}
  for name, reply in next, routes do
    if type(name) ~= "string" then
      error(format("bad route (a string expected, got a %s)", type(name)), level + 1)
    end
    local route = compile(name, level + 1)
    route.reply, list[#list + 1] = reply, route
  end
  sort(list, before)
  for i, route in next, list do
    names[i] = route.name
  end
  return list, names
end

--- Puts routes in place, until they are closed, or testing.reset.
---@param routes table<string, lambda.testing.Route>
---@return lambda.testing.Http
function M.new(routes)
  if type(routes) ~= "table" then
    error(format("bad argument #1 to 'testing.http' (a table of routes expected, got a %s)", type(routes)), 3)
  end
  local list, names = compile_all(routes, 3)
  local http = setmetatable({ requests = {} }, Http)

  local function respond(route, request)
    http.requests[#http.requests + 1] = complete(request)
    local reply = route.reply
    if type(reply) == "function" then
      reply = reply(request)
    end
    return to_answer(reply, route.name)
  end

  http.fake = {
    find = function(request)
      for _, route in next, list do
        if matches(route, request) then
          return function(each) return respond(route, each) end
        end
      end
    end,
    names = function() return names end,
  }
  fakes.add(http.fake)
  return http
end

M.to_answer, M.complete = to_answer, complete

return M
