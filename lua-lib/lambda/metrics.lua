--- CloudWatch metrics as lines of the log, in the Embedded Metric Format: no call of any API, no waiting.
--- https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
local json = require("lambda.json")
local native = require("lambda.native")

-- A handler that forgets `local` may overwrite any global.
local string = string
local error, getenv, next, require, setmetatable, sort, tostring, type =
  error, os.getenv, next, require, setmetatable, table.sort, tostring, type
local math_type = math.type

-- The format's limits.
local METRICS_LIMIT = 100 -- in one line
local VALUES_LIMIT = 100 -- of one metric in one line
local DIMENSIONS_LIMIT = 30
local NAME_LIMIT_BYTES = 255
local VALUE_LIMIT_BYTES = 1024 -- of a dimension
local MAGNITUDE_LIMIT = 2.0 ^ 360 -- of a metric's value (PutMetricData)

local ENCODING = { sort = true, encoding = "replace" }

local UNITS = {}
for unit in string.gmatch("Seconds Microseconds Milliseconds Percent Count None "
  .. "Bytes Kilobytes Megabytes Gigabytes Terabytes Bits Kilobits Megabits Gigabits Terabits "
  .. "Bytes/Second Kilobytes/Second Megabytes/Second Gigabytes/Second Terabytes/Second "
  .. "Bits/Second Kilobits/Second Megabits/Second Gigabits/Second Terabits/Second Count/Second", "%S+") do
  UNITS[unit] = true
end

---@class lambda.metrics.Options
---@field namespace string
---@field dimensions table<string, string|number>?  of every metric; FunctionName unless given

---@class lambda.Metrics
---@field private namespace string
---@field private dimensions table<string, string>
---@field private names string[]        of the dimensions, in order
---@field private values table<string, number[]>
---@field private list table[]          definitions of the metrics, in the order of their first value
---@field private definitions table<string, table>  the same by name
---@field private properties table<string, any>
---@field private parent lambda.Metrics?
---@field private children table<lambda.Metrics, true>  those that have something to write, or to forget
local Metrics = {}
Metrics.__index = Metrics

---@class lambda.metrics
local M = {}

--- What is wrong with an argument, for error(…, 2) of the public function.
local function bad(position, name, format, ...)
  return string.format("bad argument #%d to 'metrics.%s' (%s)", position, name, string.format(format, ...))
end

--- Printable ASCII, some of it not blank.
local function is_printable(text, limit_bytes)
  return #text <= limit_bytes and string.find(text, "^[\32-\126]*[\33-\126][\32-\126]*$") ~= nil
end

--- What is wrong with a name of a metric, a dimension or a property.
local function name_problem(caller, name)
  if type(name) ~= "string" then
    return bad(1, caller, "a name expected, got %s", type(name))
  elseif not is_printable(name, NAME_LIMIT_BYTES) or string.sub(name, 1, 1) == ":" or name == "_aws" then
    return bad(1, caller, "%q is no name: 1 to %d printable ASCII characters, not all blank, the first not ':'",
      string.sub(name, 1, NAME_LIMIT_BYTES), NAME_LIMIT_BYTES)
  end
end

local function dimension_problem(caller, name, value)
  local text = (type(value) == "string" or math_type(value)) and tostring(value)
  if not text or not is_printable(text, VALUE_LIMIT_BYTES) then
    return bad(1, caller, "the dimension '%s' must be 1 to %d printable ASCII characters", name, VALUE_LIMIT_BYTES)
  end
end

