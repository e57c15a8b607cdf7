--- The benchmark's driver, with the floor client as its only contestant: what it prints, never how fast.
local bin = os.getenv("LUNAMBDA_BIN") or "build/dev/bin"
local bench = bin .. "/../bench"

---@param arguments string
---@return string output   stdout and stderr
---@return integer status
local function drive(arguments)
  local pipe = assert(io.popen(("'%s/bench_driver' --root bench/handlers %s 2>&1"):format(bench, arguments)))
  local output = pipe:read("a")
  local _, _, status = pipe:close()
  return output, status
end

--- The cells of the row that begins with the name.
---@param output string
---@param name string
---@return string[]
local function row(output, name)
  local cells = {}
  local line = assert(output:match("\n(| " .. name .. " |[^\n]*)"), output)
  for cell in line:gmatch("|%s*([^|]-)%s*%f[|]") do
    cells[#cells + 1] = cell
  end
  return cells
end

---@param output string
---@param text string
local function says(output, text)
  assert.truthy(output:find(text, 1, true), output)
end

local FLOOR = ("floor='%s/floor'"):format(bench)

describe("bench_driver", function()
  it("measures every event of the list and finds no error in an echo", function()
    local output, status = drive("--rounds 1 --invocations 5 --events tiny,apigw,100k,5m " .. FLOOR)
    assert.equal(0, status, output)
    for _, event in ipairs({ "tiny", "apigw", "100k", "5m" }) do
      local table_text = assert(output:match("%*%*" .. event .. "%*%* .-\n\n.-\n\n"), output)
      local cells = row(table_text, "floor")
      assert.equal(16, #cells)
      assert.equal("1.00", cells[4], "cold, ratio to itself")
      assert.equal("1.00", cells[10], "cycle, ratio to itself")
      assert.equal("0", cells[16], "errors")
      local handle_us, cycle_us = assert(tonumber(cells[7])), assert(tonumber(cells[9]))
      assert.is_true(handle_us > 0 and cycle_us > handle_us, table_text)
      assert.is_true(assert(tonumber(cells[12])) > 0, "resident memory")
    end
  end)

  it("shows the growth of memory", function()
    local output, status = drive("--soak 300 --events tiny " .. FLOOR)
    assert.equal(0, status, output)
    says(output, "| RSS after 100 | RSS after 300 | growth |")
    local cells = row(output, "floor")
    assert.equal(tonumber(cells[4]) - tonumber(cells[3]), tonumber(cells[5]))
  end)

  it("kills a contestant that hangs and says why it failed", function()
    local output, status = drive("--rounds 1 --events tiny --limit-ms 1000 'idle=sleep 100' " .. FLOOR)
    assert.equal(1, status)
    says(output, "idle failed: waiting for the first /next: was silent for 1000 ms")
    assert.equal("0", row(output, "floor")[16])
  end)

  it("tells how a contestant ended that did not stay", function()
    local contestants = "gone=/nonexistent/bootstrap 'quits=ls /nonexistent'"
    local output, status = drive("--rounds 1 --events tiny " .. contestants)
    assert.equal(1, status)
    says(output, "gone failed: cannot be run: No such file or directory")
    says(output, "quits failed: waiting for the first /next: ended by itself (status 2); it said: ls: ")
  end)

  it("gives a contestant the handler that its name has", function()
    local output, status = drive("--rounds 1 --events tiny --handler fixed.handler "
      .. "'own@own.handler=printenv _HANDLER' 'other=printenv _HANDLER'")
    assert.equal(1, status)
    says(output, "own failed: waiting for the first /next: ended by itself (status 0); it said: own.handler")
    says(output, "other failed: waiting for the first /next: ended by itself (status 0); it said: fixed.handler")
    output, status = drive("--rounds 1 --events tiny own@=true")
    assert.equal(2, status)
    says(output, "bench_driver: 'own@' is not NAME@HANDLER")
  end)

  it("names the option that it does not understand", function()
    local output, status = drive("--rounds none " .. FLOOR)
    assert.equal(2, status)
    says(output, "bench_driver: --rounds takes a number from 1 to 1000, not 'none'")
    output, status = drive("--events huge " .. FLOOR)
    assert.equal(2, status)
    says(output, "bench_driver: no event 'huge'; there are tiny, apigw, 100k, 5m")
  end)
end)
