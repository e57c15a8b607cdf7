--- What stands in for the network: an HTTP transport under lambda.http, in the place of lambda/curl.so. Everything
--- above it is the real thing: redirects, limits, time-outs, the AWS clients.
local error, next, pcall, require, setmetatable, tostring, type =
  error, next, pcall, require, setmetatable, tostring, type
local concat, find, format, lower, match, remove =
  table.concat, string.find, string.format, string.lower, string.match, table.remove

local M = {}

---@alias lambda.testing.Responder fun(request: lambda.testing.Request): lambda.testing.Answer?

---@class lambda.testing.Answer
---@field status integer
---@field headers table<string, string|string[]>
---@field body string
---@field delay_ms integer  by the app's clock, which moves on by it
---@field failure { kind: string, reason: string }?  in the place of an answer

---@class lambda.testing.Fake
---@field find fun(request: lambda.testing.Request): lambda.testing.Responder?
---@field names fun(): string[]  what it would answer

--- Those that are in place, the newest last.
local fakes = {}
local problem

---@param fake lambda.testing.Fake
function M.add(fake)
  fakes[#fakes + 1] = fake
end

---@param fake lambda.testing.Fake
function M.remove(fake)
  for i = #fakes, 1, -1 do
    if fakes[i] == fake then
      remove(fakes, i)
    end
  end
end

--- Removes them all.
function M.clear()
  fakes, problem = {}, nil
end

--- What went wrong in answering since the last time: the handler may have kept the error, the spec must not.
---@return any
function M.take_problem()
  local text = problem
  problem = nil
  return text
end

--- Line by line, "Name: value"; "Name:" is libcurl's way to leave a header out, "Name;" an empty one.
local function read_headers(lines)
  local headers = {}
  for _, line in next, lines do
    local name, value = match(line, "^([^:;]+)[:;]%s*(.-)$")
    if value ~= "" or find(line, ";$") then
      headers[lower(name)] = headers[lower(name)] and headers[lower(name)] .. ", " .. value or value
    end
  end
  return headers
end

local function find_responder(request)
  local names = {}
  for i = #fakes, 1, -1 do
    local respond = fakes[i].find(request)
    if respond then
      return respond
    end
    for _, name in next, fakes[i].names() do
      names[#names + 1] = "\n\t" .. name
    end
  end
  error(format("nothing answers %s %s; there are:%s", request.method, request.url,
    #names > 0 and concat(names) or " no routes"), 0)
end

local function header_block(headers)
  local parts = {}
  for name, value in next, headers do
    for _, each in next, type(value) == "table" and value or { value } do
      parts[#parts + 1] = lower(name) .. "\0" .. tostring(each) .. "\0"
    end
  end
  return concat(parts)
end

--- A reference from a URL on (RFC 3986 §5.2, but for dot segments).
local function resolved(url, reference)
  local origin, scheme, path = match(url, "^((%a+:)//[^/?#]*)([^?#]*)")
  if find(reference, "^%a[%w+.-]*:") then
    return reference
  elseif find(reference, "^//") then
    return scheme .. reference
  elseif find(reference, "^/") then
    return origin .. reference
  elseif find(reference, "^%?") then
    return origin .. path .. reference
  end
  return origin .. (match(path, "^.*/") or "/") .. reference
end

--- Where a redirect leads, as libcurl says it: absolute.
local function location(url, headers)
  for name, value in next, headers do
    if lower(name) == "location" then
      return resolved(url, tostring(type(value) == "table" and value[1] or value))
    end
  end
end

--- One request of which the answer is known: the same methods as lambda/curl.so's.
---@class lambda.testing.Transfer
---@field private answer lambda.testing.Answer
---@field private url string
---@field private rest string     of the body
---@field private kind string?    of its failure
---@field private reason string?
local Transfer = {}
Transfer.__index = Transfer

---@return boolean
function Transfer.is_done()
  return true
end

--- Nothing where there was no answer.
---@return integer? status
---@return string? block     the headers, as libcurl's part of us gives them
---@return string? location  of a redirect
function Transfer:head()
  if not self.kind then
    return self.answer.status, header_block(self.answer.headers), location(self.url, self.answer.headers)
  end
end

--- What has come of the body since the last time: all of it at once.
---@return string
function Transfer:take()
  local bytes = self.rest
  self.rest = ""
  return bytes
end

---@return string? kind
---@return string? reason
function Transfer:failure()
  return self.kind, self.reason
end

--- There is nothing to give back.
function Transfer.close() end

--- What the real transport would make of such an answer.
---@param app lambda.testing.App
---@param options { url: string, method: string, timeout_ms: integer, limit_bytes: integer }
---@param answer lambda.testing.Answer
---@return lambda.testing.Transfer
local function transfer(app, options, answer)
  local flight = setmetatable({ answer = answer, url = options.url, rest = answer.body }, Transfer)
  if answer.delay_ms >= options.timeout_ms and answer.delay_ms > 0 then
    app.clock:advance(options.timeout_ms)
    flight.kind, flight.reason = "timeout", format("no answer within %d ms", options.timeout_ms)
  else
    app.clock:advance(answer.delay_ms)
    if answer.failure then
      flight.kind, flight.reason = answer.failure.kind, answer.failure.reason
    elseif #answer.body > options.limit_bytes then
      flight.kind, flight.reason = "too_large", format("the body has more than %d bytes", options.limit_bytes)
    end
  end
  flight.rest = flight.kind and "" or options.method ~= "HEAD" and answer.body or ""
  return flight
end

local function start(app, options)
  local request = {
    method = options.method, url = options.url, headers = read_headers(options.headers), body = options.body or "",
  }
  local ok, answer = app.guard:shield(pcall, app.world.outside, app.world, function()
    return find_responder(request)(request)
  end)
  if not ok then
    problem = problem or answer
    error(answer, 0)
  end
  return transfer(app, options, answer)
end

--- The module lambda.curl for an app. Without any fake the real one is asked, if there is one.
---@param app lambda.testing.App
---@return { client: fun(): table }
function M.transport(app)
  local Client = {}
  Client.__index = Client

  local function real(client)
    client.real = client.real or app.world:outside(function()
      return require("lambda.curl").client()
    end)
    return client.real
  end

  function Client:start(options)
    if #fakes == 0 then
      return real(self):start(options)
    end
    return start(app, options)
  end

  function Client:wait(ms)
    return self.real and self.real:wait(#fakes == 0 and ms or 0)
  end

  function Client:close()
    return self.real and self.real:close()
  end

  return { client = function() return setmetatable({}, Client) end }
end

return M
