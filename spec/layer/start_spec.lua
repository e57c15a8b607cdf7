--- What a start of the release takes of memory, by the benchmark's driver. Its time is a ratio that machines with other
--- work falsify: bench/README.md has it.
local bin = require("bootstrap_process").bin()

local RSS_LIMIT_KB = 3 * 1024

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
  it("has at most 3 MB resident when it asks for the first event", function()
    local cells, output = measure()
    assert.is_true(assert(tonumber(cells["RSS /next"]), output) <= RSS_LIMIT_KB, output)
  end)
end)
