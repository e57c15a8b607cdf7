--- The layer's zip that this build made, unpacked as Lambda does below /opt.
local scratch = require("scratch")

local M = {}

--- The folder of the build whose specs run.
---@return string
function M.build()
  return os.getenv("LUNAMBDA_BUILD")
    or error("LUNAMBDA_BUILD is not set: it must name the build folder of a release, e.g. build/release", 2)
end

--- Whether this build is for the machine it was built on.
function M.is_native()
  return not os.getenv("LUNAMBDA_EMULATOR")
end

---@return string
function M.zip()
  return os.getenv("LUNAMBDA_LAYER_ZIP") or error("LUNAMBDA_LAYER_ZIP is not set: it must name the layer's zip", 2)
end

---@return scratch.Folder  which holds `opt`
function M.unpacked()
  local here = scratch.new()
  assert(os.execute(("unzip -q '%s' -d '%s'"):format(M.zip(), here:folder("opt"))))
  return here
end

--- What a command prints; fails with it.
---@param command string
---@return string
function M.output_of(command)
  local pipe = assert(io.popen(command .. " 2>&1"))
  local text = pipe:read("a")
  if not pipe:close() then
    error(command .. " failed: " .. text, 2)
  end
  return text
end

--- The emulator and its arguments, with a blank behind; or nothing.
function M.emulator()
  local emulator = os.getenv("LUNAMBDA_EMULATOR")
  return emulator and emulator .. " " or ""
end

return M
