--- The handler of examples/scheduled as any module: under plain Lua, with a context that records.
local bootstrap_process = require("bootstrap_process")
local cjson = require("cjson")
local lfs = require("lfs")

local handler = dofile("examples/scheduled/scheduled.lua").handler

local logged
local context = { log = { info = function(message, fields) logged = { message, fields } end } }

local function event(time)
  return { ["detail-type"] = "Scheduled Event", time = time,
           resources = { "arn:aws:events:eu-central-1:123456789012:rule/nightly" } }
end

describe("examples/scheduled", function()
  it("answers its event.json", function()
    local file = assert(io.open("examples/scheduled/event.json"))
    local seen = bootstrap_process.run({ root = lfs.currentdir() .. "/examples/scheduled", events = { file:read("a") },
                                         handler = "scheduled.handler" })
    file:close()
    assert.same({ rule = "nightly", day = "2026-02-28" }, cjson.decode(seen[1].body))
  end)

  for time, day in pairs({ ["2026-03-01T03:00:00Z"] = "2026-02-28", ["2028-03-01T00:00:00Z"] = "2028-02-29",
                           ["2027-01-01T23:59:59Z"] = "2026-12-31" }) do
    it("works on the day before " .. time, function()
      assert.same({ rule = "nightly", day = day }, handler(event(time), context))
      assert.same({ "closing the books", { rule = "nightly", day = day } }, logged)
    end)
  end

  it("takes no other events", function()
    for _, other in ipairs({ {}, event("yesterday"), { ["detail-type"] = "Object Created" } }) do
      local ok, err = pcall(handler, other, context)
      assert.same({ false, "NotScheduled" }, { ok, err.type })
    end
  end)
end)
