--- An event by the name of its builder and the JSON of its options, for the lunambda tool.
local events = require("lambda.events")
local json = require("lambda.json")

local M = {}

--- The names of all events, a line each.
---@return string
function M.list()
  return table.concat(events.names(), "\n") .. "\n"
end

--- The options, decoded; null means the same as none.
---@return table?
---@return string? problem
local function read_options(name, text)
  if not text or not text:find("%S") then
    return nil
  end
  local options, problem = json.decode(text)
  if problem then
    return nil, ("the options of the event %s are not JSON: %s"):format(name, problem)
  elseif type(options) ~= "table" or text:find("^%s*%[") then
    return nil, ("the options of the event %s must be a JSON object, such as {}"):format(name)
  end
  for option, value in pairs(options) do
    if value == json.null then
      options[option] = nil
    end
  end
  return options
end

---@param name string      "sqs", "apigw_v2" or "apigw-v2"
---@param options string?  JSON, an object; none: the defaults
---@param indent integer?  spaces a level
---@return string? event   JSON
---@return string? problem
function M.make(name, options, indent)
  local build = events[name:gsub("-", "_")]
  if type(build) ~= "function" or name == "names" then
    return nil, ("there is no event '%s', but %s"):format(name, table.concat(events.names(), ", "))
  end
  local given, problem = read_options(name, options)
  if problem then
    return nil, problem
  end
  local ok, event = pcall(build, given)
  if not ok then
    return nil, (tostring(event):gsub("^[^:%]]*%]?:%d+: ", ""))
  end
  return json.encode(event, { sort = true, indent = indent })
end

return M
