local paths = require("lambda.paths")

local settings = { handler = "app.handler", task_root = "/var/task", executable = "/opt/bootstrap" }

--- Calls f with os.getenv answering from this table alone.
local function with_env(env, f)
  local getenv = os.getenv
  os.getenv = function(name) return env[name] end -- luacheck: ignore
  local ok, result = pcall(f, settings)
  os.getenv = getenv -- luacheck: ignore
  assert(ok, result)
  return result
end

local default = {}
for _, folder in ipairs({ "/var/task", "/var/task/lua_modules", "/var/task/lua_modules/share/lua/5.4",
  "/var/task/share/lua/5.4", "/opt/lua", "/opt/share/lua/5.4", "/opt/share/lua/5.4" }) do
  for _, ending in ipairs({ ".lua", ".luac", "/init.lua", "/init.luac" }) do
    default[#default + 1] = folder .. "/?" .. ending
  end
end
default = table.concat(default, ";")

describe("lambda.paths", function()
  it("looks in the task root first and beside bootstrap last", function()
    assert.equal(default, with_env({}, paths.lua))
  end)

  it("has the same order for C modules", function()
    assert.equal("/var/task/?.so;/var/task/lua_modules/?.so;/var/task/lua_modules/lib/lua/5.4/?.so;"
      .. "/var/task/lib/lua/5.4/?.so;/opt/lua/?.so;/opt/lib/lua/5.4/?.so;/opt/lib/lua/5.4/?.so",
      with_env({}, paths.c))
  end)

  it("lets LUA_PATH_5_4 replace the default", function()
    assert.equal("/mine/?.lua", with_env({ LUA_PATH_5_4 = "/mine/?.lua", LUA_PATH = "/other/?.lua" }, paths.lua))
    assert.equal("/other/?.lua", with_env({ LUA_PATH = "/other/?.lua" }, paths.lua))
  end)

  it("puts the default where LUA_PATH_5_4 has ;;", function()
    assert.equal("/mine/?.lua;" .. default, with_env({ LUA_PATH_5_4 = "/mine/?.lua;;" }, paths.lua))
    assert.equal(default .. ";/mine/?.lua", with_env({ LUA_PATH_5_4 = ";;/mine/?.lua" }, paths.lua))
    assert.equal("/a/?.lua;" .. default .. ";/b/?.lua", with_env({ LUA_PATH_5_4 = "/a/?.lua;;/b/?.lua" }, paths.lua))
    assert.equal(default, with_env({ LUA_PATH_5_4 = ";;" }, paths.lua))
  end)

  it("does the same for LUA_CPATH_5_4", function()
    assert.equal("/mine/?.so", with_env({ LUA_CPATH_5_4 = "/mine/?.so" }, paths.c))
  end)
end)
