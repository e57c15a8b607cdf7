--- bench/peers: that each peer answers every event of the benchmark rightly, never how fast.
local lfs = require("lfs")
local bench = (os.getenv("LUNAMBDA_BIN") or "build/dev/bin") .. "/../bench"

local PEERS = {
  { name = "python", program = "python3", script = "loop.py" },
  { name = "node", program = "node", script = "loop.mjs" },
}

local function peer_spec(peer, run)
  local name = "bench/peers/" .. peer.script
  if os.execute(("command -v %s >/dev/null 2>&1"):format(peer.program)) then
    it(name .. " answers each event, small and large", run)
  else
    pending(name .. ": " .. peer.program .. " is not installed")
  end
end

describe("bench/peers", function()
  it("has a spec for each", function()
    local known = {}
    for _, peer in ipairs(PEERS) do
      known[peer.script] = true
    end
    for name in lfs.dir("bench/peers") do
      assert.is_true(known[name] or name:find("^[._]") ~= nil, name)
    end
  end)

  for _, peer in ipairs(PEERS) do
    peer_spec(peer, function()
      local pipe = assert(io.popen(("'%s/bench_driver' --rounds 1 --invocations 5 --events tiny,apigw,100k "
        .. "'%s=%s %s/bench/peers/%s' 2>&1"):format(bench, peer.name, peer.program, lfs.currentdir(), peer.script)))
      local output = pipe:read("a")
      local ok = pipe:close()
      assert.is_true(ok, output)
      assert.equal(3, select(2, output:gsub("\n| " .. peer.name .. " |[^\n]*| 0 |\n", "")), output)
    end)
  end
end)
