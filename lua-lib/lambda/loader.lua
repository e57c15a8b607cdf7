--- The file that a handler's name means: source, bytecode or a C module; found, compiled, run.
local errors = require("lambda.errors")

-- The handler's file may overwrite any global, and alter string.
local error, loadfile, require = error, loadfile, require
local find, format, gsub, match, open, sub = string.find, string.format, string.gsub, string.match, io.open, string.sub
local package = package

local M = {}

--- Why a file did not load, as a fault.
local function unloadable(path, err)
  local file = open(path, "rb")
  local first = file and file:read(1)
  if file then
    file:close()
  end
  if not first and find(err, "^cannot ") then -- "cannot open", "cannot read": a folder, or no permission
    return errors.fault("Runtime.ImportModuleError", err)
  elseif sub(path, -5) == ".luac" then
    return require("lambda.bytecode").fault(path)
  elseif first == "\27" then
    return errors.fault("Runtime.UserCodeSyntaxError", path
      .. " holds bytecode; a .lua file must be source text, bytecode belongs into a .luac file")
  end
  return errors.fault("Runtime.UserCodeSyntaxError", err)
end

--- A file of Lua as a function. Bytecode only under its own name: Lua does not verify it, so that it must be meant.
---@param path string
---@return function
function M.compile(path)
  local chunk, err = loadfile(path, sub(path, -5) == ".luac" and "b" or "t")
  if not chunk then
    error(unloadable(path, err), 0)
  end
  return chunk
end

--- The function that opens a C module, by Lua's rules (manual §6.3): src/pi is luaopen_src_pi; what follows a
--- hyphen does not count.
local function open_function(module, path)
  local name = "luaopen_" .. gsub(match(module, "^[^-]*"), "%.", "_")
  local opener, err, where = package.loadlib(path, name)
  if where == "init" then
    err = format("it exports no function %s", name)
  end
  if not opener then
    error(errors.fault("Runtime.ImportModuleError", format("the C module %s does not load: %s", path, err)), 0)
  end
  return opener
end

--- Where the file is. Lua comes before C.
---@param file string  without extension
---@return string? path
---@return string tried_or_kind  "lua" or "c"; without a path, what was tried
function M.find(file)
  local path, tried = package.searchpath(file, package.path, "")
  if path then
    return path, "lua"
  end
  local c_path, c_tried = package.searchpath(file, package.cpath, "")
  if c_path then
    return c_path, "c"
  end
  return nil, gsub(tried, "^\n?", "\n") .. gsub(c_tried, "^\n?", "\n")
end

--- Runs the file as `require` would, so that other modules share this instance of it.
---@param file string
---@param path string
---@param kind string
---@return any  what it returned, or left in package.loaded; true for nothing
function M.run(file, path, kind)
  local loaded, module = package.loaded, gsub(file, "/", ".")
  local chunk = kind == "c" and open_function(module, path) or M.compile(path)
  local result = chunk(module, path)
  if result ~= nil then
    loaded[module] = result
  elseif loaded[module] == nil then
    loaded[module] = true
  end
  return loaded[module]
end

return M
