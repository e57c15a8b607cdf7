--- The answer that a handler of HTTP fills, and what the event's source takes for it: of the convention http and of
--- lambda.router. docs/http-convention.md is the manual.
local json = require("lambda.json")
local responses = require("lambda.response")

-- A handler that forgets `local` may overwrite any global.
local error, getmetatable, next, rawget, rawset, require, setmetatable, type =
  error, getmetatable, next, rawget, rawset, require, setmetatable, type
local concat, format, lower, utf8_len = table.concat, string.format, string.lower, utf8.len

local M = {}

---@class lambda.Response
---@field status integer                                            200 until it is set
---@field headers table<string, string|number|(string|number)[]>   names compared without case
---@field cookies string[]                                          "name=value; Path=/" each
---@field body string?                                             what was sent; may be set
---@field private parts string[]                                    what was written behind it
---@field private source any                                        of a stream
local Response = {}
Response.__index = Response
Response.__name = "lambda.response"

local headers_mt = {
  __index = function(headers, name)
    return type(name) == "string" and rawget(headers, lower(name)) or nil
  end,
  __newindex = function(headers, name, value)
    rawset(headers, type(name) == "string" and lower(name) or name, value)
  end,
}

--- An empty answer.
---@return lambda.Response
function M.new()
  return setmetatable({ status = 200, headers = setmetatable({}, headers_mt), cookies = {}, parts = {} }, Response)
end

local function expect_text(value, number, name)
  if type(value) ~= "string" then
    error(format("bad argument #%d to 'res:%s' (a string expected, got %s)", number, name, type(value)), 3)
  end
end

--- The body, in the place of what was there.
---@param body string           bytes
---@param content_type string?  else the header that is set, else plain text, or bytes where it is no UTF-8
---@return lambda.Response
function Response:send(body, content_type)
  expect_text(body, 1, "send")
  if content_type ~= nil then
    expect_text(content_type, 2, "send")
  end
  self.parts, self.body = {}, body
  self.headers["content-type"] = content_type or self.headers["content-type"]
    or utf8_len(body) and "text/plain; charset=utf-8" or "application/octet-stream"
  return self
end

--- The body as the JSON of a value.
---@param value any
---@return lambda.Response
function Response:json(value)
  local text, err = json.encode(value)
  if not text then
    error("res:json cannot encode this: " .. err, 2)
  end
  self.parts, self.body = {}, text
  self.headers["content-type"] = self.headers["content-type"] or "application/json"
  return self
end

--- More of the body, behind what was written before. All of it goes out when the handler returns: see res:stream.
---@param chunk string
---@return lambda.Response
function Response:write(chunk)
  expect_text(chunk, 1, "write")
  self.parts[#self.parts + 1] = chunk
  return self
end

--- Another address for the client.
---@param location string
---@param status integer?  302
---@return lambda.Response
function Response:redirect(location, status)
  expect_text(location, 1, "redirect")
  self.status, self.headers.location = status or 302, location
  return self
end

--- Sets a cookie.
---@param name string
---@param value string
---@param options lambda.CookieOptions?
---@return lambda.Response
function Response:cookie(name, value, options)
  local text = require("lambda.cookie").text(name, value, options) -- first: it may be called without the colon
  self.cookies[#self.cookies + 1] = text
  return self
end

--- A body that is sent while it is made, once the handler has returned: what lambda.stream takes as a body. The
--- function must be invoked with response streaming.
---@param body string|fun(out: lambda.stream.Out)|(fun(): string?)
---@return lambda.Response
function Response:stream(body)
  if body == nil then
    error("bad argument #1 to 'res:stream' (a body expected, as for lambda.stream)", 2)
  end
  self.source = body
  return self
end

local function streamed(req, res)
  if req.kind == "alb" then
    error("a load balancer takes no streamed answer: use res:send or res:write", 0)
  end
  local options, problem = responses.to_stream(res)
  if not options then
    error("res: " .. problem, 0)
  end
  options.body = res.source
  if res.body ~= nil or #res.parts > 0 then
    error("res: the answer is streamed, so that what was sent or written before would be lost", 0)
  end
  return require("lambda.stream").new(options)
end

local function buffered(req, res)
  local body = res.body
  if #res.parts > 0 and (body == nil or type(body) == "string") then
    body = (body or "") .. concat(res.parts)
  end
  local result, problem = responses.to_event(req, {
    status = res.status, headers = res.headers, cookies = res.cookies, body = body,
  })
  if not result then
    error("res: " .. problem, 0)
  end
  return result
end

--- Takes everything out of an answer; its table of headers stays the same one.
---@param res lambda.Response
function M.clear(res)
  local fresh, headers = M.new(), res.headers
  for name in next, getmetatable(headers) == headers_mt and headers or {} do
    headers[name] = nil
  end
  res.headers = getmetatable(headers) == headers_mt and headers or fresh.headers
  res.status, res.cookies, res.parts, res.body, res.source = fresh.status, fresh.cookies, fresh.parts, nil, nil
end

--- Whether an answer has no body yet, not even one to stream.
---@param res lambda.Response
---@return boolean
function M.is_empty(res)
  return res.body == nil and #res.parts == 0 and res.source == nil
end

--- What the event's source takes for an answer. Raises what is wrong with it.
---@param req lambda.Request
---@param res lambda.Response
---@return table|lambda.Stream
function M.answer(req, res)
  if res.source ~= nil then
    return streamed(req, res)
  end
  return buffered(req, res)
end

return M
