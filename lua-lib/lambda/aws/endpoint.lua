--- Where a service answers: region, host, and what a host tells of both.
--- https://docs.aws.amazon.com/general/latest/gr/rande.html
local errors = require("lambda.errors")

-- A handler that forgets `local` may overwrite any global.
local string = string
local format, getenv, ipairs, type = string.format, os.getenv, ipairs, type

local M = {}

--- By what a region begins with; all others are in amazonaws.com.
local SUFFIXES = {
  { "^cn%-", "amazonaws.com.cn" }, { "^us%-iso%-", "c2s.ic.gov" }, { "^us%-isob%-", "sc2s.sgov.gov" },
  { "^eu%-isoe%-", "cloud.adc-e.uk" }, { "^us%-isof%-", "csp.hci.ic.gov" }, { "^eusc%-", "amazonaws.eu" },
}
--- Labels of hosts that are not the name to sign for.
local SIGNED_AS = {
  ["lambda-url"] = "lambda", ["appsync-api"] = "appsync", ["s3-accelerate"] = "s3", dualstack = "s3", email = "ses",
  ["bedrock-runtime"] = "bedrock", ["bedrock-agent"] = "bedrock", ["bedrock-agent-runtime"] = "bedrock",
}
--- Domains have their region in front of these: "search-d.eu-west-1.es".
local BEHIND_REGION = { es = true, aoss = true }
local BASE = "^[Hh][Tt][Tt][Pp][Ss]?://[^/?#%s%c@]+"
local REGION = "^%a+%-[%a-]+%-%d+$"

---@param name string
---@return string?  nil where it is empty, as unset
local function variable(name)
  local value = getenv(name)
  return value ~= "" and value or nil
end

--- A failure of the configuration.
---@return lambda.Error
local function misconfigured(message)
  local err = errors.new("AwsError", message)
  err.code, err.is_retryable = "ConfigurationError", false
  return err
end

--- The region to work in.
---@return string? region
---@return lambda.Error? err
function M.region()
  local region = variable("AWS_REGION") or variable("AWS_DEFAULT_REGION")
  if not region then
    return nil, misconfigured("no region: neither AWS_REGION nor AWS_DEFAULT_REGION is set, and no region was given")
  elseif not M.is_region(region) then
    return nil, misconfigured("AWS_REGION or AWS_DEFAULT_REGION is no name of a region (letters, digits, hyphens)")
  end
  return region
end

--- It becomes part of a host's name.
---@param region any
---@return boolean
function M.is_region(region)
  return type(region) == "string" and string.find(region, "^%w[%w-]*$") ~= nil
end

local function suffix(region)
  for _, entry in ipairs(SUFFIXES) do
    if string.find(region, entry[1]) then
      return entry[2]
    end
  end
  return "amazonaws.com"
end

--- The override of a service, or of all.
---@param env_name string  "SECRETS_MANAGER"
---@return string? url
function M.override(env_name)
  if string.lower(getenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS") or "") == "true" then
    return nil
  end
  return variable("AWS_ENDPOINT_URL_" .. env_name) or variable("AWS_ENDPOINT_URL")
end

--- The URL of a service, without a slash at its end.
---@param service lambda.aws.Service
---@param region string
---@param given string?  the caller's own
---@return string? url
---@return boolean|lambda.Error is_custom  or why there is none
function M.url(service, region, given)
  local custom = given or M.override(service.env)
  if not custom then
    return format("https://%s.%s.%s", service.prefix, region, suffix(region)), false
  elseif not string.find(custom, BASE .. "$") and not string.find(custom, BASE .. "/[^?#%s%c]*$") then
    return nil, misconfigured(given and "the endpoint given is no http:// or https:// URL"
      or format("AWS_ENDPOINT_URL_%s or AWS_ENDPOINT_URL is no http:// or https:// URL", service.env))
  end
  return (string.gsub(custom, "/+$", "")), true
end

--- What is in front of a domain of AWS's; empty where it is another's.
local function front_of(host)
  local name = string.gsub(host, ":%d+$", "")
  local front = string.match(name, "^(.*)%.amazonaws%.com$") or string.match(name, "^(.*)%.amazonaws%.com%.cn$")
    or string.match(name, "^(.*)%.on%.aws$") or string.match(name, "^(.*)%.amazonaws%.eu$")
  return (string.gsub(front or "", "%.vpce$", ""))
end

--- Service and region of a host of AWS's; nil where its name does not tell them.
---@param host string
---@return string? service
---@return string? region
function M.scope(host)
  local before, last = string.match(front_of(host), "^(.-)%.?([^.]+)$")
  if not last then
    return nil
  end
  local label = string.match(before, "([^.]*)$")
  if string.find(last, REGION) then
    return label ~= "" and (SIGNED_AS[label] or label) or nil, last
  end
  return SIGNED_AS[last] or last, BEHIND_REGION[last] and label or nil -- a global host has none: "iam", "bucket.s3"
end

M.misconfigured = misconfigured

return M
