--- bench/memory-sizes: the limits that it sets, for either version of control groups, and that every cell is measured.
--- The folder that it takes for the control groups' is an ordinary one here, so nothing is limited.
local scratch = require("scratch")

local bin = os.getenv("LUNAMBDA_BIN") or "build/dev/bin"

--- Runs it for these sizes, with rmdir standing by: control groups' folders are removed with what is in them.
local function run(here, sizes)
  here:write("bin/rmdir", "#!/bin/sh\necho \"$1\" >>'" .. here.path .. "/removed'\n")
  assert(os.execute(("chmod +x '%s/bin/rmdir'"):format(here.path)))
  local command = ([[PATH='%s/bin':"$PATH" BENCH_CGROUPS='%s/groups' BENCH_SIZES='%s' BENCH_ROUNDS=1 BENCH_EVENTS=2]]
    .. [[ bench/memory-sizes '%s/..' >'%s/out' 2>&1]]):format(here.path, here.path, sizes, bin, here.path)
  local ok, _, status = os.execute(command)
  local removed = here:read("removed") or ""
  return { status = ok and 0 or status, output = here:read("out"), group = removed:match("^[^\n]*") }
end

local function group_file(here, seen, name)
  return here:read(seen.group:sub(#here.path + 2) .. "/" .. name)
end

describe("bench/memory-sizes", function()
  it("gives a size its share of one processor, by version 1", function()
    local here <close> = scratch.new()
    here:write("groups/cpu/cpu.cfs_quota_us", "-1\n")
    local seen = run(here, "128 1769")
    assert.equal(0, seen.status, seen.output)
    local cell = "%d+%.%d%d%d / %d+%.%d%d%d |"
    for _, row in ipairs({ "| 128 | 7 % |", "| 1769 | 100 % |" }) do
      local start = assert(select(2, seen.output:find("\n" .. row, 1, true)), seen.output)
      assert.matches("^" .. (" " .. cell):rep(4) .. "\n", seen.output:sub(start + 1))
    end
    assert.matches("/groups/cpu/lunambda%-bench%-%d+$", seen.group)
    assert.equal("20000\n", group_file(here, seen, "cpu.cfs_period_us"))
    assert.equal("20000\n", group_file(here, seen, "cpu.cfs_quota_us")) -- of the last size
    assert.matches("^%d+\n$", group_file(here, seen, "cgroup.procs"))
  end)

  it("does the same by version 2", function()
    local here <close> = scratch.new()
    here:write("groups/cgroup.controllers", "cpuset cpu io\n")
    here:write("groups/cgroup.subtree_control", "io\n")
    local seen = run(here, "128")
    assert.equal(0, seen.status, seen.output)
    assert.equal("1447 20000\n", group_file(here, seen, "cpu.max"))
    assert.equal("+cpu\n", here:read("groups/cgroup.subtree_control"))
  end)

  it("says what it needs", function()
    local here <close> = scratch.new()
    here:folder("groups")
    local seen = run(here, "128")
    assert.equal(2, seen.status)
    assert.matches("no control groups with a cpu controller in /", seen.output, 1, true)
  end)
end)
