--- Which Lua handlers run on.
local bootstrap_process = require("bootstrap_process")

describe("bootstrap", function()
  it("runs Lua 5.4", function()
    assert.same({ '"Lua 5.4"' }, bootstrap_process.answers({ code = "return _VERSION" }))
  end)
end)
