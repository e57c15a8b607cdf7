--- What `cmake --install` leaves of the build under test, and projects that use it.
local bootstrap_process = require("bootstrap_process")
local tool = require("lunambda_tool")

local M = {}

local LIFE_LIMIT_S = 300

local function read(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read("a")
  file:close()
  return text
end

--- Runs a shell command; whether it succeeded, and all that it printed.
---@param command string
---@return boolean ok
---@return string output
local function run(command)
  local log = os.tmpname()
  local ok = os.execute(("timeout %d %s >%s 2>&1 </dev/null"):format(LIFE_LIMIT_S, command, log))
  local output = read(log)
  os.remove(log)
  return ok == true, output
end

--- The build folder under test.
---@return string
function M.build_folder()
  return (bootstrap_process.bin():gsub("/bin/?$", ""))
end

--- Installs it.
---@param here scratch.Folder
---@return string prefix
function M.install(here)
  local prefix = here.path .. "/sdk"
  local ok, output = run(("cmake --install %s --prefix %s"):format(tool.quote(M.build_folder()), tool.quote(prefix)))
  assert(ok, output)
  return prefix
end

--- Configures a project.
---@param prefix string
---@param source string
---@param build string
---@param arguments string?
---@return boolean ok
---@return string output
function M.configure(prefix, source, build, arguments)
  return run(("cmake -G Ninja -S %s -B %s -DCMAKE_PREFIX_PATH=%s %s"):format(tool.quote(source), tool.quote(build),
    tool.quote(prefix), arguments or ""))
end

--- Builds a target of it.
---@param build string
---@param target string
---@return boolean ok
---@return string output
function M.build(build, target)
  return run(("cmake --build %s --target %s"):format(tool.quote(build), target))
end

return M
