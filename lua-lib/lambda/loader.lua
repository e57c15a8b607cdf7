--- The file that a handler's name means: source, bytecode or a C module; found, compiled, run.
-- The handler's file may overwrite any global, and alter string.
local error, loadfile, require = error, loadfile, require
local gsub, sub = string.gsub, string.sub
local package = package

local M = {}

--- An error of the init phase. lambda.errors is loaded when something fails: most functions never need it.
---@param type_name string
---@param message string
---@return lambda.Fault
function M.fault(type_name, message)
  return require("lambda.errors").fault(type_name, message)
end

--- A file of Lua as a function. Bytecode only under its own name: Lua does not verify it, so that it must be meant.
---@param path string
---@return function
function M.compile(path)
  local chunk, err = loadfile(path, sub(path, -5) == ".luac" and "b" or "t")
  if not chunk then
    error(require("lambda.unloadable").file(path, err), 0)
  end
  return chunk
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
  local chunk = kind == "c" and require("lambda.c_module").open_function(module, path) or M.compile(path)
  local result = chunk(module, path)
  if result ~= nil then
    loaded[module] = result
  elseif loaded[module] == nil then
    loaded[module] = true
  end
  return loaded[module]
end

return M
