--- What a start of the release costs, by the benchmark's driver (bench/README.md): held against a program that does
--- nothing and links the same libraries, in the same run.
local bin = require("bootstrap_process").bin()

local COLD_RATIO_LIMIT = 1.4
local RSS_LIMIT_KB = 3 * 1024
-- A machine that is busy with something else can spoil one run; medians of several are what it can do.
local RUNS = 5

--- The named cells of one contestant's row.
local function row(output, name)
  local titles, cells = {}, {}
  for title in output:match("\n(| contestant [^\n]*)"):gmatch("|%s*([^|]-)%s*%f[|]") do
    titles[#titles + 1] = title
  end
  local column = 0
  for cell in assert(output:match("\n(| " .. name .. " |[^\n]*)"), output):gmatch("|%s*([^|]-)%s*%f[|]") do
    column = column + 1
    cells[titles[column]] = cell
  end
  return cells
end

local function measure()
  local pipe = assert(io.popen(("'%s/../bench/bench_driver' --root bench/handlers --rounds 21 --invocations 3 "
    .. "--events tiny floor_dyn='%s/../bench/floor_dyn' lunambda='%s/bootstrap' 2>&1"):format(bin, bin, bin)))
  local output = pipe:read("a")
  assert(pipe:close(), output)
  return row(output, "lunambda"), output
end

describe("a start of the release's bootstrap", function()
  it("takes at most 1.4 times what a program takes that does nothing", function()
    local best, said = math.huge, ""
    for _ = 1, RUNS do
      local cells, output = measure()
      best, said = math.min(best, (assert(tonumber(cells["x floor_dyn"]), output))), said .. output
      if best <= COLD_RATIO_LIMIT then
        break
      end
    end
    assert.is_true(best <= COLD_RATIO_LIMIT, said)
  end)

  it("has at most 3 MB resident when it asks for the first event", function()
    local cells, output = measure()
    assert.is_true(assert(tonumber(cells["RSS /next"]), output) <= RSS_LIMIT_KB, output)
  end)
end)
