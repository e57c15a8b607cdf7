--- What Lambda could not load. The modules are compiled here, for either processor.
local packing = require("packing")

local MODULE = "struct lua_State; int luaopen_m(struct lua_State *L); %s\nint luaopen_m(struct lua_State *L) { %s }\n"

--- This machine's processor as Lambda calls it, the other one, and a compiler for that.
local function processors()
  local pipe = assert(io.popen("uname -m"))
  local is_arm = pipe:read("l") == "aarch64"
  pipe:close()
  if is_arm then
    return "arm64", "x86_64", "x86_64-linux-gnu-gcc"
  end
  return "x86_64", "arm64", "aarch64-linux-gnu-gcc"
end

local OWN, OTHER, OTHER_COMPILER = processors()

--- A function with a C module m.so, whose source has these parts.
local function place(declarations, body, flags)
  local here = packing.new({ ["app/app.lua"] = "return 1", ["m.c"] = MODULE:format(declarations, body) })
  here:must("cc -shared -fPIC -o app/m.so m.c " .. (flags or ""))
  return here
end

local function refuses(message, here, options)
  local result = here:sh("lunambda pack app " .. (options or ""))
  assert.equal("lunambda: " .. message .. "\n", result.err)
  assert.equal(1, result.status)
  assert.is_nil(here:read("function.zip"))
end

describe("lunambda pack and C modules", function()
  it("takes one that is fit", function()
    local here <close> = place("void lua_pushinteger(struct lua_State *L, long long n); int puts(const char *);",
      "lua_pushinteger(L, puts(\"x\")); return 1;")
    local result = here:sh("lunambda pack app")
    assert.truthy(result.err:find("^function.zip: 2 files, "), result.err)
    assert.equal(0, result.status)
  end)

  it("refuses one for another processor", function()
    local here <close> = place("", "return 0;")
    local message = "m.so is for %s, but the package is for %s (--arch); build it for %s, or leave it out with " ..
      "--exclude"
    refuses(message:format(OWN, OTHER, OTHER), here, "--arch " .. OTHER)
    here:must("lunambda pack app --arch " .. OWN)
    here:must(("rm function.zip; %s -shared -fPIC -o app/m.so m.c"):format(OTHER_COMPILER))
    refuses(message:format(OTHER, OWN, OWN), here)
    here:must("lunambda pack app -o b.zip --arch=" .. OTHER)
    here:must("lunambda pack app -o c.zip --exclude m.so")
  end)

  it("refuses one that brings a Lua of its own", function()
    local here <close> = place("void lua_pushnil(struct lua_State *L);", "lua_pushnil(L); return 1;",
      "-Wl,--no-as-needed -l:liblua5.4.so.0")
    refuses("m.so needs liblua5.4.so.0: a C module gets Lua from bootstrap, and a second Lua in the process " ..
      "crashes; link it without -llua", here)
  end)

  it("refuses one that was built for another Lua", function()
    local here <close> = place("unsigned long lua_objlen(struct lua_State *L, int i);", "return (int)lua_objlen(L, 1);")
    local message = "m.so needs the function %s, which is not in Lua 5.4: it was built for another Lua; build it " ..
      "for Lua 5.4"
    refuses(message:format("lua_objlen"), here)
    here:must("sed -i 's/lua_objlen/luaL_openlib/' m.c && cc -shared -fPIC -Wl,--hash-style=sysv -o app/m.so m.c")
    refuses(message:format("luaL_openlib"), here)
  end)

  it("knows each function of Lua's headers", function()
    local here <close> = packing.new({ ["app/app.lua"] = "" })
    local names = {}
    local headers = here:must("cd \"$(pkg-config --variable=includedir lua5.4)/lua5.4\" && cat lua.h lauxlib.h")
    for name in headers:gmatch("%(%s*(luaL?_%l[%l%d_]*)%)%s*%(") do
      names[#names + 1] = ("void %s(void);\n"):format(name)
    end
    assert.is_true(#names > 140, #names)
    local calls = table.concat(names):gsub("void (%S+)%(void%)", "%1()")
    here:write("m.c", table.concat(names) .. "void all(void);\nvoid all(void) {\n" .. calls .. "}\n")
    here:must("cc -shared -fPIC -fno-builtin -o app/m.so m.c")
    assert.equal(#names .. "\n", here:must("nm -D --undefined-only app/m.so | grep -c ' U lua'"))
    local result = here:sh("lunambda pack app")
    assert.equal(0, result.status, result.err)
  end)

  it("refuses one that needs a newer C library", function()
    local here <close> = place("unsigned arc4random(void);", "return (int)arc4random();")
    refuses("m.so needs GLIBC_2.36, but Lambda (Amazon Linux 2023) has glibc 2.34; build it on an older system, " ..
      "such as Amazon Linux 2023", here)
  end)

  it("warns of a library that nobody is known to bring", function()
    local here <close> = place("", "return 0;")
    here:must("echo 'void tool(void) {}' >t.c && cc -shared -fPIC -Wl,-soname,libtool.so.1 -o libtool.so.1 t.c && " ..
      "cc -shared -fPIC -o app/m.so m.c -Wl,--no-as-needed libtool.so.1")
    local warning = "lunambda: warning: m.so needs libtool.so.1, which is not in the package: a layer must have it " ..
      "in lib/\n"
    assert.equal(warning, here:sh("lunambda pack app").err:match("^[^\n]+\n"))
    here:must("mkdir app/lib && cp libtool.so.1 app/lib/")
    local result = here:sh("lunambda pack app")
    assert.is_nil(result.err:find("warning", 1, true), result.err)
    assert.equal(0, result.status)
  end)

  it("looks at programs too, which may bring what they like", function()
    local here <close> = packing.new({ ["app/app.lua"] = "", ["p.c"] = "int main(void) { return 0; }" })
    here:must(("%s -o app/tool p.c"):format(OTHER_COMPILER))
    refuses(("tool is for %s, but the package is for %s (--arch); build it for %s, or leave it out with --exclude")
      :format(OTHER, OWN, OWN), here)
    here:must("cc -o app/tool p.c -Wl,--no-as-needed -l:liblua5.4.so.0 && cc -c -o app/p.o p.c")
    local result = here:sh("lunambda pack app")
    assert.equal(0, result.status, result.err)
  end)

  it("refuses damaged files, and never falls over one", function()
    local here <close> = place("", "return 0;")
    here:must("cp app/m.so whole.so && head -c 100 whole.so >app/m.so")
    refuses("m.so is a damaged ELF file: its table of segments is cut off", here)
    here:must("head -c 40 whole.so >app/m.so")
    refuses("m.so is a damaged ELF file: its header is cut off", here)
    here:must("head -c 5000 whole.so >app/m.so")
    refuses("m.so is a damaged ELF file: a segment is cut off", here)
  end)
end)
