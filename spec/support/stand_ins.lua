--- Stand-ins for programs: shell scripts in a folder of their own, in front of the PATH.
local M = {}

--- Writes scripts; $CALLS in them is a file that run() names.
---@param here scratch.Folder
---@param scripts table<string, string>  by the name of the program
function M.write(here, scripts)
  for name, script in pairs(scripts) do
    local path = here:write("bin/" .. name, "#!/bin/sh\n" .. script .. "\n")
    assert(os.execute(("chmod +x '%s'"):format(path)))
  end
end

--- Runs a command in the folder.
---@param here scratch.Folder
---@param command string
---@return { status: integer, stdout: string, stderr: string, calls: string }
function M.run(here, command)
  local ok, _, status = os.execute(([[cd '%s' && CALLS='%s/calls' PATH='%s/bin':"$PATH" && export CALLS PATH && { %s
} >stdout 2>stderr </dev/null]]):format(here.path, here.path, here.path, command))
  return { status = ok and 0 or status, stdout = here:read("stdout"), stderr = here:read("stderr"),
    calls = here:read("calls") or "" }
end

return M
