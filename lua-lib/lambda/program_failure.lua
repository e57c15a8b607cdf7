--- Why a program did not start, found out after the fact: the system says little more than "No such file".

-- A handler that forgets `local` may overwrite any global.
local string = string
local getenv, open = os.getenv, io.open

local M = {}

local HEAD_BYTES = 256

--- The first bytes of a file; nil when it cannot be read.
local function head_of(path)
  local file = open(path, "rb")
  local head = file and (file:read(HEAD_BYTES) or "")
  if file then
    file:close()
  end
  return head
end

local MACHINES = { [3] = "i386", [40] = "arm", [62] = "x86_64", [183] = "aarch64" }

--- The architecture that an ELF program is for; nil when it is none.
local function machine_of(head)
  if not head or #head < 20 or string.sub(head, 1, 4) ~= "\127ELF" then
    return nil
  end
  local number = string.unpack("<I2", head, 19)
  return MACHINES[number] or "machine " .. number
end

--- There is a file, but the system did not find what it needs.
local function explain_loader(head)
  local interpreter = string.match(head, "^#!%s*([^\n]*)")
  if interpreter and string.find(interpreter, "\r", 1, true) then
    return "its first line ends with CR LF, and so asks for an interpreter that is not there: save it with LF line ends"
  elseif interpreter then
    return string.format("its first line asks for %s, which is not there", string.match(interpreter, "%S*"))
  elseif machine_of(head) then
    return string.format("its loader is not there: it was built for another system (musl against glibc?) or for "
      .. "another machine (it is for %s); link it statically, or build it on Amazon Linux 2023", machine_of(head))
  end
  return nil
end

local function explain_format(head)
  local machine, ours = machine_of(head), machine_of(head_of("/proc/self/exe"))
  if machine and machine ~= ours then
    return string.format("it was built for %s, and this machine is %s", machine, ours or "another")
  end
  return "it is no program of this machine, nor a script: a script begins with #! and its interpreter"
end

--- Why a program did not start, and what helps.
---@param plan lambda.program.Plan
---@param code string  "ENOENT"
---@param said string  by the system
---@return string
function M.explain(plan, code, said)
  local file, head = plan.file, head_of(plan.file)
  if plan.cwd and not head_of(plan.cwd .. "/.") then
    return string.format("its folder %s is not there, or may not be entered", plan.cwd)
  elseif code == "ENOENT" and not string.find(file, "/", 1, true) then
    return string.format("there is no such program in PATH (%s); a program of the function's own needs a path, ./%s",
      getenv("PATH") or "not set", file)
  elseif code == "ENOENT" then
    return head and explain_loader(head) or "there is no such file: is it in the function's package?"
  elseif code == "EACCES" then
    return "it may not be executed: chmod +x it before it is packed, and pack it with its mode"
  elseif code == "ENOEXEC" then
    return explain_format(head)
  end
  return said
end

return M
