--- The installed SDK, used by a project outside this tree.
local lfs = require("lfs")
local scratch = require("scratch")
local sdk = require("sdk")
local tool = require("lunambda_tool")

local FAST = [[
#include <lauxlib.h>
#include <lua.h>
#include <math.h>
int helper(int n) { return n + 1; }
static int add(lua_State *L) { lua_pushinteger(L, helper((int)luaL_checkinteger(L, 1))); return 1; }
static int whole(lua_State *L) { lua_pushnumber(L, floor(luaL_checknumber(L, 1))); return 1; }
int %s(lua_State *L)
{
    static const luaL_Reg functions[] = { { "add", add }, { "floor", whole }, { 0, 0 } };
    luaL_newlib(L, functions);
    return 1;
}
]]
local OPENER_ALONE = "#include <lua.h>\n%s int luaopen_%s(lua_State *L) { %s; return 1; }\n"

local PROJECT = [[
cmake_minimum_required(VERSION 3.25)
project(outside LANGUAGES C)
set(CMAKE_MODULE_LINKER_FLAGS "-Wl,-z,defs") # as careful projects have it
set(CMAKE_C_VISIBILITY_PRESET hidden)
find_package(lunambda 0.1 REQUIRED)
lunambda_add_module(fast fast.c)
target_link_libraries(fast PRIVATE m)
lunambda_add_module(deep.er.fast deeper.c)
target_link_libraries(deep.er.fast PRIVATE m)
lunambda_add_module(misspelt misspelt.c)
lunambda_add_module(forgotten forgotten.c)
lunambda_add_module(closed closed.c)
lunambda_add_module(misnamed misnamed.c)
lunambda_add_module(newer newer.c)
target_link_libraries(newer PRIVATE m)
lunambda_add_module(second second.c)
target_link_libraries(second PRIVATE -Wl,--no-as-needed "${CMAKE_BINARY_DIR}/liblua5.4.so")
]]

local HANDLER = [[
local fast, deeper = require("fast"), require("deep.er.fast")
return { handler = function(event) return { fast.add(event), deeper.floor(5.5) } end }
]]

local function output_of(command)
  local pipe = assert(io.popen(command))
  local text = pipe:read("a")
  assert(pipe:close(), command)
  return text
end

local function project(here)
  here:write("outside/CMakeLists.txt", PROJECT)
  here:write("outside/fast.c", FAST:format("luaopen_fast"))
  here:write("outside/forgotten.c", FAST:format("luaopen_forgotten"))
  here:write("outside/deeper.c", FAST:format("luaopen_deep_er_fast"))
  here:write("outside/misspelt.c", OPENER_ALONE:format("void lua_pushinteder(lua_State *L, lua_Integer n);", "misspelt",
    "lua_pushinteder(L, 1)"))
  here:write("outside/closed.c", OPENER_ALONE:format("int luaopen_base(lua_State *L);", "closed", "luaopen_base(L)"))
  here:write("outside/misnamed.c", OPENER_ALONE:format("", "mis_named", "(void)L"))
  here:write("outside/newer.c", "#include <math.h>\n" .. OPENER_ALONE:format("", "newer",
    "lua_pushnumber(L, hypot(lua_tonumber(L, 1), 2))"))
  here:write("outside/second.c", OPENER_ALONE:format("", "second", "lua_pushnil(L)"))
  here:write("lua.c", "void lua_pushnil(void); void lua_pushnil(void) {}\n")
  here:folder("build")
  assert(os.execute(("cc -shared -fPIC -Wl,-soname,liblua5.4.so.0 -o '%s/build/liblua5.4.so' '%s/lua.c'")
    :format(here.path, here.path)))
end