--- The dimensions as strings, the inherited ones among them, and their names in order; or nil and what is wrong.
local function collect(caller, dimensions, inherited)
  local all, names = {}, {}
  for name, value in next, inherited do
    all[name] = value
  end
  for name, value in next, dimensions do
    local problem = name_problem(caller, name) or dimension_problem(caller, name, value)
    if problem then
      return nil, problem
    end
    all[name] = tostring(value)
  end
  for name in next, all do
    names[#names + 1] = name
  end
  if #names > DIMENSIONS_LIMIT then
    return nil, bad(1, caller, "%d dimensions are more than %d", #names, DIMENSIONS_LIMIT)
  end
  sort(names)
  return all, names
end

local function create(namespace, dimensions, names)
  return setmetatable({
    namespace = namespace, dimensions = dimensions, names = names,
    values = {}, definitions = {}, list = {}, properties = {}, children = {},
  }, Metrics)
end

local function options_problem(options)
  if type(options) ~= "table" then
    return bad(1, "new", "a table of options expected, got %s", type(options))
  end
  local namespace, dimensions = options.namespace, options.dimensions
  if type(namespace) ~= "string" or #namespace > NAME_LIMIT_BYTES or not string.find(namespace, "^[%w._/#:%-]+$")
    or string.find(namespace, "^AWS/") then
    return bad(1, "new", "a namespace expected: letters, digits and . - _ / # :, not beginning with AWS/")
  elseif dimensions ~= nil and type(dimensions) ~= "table" then
    return bad(1, "new", "dimensions: a table expected, got %s", type(dimensions))
  end
end

--- Metrics of one namespace. Made while the handler's file loads, they are also written after each event, should
--- nobody have called flush.
---@param options lambda.metrics.Options
---@return lambda.Metrics
function M.new(options)
  local problem = options_problem(options)
  if problem then
    error(problem, 2)
  end
  local dimensions = options.dimensions or { FunctionName = getenv("AWS_LAMBDA_FUNCTION_NAME") }
  local all, names = collect("new", dimensions, {})
  if not all then
    error(names, 2)
  end
  local metrics = create(options.namespace, all, names)
  if not native.hooks.is_loaded then
    require("lambda.lifecycle").after(function()
      metrics:flush()
    end)
  end
  return metrics
end

local function value_problem(value)
  if not math_type(value) then
    return bad(2, "add", "a number expected, got %s", type(value))
  elseif value ~= value or value > MAGNITUDE_LIMIT or value < -MAGNITUDE_LIMIT then
    return bad(2, "add", "%s is outside of what CloudWatch stores", tostring(value))
  end
end

local function metric_problem(metrics, name, unit, resolution)
  if unit ~= nil and not UNITS[unit] then
    return bad(3, "add", "'%s' is no unit of CloudWatch, such as Count, Milliseconds, Bytes", tostring(unit))
  elseif resolution ~= nil and resolution ~= 1 and resolution ~= 60 then
    return bad(4, "add", "a resolution of 1 or 60 seconds expected, got %s", tostring(resolution))
  elseif metrics.dimensions[name] or metrics.properties[name] ~= nil then
    return bad(1, "add", "'%s' is a dimension or a property already", name)
  end
end

--- Whether a value is of the same kind as those before. Who does not say means the same.
local function is_same(definition, unit, resolution)
  return (unit or definition.Unit) == definition.Unit
    and (resolution or definition.StorageResolution) == definition.StorageResolution
end

--- The list of values that a metric's next one belongs to.
local function open_values(metrics, name, unit, resolution)
  local values, known = metrics.values[name], metrics.definitions[name]
  if values and #values < VALUES_LIMIT and is_same(known, unit, resolution) then
    return values
  elseif values or #metrics.list >= METRICS_LIMIT then
    metrics:write()
  end
  values = {}
  metrics.values[name] = values
  local definition = { Name = name, Unit = unit, StorageResolution = resolution }
  metrics.list[#metrics.list + 1], metrics.definitions[name] = definition, definition
  return values
end

--- Notes one value. Several values of a name become one metric with all of them.
---@param name string
---@param value number
---@param unit string?                 as CloudWatch names it: "Count", "Milliseconds", …; None unless given
---@param resolution_seconds integer?  60 unless given; 1 for a metric of high resolution
---@return lambda.Metrics self
function Metrics:add(name, value, unit, resolution_seconds)
  local problem = name_problem("add", name) or value_problem(value)
    or metric_problem(self, name, unit, resolution_seconds)
  if problem then
    error(problem, 2)
  end
  local values = open_values(self, name, unit, resolution_seconds)
  values[#values + 1] = value
  if self.parent then
    self.parent.children[self] = true
  end
  return self
end

--- Something that stands beside the metrics of this event in the log, to be searched for: an order's number.
---@param name string
---@param value any  what JSON can hold
---@return lambda.Metrics self
function Metrics:property(name, value)
  local problem = name_problem("property", name)
  if not problem and (self.dimensions[name] or self.values[name]) then
    problem = bad(1, "property", "'%s' is a dimension or a metric already", name)
  end
  if not problem then
    local _, reason = json.encode(value, ENCODING)
    problem = reason and bad(2, "property", "%s", reason)
  end
  if problem then
    error(problem, 2)
  end
  self.properties[name] = value
  if self.parent then
    self.parent.children[self] = true
  end
  return self
end

--- Metrics with further dimensions; flushed together with these.
---@param dimensions table<string, string|number>
---@return lambda.Metrics
function Metrics:with(dimensions)
  if type(dimensions) ~= "table" then
    error(bad(1, "with", "a table of dimensions expected, got %s", type(dimensions)), 2)
  end
  local all, names = collect("with", dimensions, self.dimensions)
  if not all then
    error(names, 2)
  end
  local child = create(self.namespace, all, names)
  child.parent = self.parent or self
  return child
end

--- One line: the metrics noted so far, and the properties.
---@private
function Metrics:write()
  if #self.list == 0 then
    return
  end
  local line = {}
  for name, value in next, self.properties do
    line[name] = value
  end
  for name, values in next, self.values do
    line[name] = #values == 1 and values[1] or values
  end
  for name, value in next, self.dimensions do
    line[name] = value
  end
  line._aws = {
    Timestamp = native.now_ms(),
    CloudWatchMetrics = { {
      Namespace = self.namespace, Dimensions = { json.array(self.names) }, Metrics = self.list,
    } },
  }
  self.values, self.definitions, self.list = {}, {}, {}
  local text, problem = json.encode(line, ENCODING)
  if text then
    native.log.line((string.gsub(text, "[\r\n]", " "))) -- a newline can only be white space of lambda.raw
  else -- a property that was changed since
    require("lambda.log").error("metrics are lost: " .. problem)
  end
end

--- Writes what was noted, and forgets it, properties too. Nothing is written where nothing was noted.
function Metrics:flush()
  self:write()
  self.properties = {}
  local children = self.children
  self.children = {}
  for child in next, children do
    child:flush()
  end
end

--- A handler that flushes when it ends, also by an error.
---@generic F: fun(event: any, context: any): any
---@param handler F
---@return F
function Metrics:wrap(handler)
  if type(handler) ~= "function" then
    error(string.format("bad argument #1 to 'metrics.wrap' (a function expected, got %s)", type(handler)), 2)
  end
  local flusher = setmetatable({}, { __close = function()
    self:flush()
  end })
  return function(...)
    local _ <close> = flusher -- unlike pcall it leaves the error its stack trace
    return handler(...)
  end
end

return M
