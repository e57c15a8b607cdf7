--- Requests on their way, one or several at once: the connections, and when each must be over.
local flights = require("lambda.http.flight")
local native = require("lambda.native")
local present = require("lambda.present")
local requests = require("lambda.http.request")

-- A handler that forgets `local` may overwrite any global.
local getenv, ipairs, max, min, next, require, setmetatable =
  os.getenv, ipairs, math.max, math.min, next, require, setmetatable

local M = {}

--- For one request outside of an event.
local TIMEOUT_MS = 30 * 1000
--- Kept for the handler to say what went wrong, before the deadline guard speaks.
local RESERVE_MS = 250
local SLICE_MS = 1000
local LONGEST_MS = 24 * 3600 * 1000 -- of a request, whatever it asks for

local client -- its connections outlive the event

--- Closes all connections; the next request opens one again.
function M.close()
  if client then
    client:close()
    client = nil
  end
end

--- When a request that begins now must be over: its own time-out, and never the event's deadline.
local function end_ms(request)
  local now_ms, deadline_ms = native.now_ms(), present.deadline_ms()
  local wanted_ms = min(request.timeout_ms or (deadline_ms and LONGEST_MS or TIMEOUT_MS), LONGEST_MS)
  if not deadline_ms then
    return now_ms + wanted_ms
  end
  local left_ms = max(0, deadline_ms - now_ms)
  return min(now_ms + wanted_ms, deadline_ms - min(RESERVE_MS, left_ms // 5))
end

--- As the curl program has it, for libcurl itself does not look there.
local function ca_file()
  return getenv("CURL_CA_BUNDLE") or getenv("SSL_CERT_FILE")
end

--- Flies all of them, so many at once.
local function fly(plans, failures, count, at_once)
  client = client or require("lambda.curl").client()
  local connections = client
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

--- What is wrong with the types of a request.
---@type fun(request: any): string?
M.problem = requests.problem

---@param request lambda.http.Request  without a problem
---@return lambda.http.Response?
---@return lambda.http.Error?
function M.one(request)
  local plan, problem = requests.plan(request)
  if not plan then
    return nil, problem
  end
  local failures = {}
  local results = fly({ plan }, failures, 1, 1)
  return results[1] or nil, failures[1]
end

---@param list lambda.http.Request[]  without a problem
---@param at_once integer
---@return (lambda.http.Response|false)[] responses
---@return table<integer, lambda.http.Error> errors
function M.all(list, at_once)
  local plans, failures = {}, {}
  for index, request in ipairs(list) do
    plans[index], failures[index] = requests.plan(request)
  end
  local responses = fly(plans, failures, #list, at_once)
  for index = 1, #list do
    responses[index] = responses[index] or false
  end
  return responses, failures
end

return M
