--- The children of this process, from /proc: those that run, and zombies.
local lfs = require("lfs")

local M = {}

local function read(path)
  local file = io.open(path)
  local text = file and file:read("a")
  if file then
    file:close()
  end
  return text
end

--- "pid (name) S ppid …" (proc(5)); the name may hold anything.
local function parse(stat)
  local pid, name, state, parent = stat:match("^(%d+) %((.*)%) (%a) (%d+)")
  return tonumber(pid), name, state, tonumber(parent)
end

---@return { pid: integer, name: string, state: string }[]
function M.list()
  local own, list = parse(read("/proc/self/stat")), {}
  for entry in lfs.dir("/proc") do
    local stat = entry:find("^%d+$") and read("/proc/" .. entry .. "/stat")
    if stat and stat ~= "" then
      local pid, name, state, parent = parse(stat)
      if parent == own then
        list[#list + 1] = { pid = pid, name = name, state = state }
      end
    end
  end
  return list
end

--- A function that lists the children which were not there when it was made: other specs may have left some.
---@return fun(): { pid: integer, name: string, state: string }[]
function M.watch()
  local known = {}
  for _, child in ipairs(M.list()) do
    known[child.pid] = true
  end
  return function()
    local list = {}
    for _, child in ipairs(M.list()) do
      list[#list + 1] = not known[child.pid] and child or nil
    end
    return list
  end
end

--- Whether a process is there, be it as a zombie.
---@param pid integer
function M.exists(pid)
  return lfs.attributes("/proc/" .. pid) ~= nil
end

--- Waits until a process that is no child of ours has ended; false when it does not.
---@param pid integer|string
function M.ends(pid)
  for _ = 1, 2000 do
    local stat = read(("/proc/%d/stat"):format(pid))
    local state = stat and select(3, parse(stat))
    if not state or state == "Z" or state == "X" then -- then it is init's to reap
      return true
    end
    os.execute("exec sleep 0.01")
  end
  return false
end

--- How many descriptors this process has open.
---@return integer
function M.descriptors()
  local count = 0
  for _ in lfs.dir("/proc/self/fd") do
    count = count + 1
  end
  return count
end

return M
