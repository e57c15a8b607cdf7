--- The time of one call: the best of five rounds of a twentieth of a second each.
local pi, spigot = require("pi"), require("spigot")

local ROUNDS, ROUND_S = 5, 0.05

local function event(count)
  return { queryStringParameters = { number = tostring(count) } }
end

local function report(name, handler, count)
  local best = math.huge
  for _ = 1, ROUNDS do
    local calls, start = 0, os.clock()
    repeat
      assert(#handler(event(count)).message == count + 1)
      calls = calls + 1
      local spent = os.clock() - start
    until spent >= ROUND_S
    best = math.min(best, (os.clock() - start) / calls)
  end
  print(("%-28s %6d digits %12.1f us"):format(name, count, best * 1e6))
end

report("Lua, 64-bit integers", spigot.handler, 10)
report("C, GMP", pi.handler, 10)
report("C, GMP", pi.handler, 1000)
report("C, GMP", pi.handler, 100000)
