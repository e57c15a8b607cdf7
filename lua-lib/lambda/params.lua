--- Parameters of the SSM Parameter Store and secrets of the Secrets Manager, kept for a while (docs/params.md).
local cache = require("lambda.params.cache")
local hooks = require("lambda.native").hooks
local source = require("lambda.params.source")

-- A handler that forgets `local` may overwrite any global.
local string = string
local concat, error, getenv, math_type, next, require, tostring, type =
  table.concat, error, os.getenv, math.type, next, require, tostring, type

---@class lambda.params
local M = {}

local TTL_S = 300
local NAME_LIMIT_BYTES = 2048 -- of a parameter's ARN or a secret's

--- What every function takes; a function's own are added.
---@class lambda.params.Options
---@field ttl_s number?        how long a value is good for: 300; 0 asks each time
---@field max_stale_s number?  when asking fails: a value is good for so much longer; 0
---@field transform "json"|"binary"|nil  the value is JSON, or bytes in base64

---@class lambda.params.GetOptions: lambda.params.Options
---@field decrypt boolean?     true

---@class lambda.params.PathOptions: lambda.params.GetOptions
---@field recursive boolean?   true: also what is in folders below

---@class lambda.params.SecretOptions: lambda.params.Options
---@field version_stage string?  AWSCURRENT
---@field version_id string?

local COMMON = { ttl_s = "seconds", max_stale_s = "seconds", transform = "transform" }
local GET = { decrypt = "boolean" }
local BY_PATH = { decrypt = "boolean", recursive = "boolean" }
local SECRET = { version_stage = "string", version_id = "string" }

local CHECKS = {
  seconds = function(value) return math_type(value) and value >= 0 and value < 1e9 end,
  transform = function(value) return value == "json" or value == "binary" end,
  boolean = function(value) return value == true or value == false end,
  string = function(value) return type(value) == "string" and value ~= "" end,
}
local EXPECTED = {
  seconds = "seconds expected", transform = "'json' or 'binary' expected", boolean = "a boolean expected",
  string = "a string expected",
}

local function option_problem(options, own)
  if options ~= nil and type(options) ~= "table" then
    return string.format("a table of options expected, got %s", type(options))
  end
  for name, value in next, options or {} do
    local kind = COMMON[name] or own[name]
    if not kind then
      return string.format("there is no option '%s'", tostring(name))
    elseif not CHECKS[kind](value) then
      return string.format("%s: %s", name, EXPECTED[kind])
    end
  end
end

--- Raises what is wrong with the arguments of the public function that called.
local function check(caller, name, options, own)
  local position, problem
  if type(name) ~= "string" or name == "" or #name > NAME_LIMIT_BYTES or string.find(name, "%c") then
    position, problem = 1, string.format("a name of 1 to %d bytes expected, got %s", NAME_LIMIT_BYTES,
      type(name) == "string" and "another string" or type(name))
  else
    position, problem = 2, option_problem(options, own)
  end
  if problem then
    error(string.format("bad argument #%d to 'params.%s' (%s)", position, caller, problem), 3)
  end
end

--- The value that the text stands for. What is wrong with it is not said by quoting it.
local function transformed(name, text, transform)
  if transform == "json" then
    local value, problem = require("lambda.json").decode(text)
    if problem then
      return nil, source.problem(name, "NotJson", "its value is no JSON")
    end
    return value
  elseif transform == "binary" then
    local bytes = require("lambda.crypto").unbase64(text)
    if not bytes then
      return nil, source.problem(name, "NotBase64", "its value is no base64")
    end
    return bytes
  end
  return text
end

--- From the cache or else fetched; logs when it had to be a stale one.
local function cached(options, fetch, ...)
  local value, err, problem = cache.get(concat({ ... }, "\0"), options.ttl_s or TTL_S, options.max_stale_s or 0, fetch)
  if problem then
    require("lambda.log").warn("a stale value is used: " .. problem.message, { code = problem.code })
  end
  return value, err
end

local NONE = {}

--- A parameter. Its value is not shared: tables made of JSON are the caller's.
---@param name string  a name, an ARN, or name:version and name:label
---@param options lambda.params.GetOptions?
---@return any value
---@return lambda.params.Error? err
function M.get(name, options)
  check("get", name, options, GET)
  options = options or NONE
  local decrypt = options.decrypt ~= false
  local text, err = cached(options, function()
    return source.parameter(name, decrypt)
  end, "ssm", tostring(decrypt), name)
  if not text then
    return nil, err
  end
  return transformed(name, text, options.transform)
end

--- All parameters below a path, by their names behind it.
---@param path string  "/prod/"
---@param options lambda.params.PathOptions?
---@return table<string, any>? values
---@return lambda.params.Error? err
function M.get_by_path(path, options)
  check("get_by_path", path, options, BY_PATH)
  if string.sub(path, 1, 1) ~= "/" then
    error("bad argument #1 to 'params.get_by_path' (a path beginning with '/' expected)", 2)
  end
  options = options or NONE
  local decrypt, recursive = options.decrypt ~= false, options.recursive ~= false
  local texts, err = cached(options, function()
    return source.parameters_below(path, decrypt, recursive)
  end, "path", tostring(decrypt), tostring(recursive), path)
  if not texts then
    return nil, err
  end
  local prefix = string.gsub(path, "/*$", "/")
  local values = {}
  for name, text in next, texts do
    local short = string.sub(name, 1, #prefix) == prefix and string.sub(name, #prefix + 1) or name
    local value, problem = transformed(name, text, options.transform)
    if problem then
      return nil, problem
    end
    values[short] = value
  end
  return values
end

--- A secret.
---@param name string  a name or an ARN
---@param options lambda.params.SecretOptions?
---@return any value
---@return lambda.params.Error? err
function M.secret(name, options)
  check("secret", name, options, SECRET)
  options = options or NONE
  local bytes, err = cached(options, function()
    return source.secret(name, options.version_stage, options.version_id)
  end, "secret", options.version_stage or "", options.version_id or "", name)
  if not bytes then
    return nil, err
  end
  return transformed(name, bytes, options.transform)
end

--- Forgets all that was fetched: the next call asks again.
M.forget = cache.clear

-- What a snapshot holds may be months old when it is restored.
if getenv("AWS_LAMBDA_INITIALIZATION_TYPE") == "snap-start" and not hooks.is_loaded then
  require("lambda.lifecycle").after_restore(cache.clear)
end

return M
