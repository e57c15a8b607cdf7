local bytecode = require("lambda.bytecode")
local scratch = require("scratch")

local CODE = string.dump(assert(load("return 1, 'two', 3.5")))
local HEADER_BYTES = 31

local function replaced(at, byte)
  return CODE:sub(1, at - 1) .. string.char(byte) .. CODE:sub(at + 1)
end

describe("lambda.bytecode", function()
  it("names a difference for every byte of the header that is another, which Lua refuses, too", function()
    for at = 1, HEADER_BYTES do
      for _, change in ipairs({ 1, 128, 255 }) do
        local text = replaced(at, (CODE:byte(at) + change) % 256)
        assert.is_nil(load(text, "=x", "b"))
        local difference = bytecode.difference(text)
        assert.equal("string", type(difference))
        assert.not_matches("its header fits", difference, 1, true)
      end
    end
  end)

  it("finds whatever length a file has cut short", function()
    for length = 4, HEADER_BYTES - 1 do
      assert.equal("it is cut short", bytecode.difference(CODE:sub(1, length)))
    end
    for length = HEADER_BYTES, #CODE - 1 do
      assert.equal("its header fits, but the rest is cut short or damaged", bytecode.difference(CODE:sub(1, length)))
    end
  end)

  it("passes over what luaL_loadfile passes over", function()
    for _, before in ipairs({ "", "#!/usr/bin/lua\n", "\xEF\xBB\xBF", "\xEF\xBB\xBF# x\n" }) do
      assert.equal("it was compiled for Lua 5.3, and this is Lua 5.4", bytecode.difference(before .. replaced(5, 0x53)))
    end
  end)

  it("survives any text", function()
    for _, text in ipairs({ "", "\27", "\27L", "\27Lu", "\27Lua", "\27LJ", "#", "#\n", "return 1", ("\0"):rep(100) }) do
      assert.equal("string", type(bytecode.difference(text)))
    end
  end)

  it("explains what require raised for a file, and nothing else", function()
    local here <close> = scratch.new()
    here:write("old.luac", replaced(5, 0x51))
    local path = package.path
    package.path = here.path .. "/?.luac"
    local _, raised = pcall(require, "old")
    package.path = path
    local fault = bytecode.explain(raised)
    assert.same({ "Runtime.UserCodeSyntaxError", here.path .. "/old.luac does not load: it was compiled for Lua 5.1, "
      .. "and this is Lua 5.4; compile it again with the luac of Lua 5.4 for 64 bits, or ship the source" },
      { fault.type, fault.message })
    for _, other in ipairs({ "x", "bad binary format (version mismatch)", 7, { "bad binary format" } }) do
      assert.equal(other, bytecode.explain(other))
    end
  end)
end)
