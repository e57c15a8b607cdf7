--- The layer's zip: what is in it, and that it works from where Lambda unpacks it.
local bootstrap_process = require("bootstrap_process")
local cjson = require("cjson")
local layer = require("layer")
local lfs = require("lfs")

local LIMIT_BYTES = 700 * 1024
local CONTENTS = {
  "-rw-r--r-- LIBRARIES.txt",
  "-rwxr-xr-x bootstrap",
  "-rw-r--r-- lib/lua/5.4/lambda/curl.so",
  "-rw-r--r-- licenses/libcurl.txt",
  "-rw-r--r-- licenses/lua-cjson.txt",
  "-rw-r--r-- licenses/lua.txt",
  "-rw-r--r-- licenses/lunambda.txt",
}

-- What a zip of Unix has beside its names: no times ("UT" with no flag set), and an owner that is 0 ("ux").
local NOBODY = string.pack("<c2s2c2s2", "UT", "\0", "ux", string.pack("<Bs1s1", 1, ("\0"):rep(4), ("\0"):rep(4)))

-- What depends on where bootstrap lies, and the contract with the platform.
local BLACK_BOX = { "invocation", "context", "init_errors", "search_path", "json_settings" }
if layer.is_native() then
  -- modules: lambda.http over the layer's curl.so. There is no libcurl for another machine.
  table.move({ "handler_errors", "logging", "after", "shutdown", "streaming", "transport", "modules" }, 1, 7,
    #BLACK_BOX + 1, BLACK_BOX)
end

local function read(path)
  local file <close> = assert(io.open(path, "rb"))
  return file:read("a")
end

--- The entries of a zip: its central directory, by the format's specification.
local function entries(bytes)
  local list, at = {}, select(7, string.unpack("<I4I2I2I2I2I4I4", bytes, bytes:find("PK\5\6", 1, true)))
  at = at + 1
  while bytes:sub(at, at + 3) == "PK\1\2" do
    local clock, date = string.unpack("<I2I2", bytes, at + 12)
    local name_len, extra_len, comment_len = string.unpack("<I2I2I2", bytes, at + 28)
    local name = bytes:sub(at + 46, at + 45 + name_len)
    local extra = bytes:sub(at + 46 + name_len, at + 45 + name_len + extra_len)
    list[#list + 1] = { clock = clock, date = date, extra = extra, name = name }
    at = at + 46 + name_len + extra_len + comment_len
  end
  return list
end

local here
setup(function()
  here = layer.unpacked()
end)
teardown(function()
  here:remove()
end)

describe("the layer", function()
  it("holds the runtime, what it is made of, and the licences; sorted, with plain modes", function()
    local lines = {}
    local listing = layer.output_of(("unzip -Z '%s'"):format(layer.zip()))
    for mode, name in listing:gmatch("\n(%-[-rwx]+)%s[^\n]*%s(%S+)%f[\n]") do
      lines[#lines + 1] = mode .. " " .. name
    end
    assert.same(CONTENTS, lines)
  end)

  it("is at most 700 KB", function()
    assert.is_true(lfs.attributes(layer.zip(), "size") <= LIMIT_BYTES)
  end)

  it("tells nothing of when and by whom it was packed", function()
    local list = entries(read(layer.zip()))
    assert.equal(#CONTENTS, #list)
    for _, entry in ipairs(list) do
      -- 1 January 1980, midnight: month 1, day 1.
      assert.same({ 0, 33, NOBODY }, { entry.clock, entry.date, entry.extra }, entry.name)
    end
  end)

  it("says what it is made of, and so do lambda.libraries() and bootstrap --version", function()
    local text = read(here.path .. "/opt/LIBRARIES.txt")
    local version = layer.output_of(("%s'%s/opt/bootstrap' --version"):format(layer.emulator(), here.path))
    assert.equal(text, (version:gsub("^[^\n]*\n", "")))
    local seen = bootstrap_process.run({ code = [[
      local lines = {}
      for _, part in ipairs(require("lambda").libraries()) do
        lines[#lines + 1] = ("%s %s, licence %s, from %s\n"):format(part.name, part.version, part.licence, part.source)
      end
      return table.concat(lines)]] })
    assert.equal(text, cjson.decode(seen[1].body))
    assert.matches("^lunambda %d+%.%d+%.%d+, licence MIT, from commit %w+", text)
    assert.matches("\nLua 5%.4%.%d+, licence MIT, from https://www%.lua%.org/[^\n]* sha256 %x+\n", text)
    assert.matches("\nlua%-cjson [^\n]+, licence MIT, from [^\n]* [sc][ho][^ ]* %x+\n", text)
    assert.matches("\nlibcurl [%d.]+, licence curl, from https://curl%.se/[^\n]* sha256 %x+\n", text)
  end)

  it("has the licence of each part", function()
    local OWNERS = {
      lunambda = "the lunambda maintainers", lua = "Lua.org, PUC-Rio",
      ["lua-cjson"] = "Mark Pulford", libcurl = "Daniel Stenberg",
    }
    for name in read(here.path .. "/opt/LIBRARIES.txt"):gmatch("([^\n ]+) [^\n]*\n") do
      local text = read(("%s/opt/licenses/%s.txt"):format(here.path, name:lower()))
      assert.matches("[Cc]opyright", text, nil, name)
      assert.matches("Permission [^\n]*", text)
      assert.matches(OWNERS[name:lower()], text, 1, true)
    end
  end)

  it("works from /opt, with the function's package elsewhere", function()
    local specs = {}
    for _, name in ipairs(BLACK_BOX) do
      specs[#specs + 1] = ("spec/runtime/%s_spec.lua"):format(name)
    end
    local tools = os.getenv("LUNAMBDA_TOOLS") or bootstrap_process.bin()
    local said = layer.output_of(("LUNAMBDA_BIN='%s/opt' LUNAMBDA_TOOLS='%s' lua5.4 \"$(command -v busted)\" -o TAP %s")
      :format(here.path, tools, table.concat(specs, " ")))
    local count = select(2, said:gsub("%f[^\n\0]ok %d", ""))
    assert.is_true(count > 20, said)
  end)
end)
