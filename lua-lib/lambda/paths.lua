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

--- The templates of a folder. Put together by hand: each start of the runtime comes through here.
local function lua_files(folder)
  return folder .. "/?.lua;" .. folder .. "/?.luac;" .. folder .. "/?/init.lua;" .. folder .. "/?/init.luac"
end

---@param settings lambda.Settings
---@return string package_path
function M.lua(settings)
  local root, beside = settings.task_root, executable_folder(settings)
  return override("LUA_PATH", lua_files(root) .. ";" .. lua_files(root .. "/lua_modules") .. ";"
    .. lua_files(root .. "/lua_modules/share/lua/5.4") .. ";" .. lua_files(root .. "/share/lua/5.4") .. ";"
    .. lua_files("/opt/lua") .. ";" .. lua_files("/opt/share/lua/5.4")
    .. (beside and ";" .. lua_files(beside .. "/share/lua/5.4") or ""))
end

---@param settings lambda.Settings
---@return string package_cpath
function M.c(settings)
  local root, beside = settings.task_root, executable_folder(settings)
  return override("LUA_CPATH", root .. "/?.so;" .. root .. "/lua_modules/?.so;"
    .. root .. "/lua_modules/lib/lua/5.4/?.so;" .. root .. "/lib/lua/5.4/?.so;"
    .. "/opt/lua/?.so;/opt/lib/lua/5.4/?.so"
    .. (beside and ";" .. beside .. "/lib/lua/5.4/?.so" or ""))
end

return M
