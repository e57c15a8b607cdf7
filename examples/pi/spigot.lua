--- Digits of pi in plain Lua: a spigot over a continued fraction, step by step the C++ example's. Its fractions grow
--- with every step; Lua's integers have 64 bits and would wrap in silence, as C++'s do. Here they are watched instead.
local M = {}

local DIGITS_DEFAULT = 10

--- x * y + z; raises when that is no longer exact. None is negative.
local function grow(x, y, z)
  if x > 0 and y > (math.maxinteger - z) // x then
    error({ exhausted = true })
  end
  return x * y + z
end

--- So many digits, a point behind the first; or nil and how many there are before the integers are exhausted.
---@param count integer
---@return string?, integer?
function M.digits(count)
  local digits = {}
  local ok, err = pcall(function()
    local k, a, b, a1, b1 = 2, 4, 1, 12, 4
    while #digits < count do
      local p, q = k * k, 2 * k + 1
      k = k + 1
      a, b, a1, b1 = a1, b1, grow(p, a, grow(q, a1, 0)), grow(p, b, grow(q, b1, 0))
      local d, d1 = a // b, a1 // b1
      while d == d1 and #digits < count do
        digits[#digits + 1] = d
        if #digits == count then
          return
        end
        a, a1 = grow(10, a % b, 0), grow(10, a1 % b1, 0)
        d, d1 = a // b, a1 // b1
      end
    end
  end)
  if ok then
    local text = table.concat(digits)
    return count > 1 and text:sub(1, 1) .. "." .. text:sub(2) or text
  elseif type(err) == "table" and err.exhausted then
    return nil, #digits
  end
  error(err, 0)
end

local function refuse(message)
  return {
    statusCode = 400, headers = { ["content-type"] = "application/json" }, body = ('{"message":"%s"}'):format(message),
  }
end

--- The request and the response of the C++ example: anything but a string is the default.
---@param event table?
---@return table
function M.handler(event)
  local query = type(event) == "table" and event.queryStringParameters
  local number = type(query) == "table" and query.number
  local count = DIGITS_DEFAULT
  if type(number) == "string" then
    count = number:find("^%d%d?%d?%d?%d?%d?$") and math.tointeger(tonumber(number)) or 0
  end
  if count < 1 then
    return refuse("number must be 1 to 999999, the digits of pi wanted")
  end
  local text, known = M.digits(count)
  if not text then
    return refuse(("64-bit integers are exact for %d digits only: ask pi.handler, which has GMP"):format(known))
  end
  return { message = text }
end

return M
