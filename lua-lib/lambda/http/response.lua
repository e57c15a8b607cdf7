--- An answer.
local string = string
local rawget, require, setmetatable, type = rawget, require, setmetatable, type

local M = {}

---@class lambda.http.Response
---@field status integer
---@field ok boolean          whether the status is 2xx
---@field headers table<string, string>  names compared without case; one that came several times is joined by ", "
---@field cookies string[]    the Set-Cookie headers, which cannot be joined
---@field body string?        nil where `to` took it
---@field url string          that answered, behind redirects
local Response = {}
Response.__index = Response

--- The body, decoded from JSON; nil and the reason when it is none.
---@return any, string?
function Response:json()
  return require("lambda.json").decode(self.body or "")
end

local headers_mt = {
  __index = function(headers, name)
    return type(name) == "string" and rawget(headers, string.lower(name)) or nil
  end,
}

---@param status integer
---@param block string   "name\0value\0"… (runtime/headers.h)
---@param body string?
---@param url string
---@return lambda.http.Response
function M.new(status, block, body, url)
  local headers, cookies = {}, {}
  for name, value in string.gmatch(block, "(%Z*)%z(%Z*)%z") do
    if name == "set-cookie" then
      cookies[#cookies + 1] = value
    end
    headers[name] = headers[name] and headers[name] .. ", " .. value or value
  end
  return setmetatable({
    status = status, ok = status >= 200 and status < 300, headers = setmetatable(headers, headers_mt),
    cookies = cookies, body = body, url = url,
  }, Response)
end

return M
