--- Folders that are gone afterwards, also when a spec fails: `local here <close> = scratch.new()`.
local lfs = require("lfs")

local M = {}

---@class scratch.Folder
---@field path string  absolute
local Folder = {}
Folder.__index = Folder

local function remove(path)
  if lfs.symlinkattributes(path, "mode") == "directory" then
    for name in lfs.dir(path) do
      if name ~= "." and name ~= ".." then
        remove(path .. "/" .. name)
      end
    end
  end
  os.remove(path)
end

--- Makes a folder below this one, with those above it.
---@param name string  relative
---@return string path
function Folder:folder(name)
  local path = self.path
  for part in name:gmatch("[^/]+") do
    path = path .. "/" .. part
    lfs.mkdir(path)
  end
  return path
end

--- Writes a file, making its folders.
---@param name string  relative
---@param bytes string
---@return string path
function Folder:write(name, bytes)
  local above = name:match("^(.*)/[^/]*$")
  if above then
    self:folder(above)
  end
  local path = self.path .. "/" .. name
  local file = assert(io.open(path, "wb"))
  assert(file:write(bytes))
  assert(file:close())
  return path
end

---@param name string  relative
---@return string|nil bytes  nil when there is no such file
function Folder:read(name)
  local file = io.open(self.path .. "/" .. name, "rb")
  if not file then
    return nil
  end
  local bytes = file:read("a")
  file:close()
  return bytes
end

--- For one that lives longer than a block.
function Folder:remove()
  remove(self.path)
  os.remove(self.reserved)
end

Folder.__close = Folder.remove

--- A new empty folder.
---@return scratch.Folder
function M.new()
  local reserved = os.tmpname() -- creates the file, so that the name is ours
  local path = reserved .. ".d"
  assert(lfs.mkdir(path))
  return setmetatable({ path = path, reserved = reserved }, Folder)
end

return M
