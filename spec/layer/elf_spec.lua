--- What the release's bootstrap asks of the system that it runs on, and what it shows to C modules.
local bootstrap_process = require("bootstrap_process")
local layer = require("layer")

local program = bootstrap_process.bin() .. "/bootstrap"
local module = bootstrap_process.bin() .. "/lib/lua/5.4/lambda/curl.so"

local function readelf(options, file)
  return layer.output_of(("readelf -W %s '%s'"):format(options, file or program))
end

local ALLOWED = {
  ["libc.so.6"] = true, ["libm.so.6"] = true,
  -- The loader itself.
  ["ld-linux-x86-64.so.2"] = true, ["ld-linux-aarch64.so.1"] = true,
}

describe("the release's bootstrap", function()
  it("needs libc and libm, and no other library", function()
    local needed = {}
    for name in readelf("-d"):gmatch("%(NEEDED%)[^\n]*%[([^%]\n]+)%]") do
      needed[#needed + 1] = name
      assert.is_true(ALLOWED[name], name)
    end
    assert.is_true(#needed >= 2)
    assert.is_nil(readelf("-d"):match("R[UN]*PATH"))
  end)

  it("needs nothing newer than Amazon Linux 2023's GLIBC_2.34", function()
    local count = 0
    for major, minor in readelf("-V"):gmatch("Name: GLIBC_(%d+)%.(%d+)") do
      count = count + 1
      assert.is_true(tonumber(major) == 2 and tonumber(minor) <= 34, ("GLIBC_%s.%s"):format(major, minor))
    end
    assert.is_true(count > 3)
    assert.is_nil(readelf("-V"):match("Name: GLIBC_ABI"))
  end)

  it("may be loaded anywhere, with a stack that is no code, and tables that are read-only before main", function()
    local headers = readelf("-hl")
    assert.matches("Type:%s+DYN", headers)
    assert.matches("GNU_STACK%s+%S+%s+%S+%s+%S+%s+%S+%s+%S+%s+RW%s", headers)
    assert.matches("GNU_RELRO", headers, 1, true)
    local dynamic = readelf("-d")
    assert.matches("BIND_NOW", dynamic, 1, true)
    assert.matches("Flags:[^\n]*PIE", dynamic)
    assert.is_nil(dynamic:match("TEXTREL"))
  end)

  it("shows nothing of libcurl or lua-cjson", function()
    for name in readelf("--dyn-syms"):gmatch("([%w_]+)@?[^\n]*\n") do
      assert.is_nil(name:lower():match("curl") or name:match("cjson"), name)
    end
  end)

  it("says nothing of the machine that built it", function()
    local file <close> = assert(io.open(program, "rb"))
    local bytes = file:read("a")
    for _, folder in ipairs({ require("lfs").currentdir(), layer.build() }) do
      assert.is_nil(bytes:find(folder, 1, true), folder)
    end
    assert.is_nil(readelf("-S"):match("%.symtab"))
  end)

  -- A rock of LuaRocks, as Debian built it for its own Lua.
  local lpeg = layer.is_native() and package.searchpath("lpeg", package.cpath)
  local it_with_lpeg = lpeg and it or function(name)
    pending(name .. (layer.is_native() and ": Debian's lua-lpeg is not installed" or ": lpeg is of this machine"))
  end
  it_with_lpeg("runs a C rock", function()
    local seen = bootstrap_process.run({
      code = [[
        local lpeg = require("lpeg")
        local number = lpeg.C(lpeg.R("09") ^ 1) / tonumber
        return lpeg.Ct(number * ("," * number) ^ 0):match(event)]],
      events = { '"1,22,333"' },
      env = { LUA_CPATH_5_4 = tostring(lpeg):gsub("lpeg%.so$", "?.so") },
    })
    assert.equal("[1,22,333]", seen[1].body, seen.stderr)
  end)
end)

describe("the release's lambda/curl.so", function()
  it("is for the same machine as bootstrap", function()
    local machine = "Machine:%s+([^\n]+)"
    assert.equal(readelf("-h"):match(machine), readelf("-h", module):match(machine))
  end)

  it("needs libc and a libcurl of any version, nothing newer than GLIBC_2.34", function()
    local needed = {}
    for name in readelf("-d", module):gmatch("%(NEEDED%)[^\n]*%[([^%]\n]+)%]") do
      assert.is_true(name == "libc.so.6" or name == "libcurl.so.4" or name:find("^ld%-linux") ~= nil, name)
      needed[name] = true
    end
    assert.is_true(needed["libcurl.so.4"])
    assert.is_nil(readelf("-d", module):match("R[UN]*PATH"))
    local versions = readelf("-V", module)
    assert.is_nil(versions:match("Name: CURL"))
    local count = 0
    for minor in versions:gmatch("Name: GLIBC_2%.(%d+)") do
      count = count + 1
      assert.is_true(tonumber(minor) <= 34, "GLIBC_2." .. minor)
    end
    assert.is_true(count > 0)
  end)

  it("shows the function that require calls, and no other", function()
    local shown = {}
    for name in readelf("--dyn-syms", module):gmatch(" GLOBAL DEFAULT +%d+ ([%w_]+)") do
      shown[#shown + 1] = name
    end
    assert.same({ "luaopen_lambda_curl" }, shown)
  end)

  it("has a stack that is no code, and tables that are read-only once it is loaded", function()
    assert.matches("GNU_STACK%s+%S+%s+%S+%s+%S+%s+%S+%s+%S+%s+RW%s", readelf("-l", module))
    assert.matches("BIND_NOW", readelf("-d", module), 1, true)
  end)
end)
