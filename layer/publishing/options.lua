--- The command line of layer/publish.
local M = {}

M.USAGE = [[
usage: layer/publish [--region all|LIST] [--public] [--dry-run] [--from DIR] [--to FILE]

Publishes the layer for x86_64 and arm64 with the AWS CLI, and notes the ARNs.

  --region LIST   regions by name, split by commas; all: those that the account has enabled;
                  default: the AWS CLI's own
  --public        lets every AWS account use the layer
  --dry-run       checks the zips and prints the commands; publishes and writes nothing
  --from DIR      where the zips are (build/layer)
  --to FILE       region -> architecture -> ARN, added to what it has (layers.json)
]]

---@class publishing.Options
---@field regions string[]|"all"|nil  nil: the AWS CLI's own
---@field public boolean
---@field dry_run boolean
---@field from string
---@field to string
---@field versions table<string, string>?  what is in the zips, by architecture; added once they were looked at

--- Region names are lower case, end in a number, and know no other signs: us-gov-west-1, ap-southeast-2.
---@param name string
---@return boolean
function M.is_region(name)
  return name:find("^%l[%l%d-]*%-%d+$") ~= nil and not name:find("--", 1, true)
end

--- The regions of a list, each once, in the order given.
---@param list string
---@return string[]|nil
---@return string|nil err
function M.regions(list)
  local regions, seen = {}, {}
  for name in (list .. ","):gmatch("(.-),") do
    name = name:match("^%s*(.-)%s*$")
    if not M.is_region(name) then
      return nil, ("'%s' is no name of a region; they look like eu-west-1"):format(name)
    end
    if not seen[name] then
      seen[name], regions[#regions + 1] = true, name
    end
  end
  return regions
end

local FLAGS = { ["--public"] = "public", ["--dry-run"] = "dry_run" }
local VALUES = { ["--region"] = "regions", ["--from"] = "from", ["--to"] = "to" }

--- One option and its value: from "--to=x", or "--to" and the word behind it.
local function option_at(words, i)
  local name, value = words[i]:match("^(%-%-[^=]+)=(.*)$")
  name = name or words[i]
  if FLAGS[name] and not value then
    return i + 1, FLAGS[name], true
  elseif VALUES[name] then
    local after = value and i + 1 or i + 2
    value = value or words[i + 1]
    if not value or value == "" then
      return nil, name .. " needs a value"
    end
    return after, VALUES[name], value
  end
  return nil, ("unknown option '%s'"):format(words[i])
end

--- Reads the words after the program's name.
---@param words string[]
---@param checkout string  the folder that the defaults lie in, with a slash; "" for the working directory
---@return publishing.Options|nil
---@return string|nil err  "help" when the usage was asked for
function M.read(words, checkout)
  local options = { public = false, dry_run = false, from = checkout .. "build/layer", to = checkout .. "layers.json" }
  local i = 1
  while words[i] do
    if words[i] == "--help" or words[i] == "-h" then
      return nil, "help"
    end
    local next_i, key, value = option_at(words, i)
    if not next_i then
      return nil, key
    end
    options[key], i = value, next_i
  end
  if options.regions and options.regions ~= "all" then
    local err
    options.regions, err = M.regions(options.regions)
    if err then
      return nil, err
    end
  end
  return options
end

return M
