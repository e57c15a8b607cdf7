--- layers.json: region -> architecture -> ARN. It is replaced as a whole, so that nobody ever reads half of it.
local cjson = require("cjson.safe")
local options = require("options")
local shell = require("shell")

local M = {}

local LOCK_TRIES = 30
local LOCK_PAUSE_S = 0.1

--- Whether this is the ARN of a version of a layer, in that region.
---@param arn any
---@param region string
---@return boolean
function M.is_arn(arn, region)
  if type(arn) ~= "string" then
    return false
  end
  local place = arn:match("^arn:[%l-]+:lambda:([%l%d-]+):%d%d%d%d%d%d%d%d%d%d%d%d:layer:[%w_-]+:%d+$")
  return place == region
end

local function check(ledger)
  for region, arns in pairs(ledger) do
    if type(region) ~= "string" or not options.is_region(region) or type(arns) ~= "table" then
      return nil, ("'%s' is no region with its ARNs"):format(region)
    end
    for architecture, arn in pairs(arns) do
      if type(architecture) ~= "string" or not architecture:find("^[%w_]+$") or not M.is_arn(arn, region) then
        return nil, ("%s, %s: no ARN of a layer's version there"):format(region, architecture)
      end
    end
  end
  return ledger
end

--- What the file has; nothing when there is no file.
---@param path string
---@return table<string, table<string, string>>|nil
---@return string|nil err
function M.read(path)
  local file, why, code = io.open(path, "rb")
  if not file then
    if code == 2 then -- ENOENT
      return {}
    end
    return nil, why
  end
  local text = file:read("a")
  file:close()
  local ledger, err = cjson.decode(text or "")
  if type(ledger) ~= "table" then
    return nil, ("%s: %s; mend or remove it"):format(path, err or "not an object")
  end
  ledger, err = check(ledger)
  return ledger, err and ("%s: %s; mend or remove it"):format(path, err)
end

local function sorted(map)
  local keys = {}
  for key in pairs(map) do
    keys[#keys + 1] = key
  end
  table.sort(keys)
  return keys
end

--- The file's text: sorted, so that two runs differ in what changed. check() let nothing in that JSON would escape.
local function text_of(ledger)
  local regions = {}
  for _, region in ipairs(sorted(ledger)) do
    local arns = {}
    for _, architecture in ipairs(sorted(ledger[region])) do
      arns[#arns + 1] = ('    "%s": "%s"'):format(architecture, ledger[region][architecture])
    end
    regions[#regions + 1] = ('  "%s": {\n%s\n  }'):format(region, table.concat(arns, ",\n"))
  end
  return "{\n" .. table.concat(regions, ",\n") .. "\n}\n"
end

local function new_name(path)
  return path .. ".new"
end

--- Whether the file can be written: to be asked before anything is published.
---@param path string
---@return true|nil
---@return string|nil err
function M.writable(path)
  local probe = path .. ".probe" -- another run may be writing the new file
  local file, err = io.open(probe, "wb")
  if not file then
    return nil, err
  end
  file:close()
  os.remove(probe)
  return true
end

--- Calls act while no other run does so: what one reads and then writes is one step.
local function alone(path, act)
  local lock = path .. ".lock" -- a folder: only one can make it
  for _ = 1, LOCK_TRIES do
    if os.execute("mkdir " .. shell.quote(lock) .. " 2>/dev/null") then
      local ok, err = act()
      os.remove(lock)
      return ok, err
    end
    os.execute("sleep " .. LOCK_PAUSE_S)
  end
  return nil, lock .. " is there: another layer/publish writes; if none does, remove that folder"
end

local function replace(path, region, architecture, arn)
  local ledger, err = M.read(path)
  if not ledger then
    return nil, err
  end
  ledger[region] = ledger[region] or {}
  ledger[region][architecture] = arn
  local file
  file, err = io.open(new_name(path), "wb")
  if not file then
    return nil, err
  end
  local written, why = file:write(text_of(ledger))
  local closed, why_closed = file:close()
  if not (written and closed) then
    os.remove(new_name(path))
    return nil, why or why_closed
  end
  return os.rename(new_name(path), path)
end

--- Adds one ARN. The file is replaced in one step; when that fails the old one is still there. Several runs may add to
--- the same file.
---@param path string
---@param region string
---@param architecture string
---@param arn string
---@return true|nil
---@return string|nil err
function M.add(path, region, architecture, arn)
  return alone(path, function()
    return replace(path, region, architecture, arn)
  end)
end

return M
