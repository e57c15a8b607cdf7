--- Which Lua handlers run on.
local bootstrap_process = require("bootstrap_process")

describe("bootstrap", function()
  it("runs Lua 5.4", function()
    assert.same({ '"Lua 5.4"' }, bootstrap_process.answers({ code = "return _VERSION" }))
  end)

  it("names itself, its Lua and its libcurl, with their versions", function()
    local pipe = assert(io.popen(("%s '%s/bootstrap' --version")
      :format(os.getenv("LUNAMBDA_EMULATOR") or "", bootstrap_process.bin())))
    local first = pipe:read("l")
    pipe:close()
    assert.matches("^lunambda %d+%.%d+%.%d+ %(Lua 5%.4%.%d+, libcurl %d+%.%d+%.%d+[^)]*%)$", first)
  end)
end)
