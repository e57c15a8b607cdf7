--- socket.http and ssl.https for rocks that ask for them where LuaSocket is not installed, over lambda.http, by
--- https://lunarmodules.github.io/luasocket/http.html
local http = require("lambda.http")
local ltn12 = require("lambda.socket.ltn12")

-- A handler that forgets `local` may overwrite any global.
local string = string
local concat, error, next, tonumber, type = table.concat, error, next, tonumber, type

local M = { TIMEOUT = 60, USERAGENT = "lunambda", _VERSION = "LuaSocket's http, by lunambda" }

--- What LuaSocket gives as its third result: plain, names in lower case.
local function plain(headers)
  local copy = {}
  for name, value in next, headers do
    copy[name] = value
  end
  return copy
end

--- The whole of a source; nil and its error.
local function drain(source, step)
  local sink, parts = ltn12.sink.table()
  local ok, err = ltn12.pump.all(source, sink, step)
  return ok and concat(parts), err
end

--- LuaSocket's headers, without those that libcurl sees to.
local function request_headers(headers)
  local copy = {}
  for name, value in next, headers or {} do
    local lower = string.lower(name)
    if lower ~= "content-length" and lower ~= "transfer-encoding" and lower ~= "host" and lower ~= "connection" then
      copy[name] = value
    end
  end
  copy["user-agent"] = copy["user-agent"] or copy["User-Agent"] == nil and M.USERAGENT or nil
  return copy
end

local function redirects(request)
  if request.redirect == false or request.maxredirects == false then
    return 0
  end
  return tonumber(request.maxredirects) or 5
end

--- http.request{ url =, method =, headers =, source =, sink =, step =, redirect =, maxredirects = }
local function generic(request)
  local body, err
  if request.source then
    body, err = drain(request.source, request.step)
    if not body then
      return nil, err
    end
  end
  local response
  response, err = http.request({
    url = request.url, method = request.method, headers = request_headers(request.headers), body = body,
    follow = redirects(request), timeout_ms = M.TIMEOUT and M.TIMEOUT * 1000 // 1 | 0 or nil,
  })
  if not response then
    return nil, err.kind == "timeout" and "timeout" or err.message
  end
  if request.sink then
    local ok
    ok, err = ltn12.pump.all(ltn12.source.string(response.body), request.sink, request.step)
    if not ok then
      return nil, err
    end
  end
  return 1, response.status, plain(response.headers), string.format("HTTP/1.1 %d", response.status)
end

--- http.request(url): GET. http.request(url, body): POST of a form. Body, status, headers, status line; or nil and why.
--- http.request{…}: 1, status, headers, status line; the body goes to the sink.
---@param request string|table
---@param body string?
---@return string|integer|nil
---@return integer|string|nil status  or why
---@return table<string, string>? headers
---@return string? line
function M.request(request, body)
  if type(request) == "table" then
    return generic(request)
  elseif type(request) ~= "string" then
    error(string.format("bad argument #1 to 'request' (a URL or a table expected, got %s)", type(request)), 2)
  end
  local sink, parts = ltn12.sink.table()
  local options = { url = request, sink = sink }
  if body then
    options.method, options.source = "POST", ltn12.source.string(body)
    options.headers = { ["content-type"] = "application/x-www-form-urlencoded" }
  end
  local ok, status, headers, line = generic(options)
  if not ok then
    return nil, status
  end
  return concat(parts), status, headers, line
end

return M
