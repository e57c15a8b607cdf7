local packing = require("packing")

local APP = [[
local lib = require('lib.deep')
return {
  handler = function(event)
    return (lib.half(event))
  end,
}
]]
local DEEP = [[
local M = {}

function M.half(event)
  local whole = event.n
  return whole // 2
end

return M
]]

local function refuses(message, here, command)
  local result = here:sh(command)
  assert.equal("lunambda: " .. message .. "\n", result.err)
  assert.equal(1, result.status)
  assert.is_nil(here:read("function.zip"))
end

describe("lunambda pack --bytecode", function()
  for _, options in ipairs({ "--bytecode", "--bytecode --bundle --handler app.handler" }) do
    it("runs as the source does: " .. options, function()
      local here <close> = packing.new({ ["app/app.lua"] = APP, ["app/lib/deep.lua"] = DEEP, ["app/x.txt"] = "x" })
      here:must("lunambda pack app " .. options)
      here:unpack("function.zip", "out")
      assert.equal("", here:must("find out -name '*.lua'"))
      assert.equal("21\n", here:must("cd out && lunambda invoke app.handler '{\"n\":42}'"))
      local failed = here:sh("cd out && lunambda invoke app.handler '{}'").out
      local message = "lib/deep.lua:5: attempt to perform arithmetic on a nil value (local 'whole')"
      assert.truthy(failed:find('"errorMessage":"' .. message .. '"', 1, true), failed)
      local trace = "\"lib/deep.lua:5: in function 'lib.deep.half'\",\"app.lua:4: in function"
      assert.truthy(failed:find(trace, 1, true), failed)
    end)

    it("makes what plain Lua 5.4 loads: " .. options, function()
      local here <close> = packing.new({
        ["app/app.lua"] = "local s = ...\nreturn { handler = function() error(s) end }",
      })
      here:must("lunambda pack app " .. options)
      here:unpack("function.zip", "out")
      assert.equal("app.lua:2: hi\n", here:must(
        [[cd out && lua5.4 -e 'print(select(2, pcall(assert(loadfile("app.luac", "b"))("hi").handler)))']]))
    end)
  end

  it("compiles a script with a first line for the shell, and one with a byte order mark", function()
    local here <close> = packing.new({
      ["app/a.lua"] = "#!/usr/bin/lua\nerror('a')", ["app/b.lua"] = "\u{feff}error('b')",
    })
    here:must("lunambda pack app --bytecode")
    here:unpack("function.zip", "out")
    assert.equal("a.lua:2: a\nb.lua:1: b\n", here:must(
      [[cd out && lua5.4 -e 'for _, f in ipairs{ "a", "b" } do print(select(2, pcall(loadfile(f .. ".luac")))) end']]))
  end)

  it("keeps files that are compiled already", function()
    local here <close> = packing.new({ ["app/app.lua"] = "return 1", ["app/old.luac"] = "\27Lua" })
    here:must("lunambda pack app --bytecode")
    assert.same({ "-rw-r--r-- app.luac", "-rw-r--r-- old.luac" }, here:list("function.zip"))
  end)

  it("refuses two files for one place", function()
    local here <close> = packing.new({ ["app/a.lua"] = "return 1", ["app/a.luac"] = "\27Lua" })
    refuses("there are both a.lua and a.luac: with --bytecode the one would take the other's place; leave one out " ..
      "with --exclude", here, "lunambda pack app --bytecode")
    here:must("lunambda pack app --bytecode --exclude a.luac -o b.zip")
  end)

  it("refuses what does not compile, by file and line", function()
    local here <close> = packing.new({ ["app/sub/a.lua"] = "local a = 1\n\nlocal = 2" })
    refuses("sub/a.lua:3: <name> expected near '='", here, "lunambda pack app --bytecode")
    here:write("app/sub/a.lua", "\27Lua")
    refuses("sub/a.lua holds bytecode; a .lua file must be source text", here, "lunambda pack app --bytecode")
  end)

  it("is the same wherever the folder lies", function()
    local here <close> = packing.new({ ["app/app.lua"] = APP, ["app/lib/deep.lua"] = DEEP })
    here:must("cp -r app else && lunambda pack app --bytecode && lunambda pack $PWD/else/. --bytecode -o b.zip && " ..
      "cmp function.zip b.zip")
  end)
end)
