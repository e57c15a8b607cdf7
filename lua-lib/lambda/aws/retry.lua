--- Whether to try again, and when: the standard mode of AWS's SDKs, with full jitter, inside the deadline.
--- https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
local crypto = require("lambda.crypto")
local native = require("lambda.native")

-- A handler that forgets `local` may overwrite any global.
local string = string
local getenv, math_type, max, min, require, tonumber = os.getenv, math.type, math.max, math.min, require, tonumber

local M = {}

local RETRIES = 2
local RETRIES_LIMIT = 20
local BASE_MS, THROTTLED_BASE_MS = 100, 500
local DELAY_LIMIT_MS = 20 * 1000
--- For the try itself, and for the handler to say what went wrong.
local RESERVE_MS = 500
local SLICE_MS = 1000

local THROTTLED = {}
for code in string.gmatch([[
  Throttling ThrottlingException ThrottledException RequestThrottledException TooManyRequestsException
  ProvisionedThroughputExceededException TransactionInProgressException RequestLimitExceeded BandwidthLimitExceeded
  LimitExceededException RequestThrottled SlowDown PriorRequestNotComplete EC2ThrottledException
  KMSThrottlingException]], "%S+") do
  THROTTLED[code] = true
end
local TRANSIENT_CODE = { RequestTimeout = true, RequestTimeoutException = true, PriorRequestNotComplete = true }
local TRANSIENT_STATUS = { [500] = true, [502] = true, [503] = true, [504] = true }
local TRANSIENT_KIND = { timeout = true, resolve = true, connect = true, connection = true, protocol = true }

--- How often a failed request is tried again, where nobody says: AWS_MAX_ATTEMPTS counts the first try too.
---@return integer
function M.default()
  local attempts = math_type(tonumber(getenv("AWS_MAX_ATTEMPTS"))) == "integer" and tonumber(getenv("AWS_MAX_ATTEMPTS"))
  return attempts and max(0, min(attempts - 1, RETRIES_LIMIT)) or RETRIES
end

---@param err lambda.aws.Error
---@return boolean
function M.is_throttling(err)
  return THROTTLED[err.code] or err.status == 429 or false
end

--- Whether the same request may do better later.
---@param err lambda.aws.Error
---@return boolean
function M.is_retryable(err)
  return M.is_throttling(err) or TRANSIENT_CODE[err.code] or TRANSIENT_STATUS[err.status]
    or TRANSIENT_KIND[err.kind] or false
end

--- Random bytes of the kernel's: math.random goes through the same numbers in each copy of a snapshot.
local function random(limit)
  return string.unpack("<I4", crypto.random(4)) % (limit + 1)
end

--- How long to wait before the next try.
---@param err lambda.aws.Error
---@param attempt integer      how many there have been
---@param wanted_s string?     the service's Retry-After
---@return integer ms
function M.delay_ms(err, attempt, wanted_s)
  local base_ms = M.is_throttling(err) and THROTTLED_BASE_MS or BASE_MS
  local delay_ms = random(min(DELAY_LIMIT_MS, base_ms << min(attempt - 1, 10)))
  local wanted = string.find(wanted_s or "", "^%d%d?$") and tonumber(wanted_s)
  return wanted and max(delay_ms, min(wanted * 1000, DELAY_LIMIT_MS)) or delay_ms
end

--- Waits, if the event has the time for that and for another try.
---@param delay_ms integer
---@return boolean has_waited
function M.wait(delay_ms)
  local remaining_ms = require("lambda.http").remaining_ms()
  if remaining_ms and remaining_ms < delay_ms + RESERVE_MS then
    return false
  end
  local end_ms = native.now_ms() + delay_ms
  local left_ms = delay_ms
  while left_ms > 0 do
    native.sleep_ms(min(left_ms, SLICE_MS)) -- in slices, so that the deadline guard comes in between
    left_ms = end_ms - native.now_ms()
  end
  return true
end

return M
