--- Where `require` looks: the function's own files first, then what layers brought.
local M = {}

--- The folder of the bootstrap executable: under /opt, the layer that brought it.
local function executable_folder(settings)
  return settings.executable and settings.executable:match("^(.*)/[^/]*$")
end

--- Lua's rule (manual §6.3, package.path): the variable replaces the default, which ";;" stands for.
local function override(variable, default)
  local value = os.getenv(variable .. "_5_4") or os.getenv(variable)
  if not value then
    return default
  end
  local before, after = value:match("^(.-);;(.*)$")
  if not before then
    return value
  end
  return (before ~= "" and before .. ";" or "") .. default .. (after ~= "" and ";" .. after or "")
end

local function add(list, folder, ...)
  for _, pattern in ipairs({ ... }) do
    list[#list + 1] = folder .. "/" .. pattern
  end
end

--- What rocks ask for that LuaSocket would bring.
local STAND_INS = {
  ["socket.http"] = "lambda.socket.http", ["ssl.https"] = "lambda.socket.http", ltn12 = "lambda.socket.ltn12",
}

local function load_stand_in(_, module)
  return require(module)
end

--- A searcher to be placed last, so that a real LuaSocket wins (manual §6.3, package.searchers).
---@param name string
---@return function|string
---@return string?
function M.stand_in(name)
  local module = STAND_INS[name]
  if not module then
    return ""
  end
  return load_stand_in, module
end

---@param settings lambda.Settings
---@return string package_path
function M.lua(settings)
  local list, root, beside = {}, settings.task_root, executable_folder(settings)
  for _, folder in ipairs({ root, root .. "/lua_modules", root .. "/lua_modules/share/lua/5.4",
    root .. "/share/lua/5.4", "/opt/lua", "/opt/share/lua/5.4", beside and beside .. "/share/lua/5.4" }) do
    add(list, folder, "?.lua", "?.luac", "?/init.lua", "?/init.luac")
  end
  return override("LUA_PATH", table.concat(list, ";"))
end

---@param settings lambda.Settings
---@return string package_cpath
function M.c(settings)
  local list, root, beside = {}, settings.task_root, executable_folder(settings)
  for _, folder in ipairs({ root, root .. "/lua_modules", root .. "/lua_modules/lib/lua/5.4",
    root .. "/lib/lua/5.4", "/opt/lua", "/opt/lib/lua/5.4", beside and beside .. "/lib/lua/5.4" }) do
    add(list, folder, "?.so")
  end
  return override("LUA_CPATH", table.concat(list, ";"))
end

return M
