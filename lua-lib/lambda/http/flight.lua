--- One request on its way: from hop to hop, its body to where it belongs.
local failure = require("lambda.http.failure")
local native = require("lambda.native")
local redirect = require("lambda.http.redirect")
local requests = require("lambda.http.request")
local responses = require("lambda.http.response")

-- A handler that forgets `local` may overwrite any global.
local string = string
local concat, io, max, min, os, setmetatable, type =
  table.concat, io, math.max, math.min, os, setmetatable, type
local open, remove = io.open, os.remove

--- Of an answer that is no success and so does not go where `to` says.
local REFUSAL_LIMIT_BYTES = 1024 * 1024

---@class lambda.http.Flight
---@field response lambda.http.Response?  when it has landed
---@field failure lambda.http.Error?      the same
local Flight = {}
Flight.__index = Flight

local M = {}

local function fail(flight, kind, reason)
  flight.failure = failure.new(kind, flight.hop.method, flight.hop.url, reason)
end

--- Puts the present hop to work.
local function take_off(flight)
  local plan, hop = flight.plan, flight.hop
  local left_ms = flight.end_ms - native.now_ms()
  if left_ms <= 0 then
    return fail(flight, "timeout", "no time is left for it")
  end
  local problem
  flight.parts, flight.kept_bytes, flight.status = {}, 0, nil
  flight.transfer, problem = flight.client:start({
    url = hop.url, method = hop.method, body = hop.body,
    headers = requests.lines(plan.request.headers or {}, hop.content_type, hop.left_out),
    timeout_ms = left_ms, connect_timeout_ms = max(1, min(plan.connect_timeout_ms, left_ms)),
    limit_bytes = plan.limit_bytes, is_streamed = plan.request.to ~= nil,
    is_exact = plan.request.exact, is_direct = plan.request.direct, ca_file = flight.ca_file,
  })
  if not flight.transfer then
    fail(flight, "other", problem)
  end
end

---@param client userdata
---@param plan lambda.http.Plan
---@param end_ms integer     when it must be over (Unix epoch)
---@param ca_file string?
---@return lambda.http.Flight
function M.new(client, plan, end_ms, ca_file)
  local flight = setmetatable({
    client = client, plan = plan, hop = plan.first, end_ms = end_ms, hops = 0,
    ca_file = plan.request.ca_file or ca_file,
  }, Flight)
  take_off(flight)
  return flight
end

--- Whether there is an answer, or a failure.
---@return boolean
function Flight:has_landed()
  return self.response ~= nil or self.failure ~= nil
end

--- Opens the file that the body goes to; false when that fails.
local function open_file(flight)
  local problem
  flight.file, problem = open(flight.plan.request.to, "wb")
  if not flight.file then
    fail(flight, "file", problem)
  end
  return flight.file ~= nil
end

--- Hands a chunk of a success to where the caller wants it.
local function deliver(flight, bytes)
  local to = flight.plan.request.to
  if type(to) == "function" then
    if to(bytes) == false then
      fail(flight, "stopped", "the function that takes the body returned false")
    end
  elseif flight.file or open_file(flight) then
    local ok, problem = flight.file:write(bytes)
    if not ok then
      fail(flight, "file", string.format("%s: %s", to, problem))
    end
  end
end

--- Takes what has come of the body.
local function pump(flight)
  local bytes = flight.transfer:take()
  if bytes == "" then
    return
  end
  flight.status = flight.status or flight.transfer:head()
  local is_success = flight.status and flight.status >= 200 and flight.status < 300
  if flight.plan.request.to and is_success then
    deliver(flight, bytes)
  elseif not flight.plan.request.to or flight.kept_bytes < REFUSAL_LIMIT_BYTES then
    flight.parts[#flight.parts + 1] = bytes
    flight.kept_bytes = flight.kept_bytes + #bytes
  end
end

local function follow(flight, status, location)
  if flight.hops >= flight.plan.follow then
    return fail(flight, "redirect", string.format("more than %d redirects", flight.plan.follow))
  end
  local hop, problem = redirect.follow(flight.hop, status, location)
  if not hop then
    return fail(flight, "redirect", problem)
  end
  flight.transfer:close()
  flight.hop, flight.hops = hop, flight.hops + 1
  take_off(flight)
end

--- Ends the file that took the body, an empty one too; false when what it held could not be written.
local function close_file(flight)
  if not flight.file and not open_file(flight) then
    return false
  end
  local ok, problem = flight.file:close()
  flight.file = nil
  if not ok then
    fail(flight, "file", string.format("%s: %s", flight.plan.request.to, problem))
  end
  return ok
end

local function land(flight)
  local kind, reason = flight.transfer:failure()
  if kind then
    return fail(flight, kind, reason)
  end
  local status, block, location = flight.transfer:head()
  if flight.plan.follow > 0 and redirect.is_redirect(status, location) then
    return follow(flight, status, location)
  end
  local to = flight.plan.request.to
  local is_taken = to and status >= 200 and status < 300
  if is_taken and type(to) == "string" and not close_file(flight) then
    return
  end
  flight.response = responses.new(status, block, not is_taken and concat(flight.parts) or nil, flight.hop.url)
end

--- Sees to what has come since the last time.
function Flight:advance()
  if self:has_landed() then
    return
  end
  local is_done = self.transfer:is_done() -- asked first: all of the body is there by then
  pump(self)
  if is_done and not self:has_landed() then
    land(self)
  end
end

--- Gives everything back; half a file is removed.
function Flight:close()
  if self.transfer then
    self.transfer:close()
  end
  if self.file then
    self.file:close()
    self.file = nil
    remove(self.plan.request.to)
  end
end

return M
