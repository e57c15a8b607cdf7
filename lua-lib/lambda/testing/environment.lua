--- The variables that an app sees, and the settings that follow from them (runtime/settings.c).
local native = require("lambda.native")

local error, getenv, math_type, next, setmetatable, tonumber, tostring, type =
  error, os.getenv, math.type, next, setmetatable, tonumber, tostring, type
local concat, find, format, match, gsub = table.concat, string.find, string.format, string.match, string.gsub

local M = {}

--- What the spec's own process has under such names is not the function's: above all no credentials.
local HIDDEN = { "^AWS_", "^_", "^LUA_", "^LUNAMBDA_", "^LAMBDA_", "^ECS_", "^TZ$" }

local MARGIN_DEFAULT_MS = 100
local MARGIN_LIMIT_MS = 10 * 1000

---@param root string?
---@return string # absolute
function M.task_root(root)
  local here = native.working_directory() or "."
  return not root and here or find(root, "^/") and root or here .. "/" .. root
end

--- As Lambda has them.
local function defaults(handler, root, memory_mb)
  local name = gsub(match(match(handler, "([^/]*)$"), "^[^.]*"), "[^%w_-]", "_")
  name = name ~= "" and name or "function"
  return {
    _HANDLER = handler, LAMBDA_TASK_ROOT = root, LAMBDA_RUNTIME_DIR = "/var/runtime", TZ = ":UTC",
    AWS_LAMBDA_FUNCTION_NAME = name, AWS_LAMBDA_FUNCTION_VERSION = "$LATEST",
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE = tostring(memory_mb), AWS_LAMBDA_INITIALIZATION_TYPE = "on-demand",
    AWS_LAMBDA_LOG_GROUP_NAME = "/aws/lambda/" .. name, AWS_LAMBDA_LOG_STREAM_NAME = "2026/01/02/[$LATEST]made-up",
    AWS_REGION = "eu-west-1", AWS_DEFAULT_REGION = "eu-west-1",
    AWS_ACCESS_KEY_ID = "made-up", AWS_SECRET_ACCESS_KEY = "made-up", AWS_SESSION_TOKEN = "made-up",
  }
end

---@class lambda.testing.Environment
---@field private variables table<string, string|false>
local Environment = {}
Environment.__index = Environment

---@param name string
---@return string?
function Environment:get(name)
  local value = self.variables[name]
  if value ~= nil then
    return value or nil
  end
  for _, pattern in next, HIDDEN do
    if find(name, pattern) then
      return nil
    end
  end
  return getenv(name)
end

---@param name string
---@param value string|false|nil  false or nil: the variable is not there
function Environment:set(name, value)
  self.variables[name] = value or false
end

--- os.getenv of a world.
---@param os table
function Environment:install(os)
  function os.getenv(name)
    if type(name) ~= "string" then
      return getenv(name) -- which says what is wrong
    end
    return self:get(name)
  end
end

local function choose(environment, name, first, ...)
  local value = environment:get(name)
  local choices = { first, ... }
  for _, choice in next, choices do
    if value == choice or value == nil then
      return choice
    end
  end
  error({ type = "Runtime.ConfigInvalid", message = format("%s is '%s', which is none of: %s", name, value,
    concat(choices, ", ")) }, 0)
end

local function margin_ms(environment)
  local text = environment:get("LUNAMBDA_DEADLINE_MARGIN_MS")
  if not text then
    return MARGIN_DEFAULT_MS
  end
  local ms = find(text, "^%d+$") and tonumber(text)
  if math_type(ms) == "integer" and ms <= MARGIN_LIMIT_MS then
    return ms
  end
  error({ type = "Runtime.ConfigInvalid", message = format("LUNAMBDA_DEADLINE_MARGIN_MS is '%s', not a number of "
    .. "milliseconds from 0 (no deadline guard) to %d", text, MARGIN_LIMIT_MS) }, 0)
end

--- What lambda.boot is given. Raises a table with type and message.
---@return lambda.Settings
function Environment:settings()
  return {
    handler = self:get("_HANDLER"), task_root = self:get("LAMBDA_TASK_ROOT"),
    function_name = self:get("AWS_LAMBDA_FUNCTION_NAME"),
    function_version = self:get("AWS_LAMBDA_FUNCTION_VERSION"),
    log_group_name = self:get("AWS_LAMBDA_LOG_GROUP_NAME"),
    log_stream_name = self:get("AWS_LAMBDA_LOG_STREAM_NAME"),
    region = self:get("AWS_REGION") or self:get("AWS_DEFAULT_REGION"),
    init_type = self:get("AWS_LAMBDA_INITIALIZATION_TYPE"),
    memory_limit_in_mb = tonumber(self:get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")),
    convention = choose(self, "LUNAMBDA_EVENT", "json", "string", "stdio", "http"),
  }
end

--- Of the codec, and of the guard. Raises as above.
---@return lambda.json.DecodeOptions
---@return integer margin_ms
function Environment:limits()
  return {
    bigint = choose(self, "LUNAMBDA_BIGINT", "float", "string"),
    encoding = choose(self, "LUNAMBDA_ENCODING", "strict", "replace"),
  }, margin_ms(self)
end

---@param handler string
---@param options lambda.testing.Options
---@return lambda.testing.Environment
function M.new(handler, options)
  local variables = defaults(handler, M.task_root(options.root), options.memory_mb or 128)
  for name, value in next, options.env or {} do
    if type(name) ~= "string" or value and type(value) ~= "string" then
      error(format("bad option 'env' (%s must be a string, or false for none, got a %s)", tostring(name),
        type(value)), 4)
    end
    variables[name] = value
  end
  return setmetatable({ variables = variables }, Environment)
end

return M
