--- The fake itself: what specs rely on when something hangs or a plan is wrong.
local bootstrap_process = require("bootstrap_process")
local scratch = require("scratch")

local function fake(here, plan, program)
  local command = ("'%s/fake_rapi' '%s' '%s' -- %s >'%s/out' 2>&1"):format(
    bootstrap_process.bin(), here:write("plan", plan), here:folder("seen"), program, here.path)
  local _, _, status = os.execute(command)
  return status, here:read("out")
end

describe("fake_rapi", function()
  it("kills a program that hangs, and says so", function()
    local here <close> = scratch.new()
    local status, out = fake(here, "limit 100\n", "tail -f /dev/null")
    assert.equal(1, status)
    assert.matches("not over after 100 ms", out, 1, true)
    assert.matches("^limit 100\n", here:read("seen/outcome"))
  end)

  it("refuses a plan that means nothing, with the line", function()
    local here <close> = scratch.new()
    local status, out = fake(here, "event\nheaders A: b\n", "true")
    assert.equal(2, status)
    assert.matches("plan:2: \"headers\" means nothing here", out, 1, true)
  end)

  it("tells how the program ended", function()
    local here <close> = scratch.new()
    assert.equal(0, fake(here, "event\n", "sh -c 'echo out; echo err >&2; exit 7'"))
    assert.matches("^exit 7\n.*unused 1\n", here:read("seen/outcome"))
    assert.same({ "out\n", "err\n" }, { here:read("seen/stdout"), here:read("seen/stderr") })
  end)

  it("tells by which signal it ended", function()
    local here <close> = scratch.new()
    assert.equal(0, fake(here, "event\n", "sh -c 'kill -TERM $$'"))
    assert.matches("^signal 15\n", here:read("seen/outcome"))
  end)

  it("tells that a program could not be started", function()
    local here <close> = scratch.new()
    assert.equal(0, fake(here, "event\n", "/no/such/program"))
    assert.matches("^exit 127\n", here:read("seen/outcome"))
    assert.matches("cannot start /no/such/program", here:read("seen/stderr"), 1, true)
  end)
end)
