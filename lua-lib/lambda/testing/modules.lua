--- What is built into bootstrap, found where lambda.testing was found: lambda.*, and cjson.
local error, load, open, dump, find, format, gsub, match =
  error, load, io.open, string.dump, string.find, string.format, string.gsub, string.match
local insert, searchpath, loadlib = table.insert, package.searchpath, package.loadlib

local M = {}

local BUILT_IN = { lambda = true, cjson = true, ["cjson.safe"] = true }

--- Path to bytecode, for each app loads them anew.
local compiled = {}

--- The chunk's name is the one that it has in bootstrap (cmake/embed.c), so that stack traces leave it out alike.
local function compile(name, path, env)
  if not compiled[path] then
    local file = open(path, "rb")
    local text = file and file:read("a")
    if file then
      file:close()
    end
    local stem = gsub(name, "%.", "/")
    local is_folder = find(path, "/init.lua", 1, true)
    local chunk, problem = load(text or "", format("=[lunambda %s%s.lua]", stem, is_folder and "/init" or ""), "t")
    if not chunk then
      error(problem, 0)
    end
    compiled[path] = dump(chunk)
  end
  return load(compiled[path], name, "b", env)
end

--- Has a world find them first, as package.preload has them in bootstrap.
---@param world lambda.testing.World     not in place
---@param env table                      the globals of lambda.*
---@param instead table<string, fun(): any>  modules that are not the real ones
function M.install(world, env, instead)
  local path, cpath = package.path, package.cpath -- of the spec
  insert(world.contents.package.searchers, 2, function(name)
    if instead[name] then
      return instead[name]
    elseif not BUILT_IN[name] and not match(name, "^lambda%.") then
      return nil
    end
    local file = searchpath(name, path)
    if file then
      return compile(name, file, env), file
    end
    local library = searchpath(name, cpath) or searchpath(match(name, "^[^.]*"), cpath) -- cjson.safe is in cjson.so
    return library and loadlib(library, "luaopen_" .. gsub(name, "%.", "_")) or nil, library
  end)
end

return M
