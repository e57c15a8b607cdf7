--- HTTP and HTTPS for handlers, over the system's libcurl. docs/http.md
--- What the network does wrong is `nil, err`; a status of 4xx or 5xx is an answer.
--- What sends a request is loaded with the first one.
local native = require("lambda.native")

-- A handler that forgets `local` may overwrite any global.
local error, ipairs, next, require, type = error, ipairs, next, require, type
local format, getenv, math_type = string.format, os.getenv, math.type

---@class lambda.http
local M = {}

local AT_ONCE = 16

local transfers

--- Closes all connections; the next request opens one again.
function M.close()
  if transfers then
    transfers.close()
  end
end

if getenv("AWS_LAMBDA_INITIALIZATION_TYPE") == "snap-start" and not native.hooks.is_loaded then
  local lifecycle = require("lambda.lifecycle")
  lifecycle.before_snapshot(M.close)
  lifecycle.after_restore(M.close)
end

--- How long a request may take at most: until the deadline of the present event; nil outside of one.
---@return integer?
function M.remaining_ms()
  return require("lambda.present").remaining_ms()
end

local function load_transfers()
  transfers = transfers or require("lambda.http.transfers")
  return transfers
end

--- Blames the caller's caller for a request that is none.
local function check(name, request)
  local problem = load_transfers().problem(request)
  if problem then
    error(format("bad argument to 'http.%s' (%s)", name, problem), 3)
  end
end

--- Sends one request and waits for its answer.
---@param request lambda.http.Request
---@return lambda.http.Response?
---@return lambda.http.Error?
function M.request(request)
  check("request", request)
  return transfers.one(request)
end

local function with(options, url, method, body)
  local request = {}
  for name, value in next, options or {} do
    request[name] = value
  end
  request.url, request.method, request.body = url, method, body or request.body
  return request
end

--- GET.
---@param url string
---@param options lambda.http.Request?  all but the URL and the method
---@return lambda.http.Response?
---@return lambda.http.Error?
function M.get(url, options)
  local request = with(options, url, "GET")
  check("get", request)
  return transfers.one(request)
end

--- POST of a string, or of what the options' json or form say.
---@param url string
---@param body string?
---@param options lambda.http.Request?
---@return lambda.http.Response?
---@return lambda.http.Error?
function M.post(url, body, options)
  local request = with(options, url, "POST", body)
  check("post", request)
  return transfers.one(request)
end

--- Sends several requests at the same time.
---@param list lambda.http.Request[]
---@param options { at_once: integer? }?  16 unless given
---@return (lambda.http.Response|false)[] responses  in the order of the requests; false where there is none
---@return table<integer, lambda.http.Error> errors  why not, by the same numbers
function M.all(list, options)
  if type(list) ~= "table" then
    error(format("bad argument #1 to 'http.all' (a list of requests expected, got %s)", type(list)), 2)
  end
  local at_once = options and options.at_once or AT_ONCE
  if math_type(at_once) ~= "integer" or at_once < 1 then
    error("bad argument #2 to 'http.all' (at_once: a positive integer expected)", 2)
  end
  for _, request in ipairs(list) do
    check("all", request)
  end
  return load_transfers().all(list, at_once) -- the list may be empty
end

return M
