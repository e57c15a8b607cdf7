--- C modules resolve lua_* and luaL_* against bootstrap; nothing else of it may be in their way.
local bootstrap_process = require("bootstrap_process")

local function output_of(command)
  local pipe = assert(io.popen(command))
  local text = pipe:read("a")
  assert(pipe:close(), command .. " failed")
  return text
end

local function header_folder()
  local folder = os.getenv("LUNAMBDA_LUA_INCLUDE") -- of the Lua that bootstrap was built with
  return folder or output_of("pkg-config --cflags-only-I lua5.4"):match("%-I(%S+)") or "/usr/include/lua5.4"
end

--- The functions and data that a header of Lua declares.
local function declared(names, header)
  local text = assert(io.open(header_folder() .. "/" .. header)):read("a")
  for name in text:gmatch("LUA%u*_API[^;#]-%((luaL?_[%w_]+)%)") do
    names[name] = true
  end
  for name in text:gmatch("extern const char (lua_%w+)%[%]") do
    names[name] = true
  end
end

local function exported()
  local names = {}
  local symbols = output_of("readelf -W --dyn-syms '" .. bootstrap_process.bin() .. "/bootstrap'")
  for section, name in symbols:gmatch("DEFAULT%s+(%w+)%s+([%w_]+)") do
    names[name] = section ~= "UND" or nil
  end
  return names
end

--- Data of libc that a program takes over by a copy relocation.
local LIBC_DATA = { stdin = true, stdout = true, stderr = true, environ = true }

local function is_foreign(name)
  return LIBC_DATA[name] or name:sub(1, 1) == "_"
end

local function is_sanitized(names)
  return names.__asan_init or names.__tsan_init
end

describe("bootstrap", function()
  it("exports every name that lua.h and lauxlib.h declare", function()
    local wanted, missing = {}, {}
    declared(wanted, "lua.h")
    declared(wanted, "lauxlib.h")
    local there = exported()
    for name in pairs(wanted) do
      missing[#missing + 1] = not there[name] and name or nil
    end
    assert.same({}, missing)
    assert.is_true(wanted.lua_pcallk and wanted.luaL_setfuncs)
  end)

  it("exports no other name", function()
    local wanted, extra = { luaL_openlibs = true }, {} -- that one is lualib.h's
    declared(wanted, "lua.h")
    declared(wanted, "lauxlib.h")
    local there = exported()
    for name in pairs(there) do
      -- A sanitizer exports its stand-ins for libc's functions; ours start with what we call our files.
      local ours = not is_sanitized(there) or name:find("^lua") or name:find("^curl") or name:find("^cjson")
      extra[#extra + 1] = ours and not wanted[name] and not is_foreign(name) and name or nil
    end
    assert.same({}, extra)
  end)
end)
