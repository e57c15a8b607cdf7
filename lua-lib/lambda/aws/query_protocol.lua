--- AWS's Query protocol, as SNS speaks it: a form in, XML out
--- (https://docs.aws.amazon.com/sns/latest/api/API_Operations.html).
local failure = require("lambda.aws.failure")
local transport = require("lambda.aws.transport")
local xml = require("lambda.aws.xml")

-- A handler that forgets `local` may overwrite any global.
local string = string
local error, format, ipairs, math_type, next, pcall, require, sort, tostring, type =
  error, string.format, ipairs, math.type, next, pcall, require, table.sort, tostring, type

local M = {}

local VERSION = "2010-03-31"
local DEPTH_LIMIT = 8
--- What maps are called, and what their names and values are.
local MAPS = {
  MessageAttributes = { "Name", "Value" }, Attributes = { "key", "value" }, attributes = { "key", "value" },
}

local put

local function sorted_names(map)
  local names = {}
  for name in next, map do
    names[#names + 1] = name
  end
  sort(names, function(a, b) return tostring(a) < tostring(b) end)
  return names
end

local function put_map(form, prefix, map, depth, labels)
  for index, name in ipairs(sorted_names(map)) do
    local entry = format("%s.entry.%d.", prefix, index)
    put(form, entry .. labels[1], name, depth + 1)
    put(form, entry .. labels[2], map[name], depth + 1)
  end
end

local function put_table(form, prefix, value, depth)
  local labels = MAPS[string.match(prefix, "([^.]*)$")]
  if depth > DEPTH_LIMIT then
    error(format("%s: nested deeper than %d levels", prefix, DEPTH_LIMIT), 0)
  elseif labels and #value == 0 then -- GetSMSAttributes has a list of that name
    return put_map(form, prefix, value, depth, labels)
  end
  for _, name in ipairs(sorted_names(value)) do
    local step = math_type(name) and format(".member.%d", name) or "." .. tostring(name)
    put(form, prefix .. step, value[name], depth + 1)
  end
end

--- A parameter into the form, its parts as names with dots.
function put(form, name, value, depth)
  if type(value) == "table" then
    return put_table(form, name, value, depth)
  elseif type(value) ~= "string" and type(value) ~= "boolean" and math_type(value) ~= "integer" then
    error(format("%s: a %s is no parameter", name, type(value)), 0)
  end
  form[name] = tostring(value)
end

local function form_of(operation, parameters)
  local form = { Action = operation, Version = VERSION }
  for name, value in next, parameters do
    put(form, tostring(name), value, 1)
  end
  return form
end

local plain

local function list_of_members(element)
  local list = require("lambda.json").array()
  for index, member in ipairs(element) do
    list[index] = plain(member)
  end
  return list
end

local function map_of_entries(element)
  local map = {}
  for _, entry in ipairs(element) do
    local value = xml.child(entry, "value") or xml.child(entry, "Value")
    map[xml.text(entry, "key") or xml.text(entry, "Name") or ""] = value and plain(value)
  end
  return map
end

--- What an element without children is, where it is no text.
local EMPTY = { Attributes = function() return {} end, attributes = function() return {} end }
for name in string.gmatch([[
  Endpoints Failed NumberCapabilities PhoneNumbers PlatformApplications Subscriptions Successful Tags Topics
  phoneNumbers]], "%S+") do
  EMPTY[name] = function() return require("lambda.json").array() end
end

--- An element as a value: text, a list, a map or a table of its children.
function plain(element)
  local first = element[1]
  if not first then
    local empty = EMPTY[element.name]
    return empty and empty() or element.text
  elseif first.name == "member" then
    return list_of_members(element)
  elseif first.name == "entry" then
    return map_of_entries(element)
  end
  local fields = {}
  for _, child in ipairs(element) do
    fields[child.name] = plain(child)
  end
  return fields
end

local function read_error(response)
  local problem = xml.child(xml.read(response.body or ""), "Error")
  return xml.text(problem, "Code"), xml.text(problem, "Message")
end

--- Calls an operation.
---@param client lambda.aws.Client
---@param operation string  "Publish"
---@param parameters table?
---@param options lambda.aws.CallOptions
---@return table? result
---@return lambda.aws.Error? err
function M.call(client, operation, parameters, options)
  local ok, form = pcall(form_of, operation, parameters or {})
  if not ok then
    return nil, failure.new(client.name, operation, { code = "InvalidRequest", reason = form })
  end
  local response, err = transport.send(client, {
    operation = operation, read_error = read_error,
    build = function(url)
      return { method = "POST", url = url .. "/", form = form, timeout_ms = options.timeout_ms }
    end,
  })
  if not response then
    return nil, err
  end
  local root, problem = xml.read(response.body)
  if not root or root.name ~= operation .. "Response" then
    return nil, transport.invalid(client, operation, response, problem or format("no %sResponse", operation))
  end
  local result = xml.child(root, operation .. "Result")
  return result and result[1] and plain(result) or {}
end

return M
