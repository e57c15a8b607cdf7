--- HTTP and HTTPS for handlers, over the system's libcurl. docs/http.md
--- What the network does wrong is `nil, err`; a status of 4xx or 5xx is an answer.
--- What sends a request is loaded with the first one.
local native = require("lambda.native")
local present = require("lambda.present")

-- A handler that forgets `local` may overwrite any global.
local string = string
local error, getenv, ipairs, math_type, max, min, next, require, setmetatable, tonumber, type =
  error, os.getenv, ipairs, math.type, math.max, math.min, next, require, setmetatable, tonumber, type

---@class lambda.http
local M = {}

--- For one request outside of an event.
local TIMEOUT_MS = 30 * 1000
--- Kept for the handler to say what went wrong, before the deadline guard speaks.
local RESERVE_MS = 250
local SLICE_MS = 1000
local LONGEST_MS = 24 * 3600 * 1000 -- of a request, whatever it asks for
local AT_ONCE = 16

local curl, client, flights, requests

--- The connections, which outlive the event.
local function open_client()
  flights = flights or require("lambda.http.flight")
  curl = curl or require("lambda.curl")
  client = client or curl.client()
  return client
end

--- Closes all connections; the next request opens one again.
function M.close()
  if client then
    client:close()
    client = nil
  end
end

if getenv("AWS_LAMBDA_INITIALIZATION_TYPE") == "snap-start" and not native.hooks.is_loaded then
  local lifecycle = require("lambda.lifecycle")
  lifecycle.before_snapshot(M.close)
  lifecycle.after_restore(M.close)
end

--- The deadline of the present event (Unix epoch, ms); nil outside of one.
local function event_deadline_ms()
  local value = tonumber(present.header("lambda-runtime-deadline-ms"))
  return math_type(value) == "integer" and value or nil
end

--- When a request that begins now must be over: its own time-out, and never the event's deadline.
local function end_ms(request)
  local now_ms, deadline_ms = native.now_ms(), event_deadline_ms()
  local wanted_ms = min(request.timeout_ms or (deadline_ms and LONGEST_MS or TIMEOUT_MS), LONGEST_MS)
  if not deadline_ms then
    return now_ms + wanted_ms
  end
  local left_ms = max(0, deadline_ms - now_ms)
  return min(now_ms + wanted_ms, deadline_ms - min(RESERVE_MS, left_ms // 5))
end

--- How long a request may take at most: until the deadline of the present event; nil outside of one.
---@return integer?
function M.remaining_ms()
  local deadline_ms = event_deadline_ms()
  return deadline_ms and max(0, deadline_ms - native.now_ms())
end

--- As the curl program has it, for libcurl itself does not look there.
local function ca_file()
  return getenv("CURL_CA_BUNDLE") or getenv("SSL_CERT_FILE")
end

--- Flies all of them, so many at once.
local function fly(plans, failures, count, at_once)
  local connections = open_client()
  local airborne <close> = setmetatable({}, { __close = function(list)
    for _, flight in next, list do
      flight:close()
    end
  end })
  local results, started, active = {}, 0, 0
  while started < count or active > 0 do
    while started < count and active < at_once do
      started = started + 1
      if plans[started] then
        airborne[started] = flights.new(connections, plans[started], end_ms(plans[started].request), ca_file())
        active = active + 1
      end
    end
    connections:wait(active > 0 and SLICE_MS or 0)
    for index, flight in next, airborne do
      flight:advance()
      if flight:has_landed() then
        results[index], failures[index] = flight.response or false, flight.failure
        flight:close()
        airborne[index], active = nil, active - 1
      end
    end
  end
  return results
end

local function check(name, request)
  requests = requests or require("lambda.http.request")
  local problem = requests.problem(request)
  if problem then
    error(string.format("bad argument to 'http.%s' (%s)", name, problem), 3)
  end
end

local function request_one(request)
  local plan, problem = requests.plan(request)
  if not plan then
    return nil, problem
  end
  local failures = {}
  local results = fly({ plan }, failures, 1, 1)
  return results[1] or nil, failures[1]
end

--- Sends one request and waits for its answer.
---@param request lambda.http.Request
---@return lambda.http.Response?
---@return lambda.http.Error?
function M.request(request)
  check("request", request)
  return request_one(request)
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
  return request_one(request)
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
  return request_one(request)
end

--- Sends several requests at the same time.
---@param list lambda.http.Request[]
---@param options { at_once: integer? }?  16 unless given
---@return (lambda.http.Response|false)[] responses  in the order of the requests; false where there is none
---@return table<integer, lambda.http.Error> errors  why not, by the same numbers
function M.all(list, options)
  if type(list) ~= "table" then
    error(string.format("bad argument #1 to 'http.all' (a list of requests expected, got %s)", type(list)), 2)
  end
  local at_once = options and options.at_once or AT_ONCE
  if math_type(at_once) ~= "integer" or at_once < 1 then
    error("bad argument #2 to 'http.all' (at_once: a positive integer expected)", 2)
  end
  local plans, failures = {}, {}
  for index, request in ipairs(list) do
    check("all", request)
    plans[index], failures[index] = requests.plan(request)
  end
  local responses = fly(plans, failures, #list, at_once)
  for index = 1, #list do
    responses[index] = responses[index] or false
  end
  return responses, failures
end

return M
