--- Moments as AWS writes them, to and from milliseconds of the Unix epoch.
local string = string
local date, math_type, tonumber = os.date, math.type, tonumber

local M = {}

local MONTHS = {
  Jan = 1, Feb = 2, Mar = 3, Apr = 4, May = 5, Jun = 6, Jul = 7, Aug = 8, Sep = 9, Oct = 10, Nov = 11, Dec = 12,
}

--- As signatures have it, "20150830T123600Z".
---@param moment_ms integer
---@return string
function M.basic(moment_ms)
  return date("!%Y%m%dT%H%M%SZ", moment_ms // 1000)
end

--- Days from 1970-01-01 in the Gregorian calendar, whose years begin with March here, so that the leap day is the last.
local function days(year, month, day)
  if month <= 2 then
    year, month = year - 1, month + 12
  end
  return 365 * year + year // 4 - year // 100 + year // 400 + (153 * (month - 3) + 2) // 5 + day - 719469
end

local function moment_ms(year, month, day, hour, minute, second)
  year, month, day = tonumber(year), tonumber(month), tonumber(day)
  hour, minute, second = tonumber(hour), tonumber(minute), tonumber(second)
  if math_type(month) ~= "integer" or month < 1 or month > 12 or day < 1 or day > 31
    or hour > 23 or minute > 59 or second > 60 then
    return nil
  end
  return (((days(year, month, day) * 24 + hour) * 60 + minute) * 60 + second) * 1000
end

--- "2026-11-20T08:15:00Z", with or without a fraction of the second, which is dropped.
---@param text any
---@return integer? moment_ms  nil when it is no such text
function M.from_iso(text)
  local year, month, day, hour, minute, second, rest =
    string.match(text or "", "^(%d%d%d%d)%-(%d%d)%-(%d%d)[Tt](%d%d):(%d%d):(%d%d)(.*)$")
  if not year or not (string.find(rest, "^%.?%d*[Zz]$") or string.find(rest, "^%.?%d*%+00:00$")) then
    return nil
  end
  return moment_ms(year, month, day, hour, minute, second)
end

--- The Date header of HTTP, "Fri, 20 Nov 2026 08:15:00 GMT" (RFC 9110 §5.6.7, the form that may be sent).
---@param text string?
---@return integer? moment_ms  nil when it is no such text
function M.from_http(text)
  local day, month, year, hour, minute, second =
    string.match(text or "", "^%a%a%a, (%d%d) (%a%a%a) (%d%d%d%d) (%d%d):(%d%d):(%d%d) GMT$")
  return day and moment_ms(year, MONTHS[month], day, hour, minute, second)
end

return M
