--- Whether a layer's zip can serve the architecture that it is published for.
local shell = require("shell")

local M = {}

-- e_machine of ELF, by the names that Lambda has for architectures.
local MACHINES = { [62] = "x86_64", [183] = "arm64" }

--- The architecture of a program or shared object; nil when the file is no ELF.
local function elf_architecture(path)
  local file = assert(io.open(path, "rb"))
  local head = file:read(20) or ""
  file:close()
  if head:sub(1, 4) ~= "\127ELF" then
    return nil
  end
  if #head < 20 or head:sub(5, 6) ~= "\2\1" then
    return "no 64-bit little-endian machine"
  end
  local machine = string.unpack("<I2", head, 19)
  return MACHINES[machine] or "machine " .. machine
end

local function unpacked_files(folder)
  local files = {}
  for path in (shell.output({ "find", folder, "-type", "f" }) or ""):gmatch("[^\n]+") do
    files[#files + 1] = path
  end
  table.sort(files)
  return files
end

--- The version that LIBRARIES.txt begins with, as in "lunambda 0.1.0, licence MIT, …".
local function version_in(folder)
  local file = io.open(folder .. "/LIBRARIES.txt")
  local line = file and file:read("l") or ""
  if file then
    file:close()
  end
  return line:match("^lunambda (%d[%w.+-]*)")
end

local function check_unpacked(folder, zip, architecture)
  local bootstrap = folder .. "/bootstrap"
  for _, path in ipairs(unpacked_files(folder)) do
    local found = elf_architecture(path)
    if found and found ~= architecture then
      return nil, ("%s: %s is for %s, not for %s; run ./dev layer again")
        :format(zip, path:sub(#folder + 2), found, architecture)
    end
    bootstrap = path == bootstrap and found or bootstrap
  end
  if bootstrap ~= architecture then
    return nil, ("%s has no program named bootstrap at its top; run ./dev layer again"):format(zip)
  end
  if not os.execute("test -x " .. shell.quote(folder .. "/bootstrap")) then
    return nil, ("%s: bootstrap is not executable, and Lambda would refuse it; run ./dev layer again"):format(zip)
  end
  local version = version_in(folder)
  if not version then
    return nil, ("%s has no LIBRARIES.txt that says lunambda's version; run ./dev layer again"):format(zip)
  end
  return version
end

--- Checks one zip.
---@param zip string
---@param architecture "x86_64"|"arm64"
---@return string|nil version  of what is in it
---@return string|nil err  names the zip, the file in it, and the remedy
function M.check(zip, architecture)
  local file = io.open(zip, "rb")
  if not file then
    return nil, zip .. " is not there; build it with: ./dev layer"
  end
  file:close()
  if not shell.has("cmake") then
    return nil, "cmake, which unpacks the zips to check them, is not in PATH"
  end
  local folder = assert(shell.output({ "mktemp", "-d" })):gsub("\n$", "")
  local absolute = zip:sub(1, 1) == "/" and zip or shell.output({ "pwd" }):gsub("\n$", "") .. "/" .. zip
  local version, err
  if shell.output({ "cmake", "-E", "chdir", folder, "cmake", "-E", "tar", "xf", absolute }) then
    version, err = check_unpacked(folder, zip, architecture)
  else
    err = zip .. " cannot be unpacked; run ./dev layer again"
  end
  os.execute("rm -rf " .. shell.quote(folder))
  return version, err
end

return M
