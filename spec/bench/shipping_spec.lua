--- bench/shipping: that every way of shipping libraries is measured, never how fast it is.
local bin = os.getenv("LUNAMBDA_BIN") or "build/dev/bin"

describe("bench/shipping", function()
  local output
  setup(function()
    local pipe = assert(io.popen(("BENCH_ROUNDS=2 bench/shipping '%s/..' 2>&1"):format(bin)))
    output = pipe:read("a")
    pipe:close()
  end)

  for _, way in ipairs({ "none", "files", "tree", "bytecode", "bundle", "bundle+bytecode", "c" }) do
    it("has a row for " .. way, function()
      assert.matches("\n| " .. way:gsub("%+", "%%+") .. " | %d+%.%d%d | %-?%d+%.%d%d |", output)
    end)
  end
end)
