--- Runs `lunambda pack` on folders of its own, and looks into the zips with other people's programs.
local scratch = require("scratch")
local tool = require("lunambda_tool")

local M = {}

---@class packing.Result
---@field status integer
---@field out string
---@field err string

---@class packing.Place: scratch.Folder
local Place = {}

--- Runs shell text in the folder, `lunambda` being the built one.
---@param command string
---@return packing.Result
function Place:sh(command)
  local line = ("cd %s && { PATH=%s:\"$PATH\"; %s\n} >.out 2>.err </dev/null"):format(
    tool.quote(self.path), tool.quote((tool.lunambda():gsub("/lunambda$", ""))), command)
  local _, how, code = os.execute(line)
  return { status = how == "exit" and code or 128 + code, out = self:read(".out"), err = self:read(".err") }
end

--- Runs shell text that must succeed; its standard output.
---@param command string
---@return string
function Place:must(command)
  local result = self:sh(command)
  assert(result.status == 0, command .. ": " .. result.err)
  return result.out
end

--- The files in a zip, folders with a / at their ends: "mode path", in their order.
---@param zip string
---@return string[]
function Place:list(zip)
  local list = {}
  for line in self:must("bsdtar -tvf " .. zip):gmatch("[^\n]+") do
    local mode, path = line:match("^(%S+) .* Jan +1 +1980 (.*)$")
    list[#list + 1] = assert(mode, line) .. " " .. path
  end
  return list
end

--- Unpacks a zip into a new folder.
---@param zip string
---@param folder string
function Place:unpack(zip, folder)
  self:must(("mkdir %s && unzip -q %s -d %s"):format(folder, zip, folder))
end

--- A new place, with these files.
---@param files table<string, string>?  path to contents
---@return packing.Place
function M.new(files)
  local folder = scratch.new()
  for path, contents in pairs(files or {}) do
    folder:write(path, contents)
  end
  local mt = getmetatable(folder)
  return setmetatable({ path = folder.path, reserved = folder.reserved }, {
    __index = function(_, key)
      return Place[key] or mt[key]
    end,
    __close = mt.__close,
  })
end

return M
