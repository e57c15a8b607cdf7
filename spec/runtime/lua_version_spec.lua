--- Plain `busted` runs under Lua 5.1 on Debian: the specs and bootstrap must both be on 5.4.
local bootstrap_process = require("bootstrap_process")

describe("the Lua version", function()
  it("of these specs is 5.4", function()
    assert.equal("Lua 5.4", _VERSION)
  end)

  it("of bootstrap is 5.4", function()
    assert.same({ '"Lua 5.4"' }, bootstrap_process.answers({ code = "return _VERSION" }))
  end)
end)