describe("the installed SDK", function()
  local here, prefix, build
  setup(function()
    here = scratch.new()
    prefix, build = sdk.install(here), here.path .. "/build"
    project(here)
    assert(sdk.configure(prefix, here.path .. "/outside", build))
  end)
  teardown(function()
    getmetatable(here).__close(here)
  end)

  it("has programs, headers, the CMake package and the dynamic list", function()
    for _, path in ipairs({
      "bin/bootstrap", "bin/lunambda", "include/lunambda/lua.h", "include/lunambda/luaconf.h",
      "include/lunambda/lauxlib.h", "include/lunambda/lualib.h", "lib/cmake/lunambda/lunambdaConfig.cmake",
      "lib/cmake/lunambda/lunambdaConfigVersion.cmake", "lib/cmake/lunambda/lua-api.txt",
    }) do
      assert.equal("file", lfs.attributes(prefix .. "/" .. path, "mode"), path)
    end
  end)

  it("has nothing of the layer", function()
    assert.equal("bin\ninclude\nlib\nshare\n", output_of(("ls '%s'"):format(prefix)))
  end)

  it("has a bootstrap that finds the native half of lambda.http", function()
    local result = tool.run({
      binary = prefix .. "/bin/lunambda", args = { "invoke", "app.handler" },
      files = { ["app.lua"] = "return { handler = function() return type(require('lambda.curl')) end }" },
      env = { LUA_CPATH_5_4 = ";;" }, -- the default
    })
    assert.equal('"table"\n', result.out, result.err)
  end)

  it("has lambda.* for plain Lua, with all that it needs", function()
    here:write("app.lua", "return { handler = function(event) return require('lambda.json').array(event) end }")
    here:write("plain.lua", "local app = require('lambda.testing').load('app.handler')\n"
      .. "require('lambda.http').close()\nassert(require('lambda.curl'))\nprint(#app({ 1, 2 }))\n")
    assert.equal("2\n", output_of(("cd '%s' && LUA_PATH_5_4='%s/share/lua/5.4/?.lua;%s/share/lua/5.4/?/init.lua' "
      .. "LUA_CPATH_5_4='%s/lib/lua/5.4/?.so' lua5.4 plain.lua 2>&1"):format(here.path, prefix, prefix, prefix)))
  end)

  it("has headers that need no other", function()
    here:write("alone.c", "#include <lauxlib.h>\n#include <lualib.h>\n#include <lua.h>\n")
    local seen = output_of(("cc -H -fsyntax-only -I'%s/include/lunambda' '%s/alone.c' 2>&1"):format(prefix, here.path))
    local count = 0
    for path in seen:gmatch("%.+ (/%S*/l[^/%s]*)") do
      local is_luas = path:match("[^/]+$"):find("^lua") or path:find("lauxlib") or path:find("lualib")
      assert(not is_luas or path:sub(1, #prefix) == prefix, path)
      count = is_luas and count + 1 or count
    end
    assert.is_true(count >= 4)
  end)

  it("names nothing of where it was built", function()
    local text = output_of(("cat '%s'/lib/cmake/lunambda/*"):format(prefix))
    assert.is_nil(text:find(lfs.currentdir(), 1, true))
  end)

  it("builds modules that load in the runtime", function()
    assert(sdk.build(build, "fast deep.er.fast"))
    local result = tool.run({
      binary = prefix .. "/bin/lunambda", args = { "invoke", "app.handler", "41" }, files = { ["app.lua"] = HANDLER },
      env = { LUA_CPATH_5_4 = build .. "/modules/?.so;;" },
    })
    assert.equal("[42,5]\n", result.out, result.err)
  end)

  it("builds modules that show luaopen_* alone, and take Lua from nowhere", function()
    assert(sdk.build(build, "fast"))
    local module = build .. "/modules/fast.so"
    assert.equal("luaopen_fast\n", output_of(("nm -D --defined-only '%s' | cut -d ' ' -f 3"):format(module)))
    local dynamic = output_of(("readelf -W -d -l '%s'"):format(module))
    assert.is_nil(dynamic:find("liblua", 1, true))
    assert.is_nil(dynamic:find("RPATH", 1, true) or dynamic:find("RUNPATH", 1, true))
    assert.matches("GNU_RELRO", dynamic, 1, true)
    assert.matches("FLAGS_1%).-NOW", dynamic)
    assert.matches("GNU_STACK%s+%S+ %S+ %S+ %S+ %S+ RW ", dynamic)
  end)

  it("puts a module of several words into folders", function()
    assert(sdk.build(build, "deep.er.fast"))
    assert.equal("file", lfs.attributes(build .. "/modules/deep/er/fast.so", "mode"))
  end)

  it("finds at build time what would not load: functions that Lua does not have", function()
    local ok, output = sdk.build(build, "misspelt misspelt_links")
    assert.is_false(ok)
    assert.matches("undefined reference to `lua_pushinteder'", output, 1, true)
  end)

  it("finds libraries that were forgotten", function()
    local ok, output = sdk.build(build, "forgotten_links")
    assert.is_false(ok)
    assert.matches("undefined reference to `floor'", output, 1, true)
  end)

  it("finds functions of Lua that bootstrap keeps to itself", function()
    local ok, output = sdk.build(build, "closed_links")
    assert.is_false(ok)
    assert.matches("undefined reference to `luaopen_base'", output, 1, true)
  end)

  it("finds a module that require could not open, and says how it must be named", function()
    local ok, output = sdk.build(build, "misnamed")
    assert.is_false(ok)
    assert.matches("misnamed.so has no function luaopen_misnamed, which require(\"misnamed\") calls; write: "
      .. "LUAMOD_API int luaopen_misnamed(lua_State *L)", output:gsub("%s+", " "), 1, true)
    assert.is_nil(lfs.attributes(build .. "/modules/misnamed.so", "mode"))
  end)

  it("warns of what needs a newer libc than Lambda has", function()
    local ok, output = sdk.build(build, "newer")
    assert.is_true(ok, output)
    assert.matches("newer.so needs GLIBC_2.35; provided.al2023 has 2.34", output:gsub("%s+", " "), 1, true)
  end)

  it("finds a second Lua", function()
    local ok, output = sdk.build(build, "second")
    assert.is_false(ok)
    assert.matches("second.so needs liblua5.4.so.0: a second Lua in the process", output:gsub("%s+", " "), 1, true)
  end)

  it("builds for the other architecture with its compiler", function()
    local cross = here.path .. "/cross"
    assert(sdk.configure(prefix, here.path .. "/outside", cross,
      "-DCMAKE_SYSTEM_NAME=Linux -DCMAKE_SYSTEM_PROCESSOR=aarch64 -DCMAKE_C_COMPILER=aarch64-linux-gnu-gcc"))
    local ok, output = sdk.build(cross, "fast fast_links")
    assert.is_true(ok, output)
    assert.matches("Machine:%s+AArch64", output_of(("readelf -h '%s/modules/fast.so'"):format(cross)))
  end)

  describe("makes a function's zip", function()
    local FUNCTIONS = [[
cmake_minimum_required(VERSION 3.25)
project(functions LANGUAGES C)
find_package(lunambda REQUIRED)
lunambda_add_module(deep.fast fast.c)
target_link_libraries(deep.fast PRIVATE m)
lunambda_add_function(plain DIR app HANDLER app.handler MODULES deep.fast EXCLUDE *.md)
lunambda_add_function(compiled DIR app BYTECODE MODULES deep.fast EXCLUDE *.md)
lunambda_add_function(bundled DIR app HANDLER app.handler BUNDLE MODULES deep.fast OUTPUT other/name.zip)
lunambda_add_function(alone DIR app SINGLE BOOTSTRAP /bin/true)
lunambda_add_function(around DIR . MODULES deep.fast)
lunambda_add_function(broken DIR app HANDLER app.nothing MODULES deep.fast)
]]

    local source, functions
    setup(function()
      source = here:folder("functions")
      functions = source .. "/build" -- within DIR of the function `around`
      here:write("functions/CMakeLists.txt", FUNCTIONS)
      here:write("functions/fast.c", FAST:format("luaopen_deep_fast"))
      here:write("functions/app/app.lua",
        "local part = require('part')\nreturn { handler = function(event) return part(event) end }")
      here:write("functions/app/part.lua", "return function(n) return require('deep.fast').add(n) end")
      here:write("functions/app/notes.md", "notes")
      assert(sdk.configure(prefix, source, functions))
    end)

    --- Builds a target; the names in its zip.
    local function names_in(target, zip)
      local ok, output = sdk.build(functions, target)
      assert.is_true(ok, output)
      local names = {}
      for name in output_of(("cmake -E tar tf '%s/%s'"):format(functions, zip or target .. ".zip")):gmatch("[^\n]+") do
        names[#names + 1] = name
      end
      table.sort(names)
      return names
    end

    it("of its folder and its modules, without what is excluded", function()
      assert.same({ "app.lua", "deep/fast.so", "part.lua" }, names_in("plain"))
    end)

    it("whose content answers", function()
      names_in("plain")
      local result = tool.run({ binary = prefix .. "/bin/lunambda",
        args = { "invoke", functions .. "/plain/app.handler", "41" } })
      assert.equal("42\n", result.out, result.err)
    end)

    it("without what is no longer in its folder", function()
      local gone = here:write("functions/app/gone.lua", "return 1")
      assert.same({ "app.lua", "deep/fast.so", "gone.lua", "part.lua" }, names_in("plain"))
      os.remove(gone)
      assert.same({ "app.lua", "deep/fast.so", "part.lua" }, names_in("plain"))
    end)

    it("as lunambda pack is told to", function()
      assert.same({ "app.luac", "deep/fast.so", "part.luac" }, names_in("compiled"))
      assert.same({ "app.lua", "deep/fast.so", "notes.md" }, names_in("bundled", "other/name.zip"))
      assert.same({ "app.lua", "bootstrap", "notes.md", "part.lua" }, names_in("alone"))
    end)

    it("without the build folder and CMakeLists.txt, where they lie in it", function()
      assert.same({ "app/app.lua", "app/notes.md", "app/part.lua", "deep/fast.so", "fast.c" }, names_in("around"))
    end)

    it("not when its handler does not load", function()
      local ok, output = sdk.build(functions, "broken")
      assert.is_false(ok)
      assert.matches("Runtime.HandlerNotFound", output, 1, true)
      assert.is_nil(lfs.attributes(functions .. "/broken.zip"))
    end)
  end)

  --- Configures a project of one line; what CMake said against it.
  local function refusal(line)
    local name = "refused-" .. line:gsub("%W", "")
    here:write(name .. "/CMakeLists.txt", "cmake_minimum_required(VERSION 3.25)\nproject(refused LANGUAGES NONE)\n"
      .. (line:find("find_package") and "" or "find_package(lunambda REQUIRED)\n") .. line .. "\n")
    local ok, output = sdk.configure(prefix, here.path .. "/" .. name, here.path .. "/build-" .. name)
    assert.is_false(ok)
    return (output:gsub("%s+", " "))
  end

  for line, text in pairs({
    ["lunambda_add_module(no-name a.c)"] = "'no-name' is no name for require",
    ["lunambda_add_module(empty)"] = "lunambda_add_module(empty): it has no sources",
    ["lunambda_add_function(f)"] = "lunambda_add_function(f): DIR must be a folder, not ''",
    ["lunambda_add_function(f DIR nowhere)"] = "DIR must be a folder, not 'nowhere'",
    ["lunambda_add_function(f DIR . MODULES ghost)"] = "MODULES names ghost, which is no target",
    ["add_custom_target(other)\nlunambda_add_function(f DIR . MODULES other)"] =
      "other was not made by lunambda_add_module",
    ["lunambda_add_function(f DIR . FAST)"] = "lunambda_add_function(f): what is 'FAST'?",
    ["find_package(lunambda 99 REQUIRED)"] = 'compatible with requested version "99"',
  }) do
    it("refuses " .. line:gsub("\n", ", "), function()
      assert.matches(text, refusal(line), 1, true)
    end)
  end
end)
