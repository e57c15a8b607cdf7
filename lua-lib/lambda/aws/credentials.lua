--- Who signs: from the environment, which is read again at each call, or from the container's endpoint.
--- https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html
local json = require("lambda.json")
local misconfigured = require("lambda.aws.endpoint").misconfigured
local native = require("lambda.native")
local time = require("lambda.aws.time")

-- A handler that forgets `local` may overwrite any global.
local string = string
local format, getenv, open, require, type = string.format, os.getenv, io.open, require, type

local M = {}

local EARLY_MS = 5 * 60 * 1000 -- fetched anew so long before they expire
local TIMEOUT_MS = 2000
local BODY_LIMIT_BYTES = 64 * 1024
local TOKEN_LIMIT_BYTES = 16 * 1024
local RELATIVE_HOST = "http://169.254.170.2"
--- Without TLS the token goes nowhere else.
local TRUSTED = {
  ["169.254.170.2"] = true, ["169.254.170.23"] = true, ["[fd00:ec2::23]"] = true, ["[::1]"] = true, localhost = true,
}

local function variable(name)
  local value = getenv(name)
  return value ~= "" and value or nil
end

local function from_environment()
  local id, secret = variable("AWS_ACCESS_KEY_ID"), variable("AWS_SECRET_ACCESS_KEY")
  if id and secret then
    return { access_key_id = id, secret_access_key = secret, session_token = variable("AWS_SESSION_TOKEN") }
  elseif id or secret then
    return nil, misconfigured(format("no AWS credentials: %s is set, but %s is not",
      id and "AWS_ACCESS_KEY_ID" or "AWS_SECRET_ACCESS_KEY", id and "AWS_SECRET_ACCESS_KEY" or "AWS_ACCESS_KEY_ID"))
  end
end

--- Whether a URL leads where the token may go: anywhere with TLS, else to this host and the two of the platforms.
local function is_trusted(url)
  local scheme, authority = string.match(url, "^(%a+)://([^/?#]+)")
  if not scheme or not string.find(authority, "^%[?[%w.:-]+%]?:?%d*$") then -- no user: it would hide the host
    return false
  end
  local host = string.lower(string.match(authority, "^%[[%x:]+%]") or string.match(authority, "^[%w.-]*"))
  scheme = string.lower(scheme)
  return scheme == "https" or scheme == "http" and (TRUSTED[host] or string.find(host, "^127%.%d+%.%d+%.%d+$") ~= nil)
end

--- The URL of the endpoint; nothing where there is none; nil and why it is not asked.
local function endpoint_url()
  local relative, full = variable("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"),
    variable("AWS_CONTAINER_CREDENTIALS_FULL_URI")
  if relative then
    if string.sub(relative, 1, 1) ~= "/" then
      return nil, misconfigured("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI does not begin with a slash")
    end
    return RELATIVE_HOST .. relative
  elseif not full or is_trusted(full) then
    return full
  end
  return nil, misconfigured("AWS_CONTAINER_CREDENTIALS_FULL_URI is neither https:// nor on this host, 169.254.170.2 "
    .. "or 169.254.170.23, and gets no request")
end

--- What the endpoint wants to see; nil and why it cannot be had.
local function authorization()
  local path = variable("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE")
  local token = variable("AWS_CONTAINER_AUTHORIZATION_TOKEN")
  if path then
    local file, problem = open(path, "rb")
    token = file and file:read(TOKEN_LIMIT_BYTES) or nil
    if file then
      file:close()
    end
    if not token then
      return nil, misconfigured("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: " .. (problem or "there is nothing in it"))
    end
    token = string.gsub(token, "%s+$", "")
  end
  if token and string.find(token, "%c") then
    return nil, misconfigured("the container's authorization token has a control character in it")
  end
  return token
end

--- The document of the endpoint as credentials; nil where it is none.
local function read(document)
  if type(document) ~= "table" or type(document.AccessKeyId) ~= "string"
    or type(document.SecretAccessKey) ~= "string" then
    return nil
  end
  local credentials = { access_key_id = document.AccessKeyId, secret_access_key = document.SecretAccessKey }
  if type(document.Token) == "string" then
    credentials.session_token = document.Token
  end
  return credentials, time.from_iso(type(document.Expiration) == "string" and document.Expiration or nil)
end

local function fetch(url, token)
  local response, err = require("lambda.http").get(url, {
    headers = { Accept = "application/json", Authorization = token }, timeout_ms = TIMEOUT_MS, follow = 0,
    max_bytes = BODY_LIMIT_BYTES, direct = true,
  })
  if not response then
    return nil, misconfigured("no AWS credentials: the container's endpoint: " .. err.message)
  elseif response.status ~= 200 then
    return nil, misconfigured(format("no AWS credentials: the container's endpoint answered %d", response.status))
  end
  local credentials, expires_ms = read((json.decode(response.body)))
  if not credentials then
    return nil, misconfigured("no AWS credentials: the container's endpoint answered no JSON with AccessKeyId and "
      .. "SecretAccessKey")
  end
  return credentials, expires_ms
end

--- What the endpoint gave last, and for which URL and token.
---@type { name: string, credentials: lambda.aws.Credentials, expires_ms: integer }?
local kept

--- Forgets what the endpoint gave: a snapshot must not carry it, a service has refused it.
function M.forget()
  kept = nil
end

if not native.hooks.is_loaded then
  local lifecycle = require("lambda.lifecycle")
  lifecycle.before_snapshot(function()
    M.forget()
    require("lambda.aws.signing").forget()
  end)
end

--- What was kept, if it is good for that long still.
local function usable_for(name, left_ms)
  return kept and kept.name == name and kept.expires_ms - left_ms > native.now_ms() and kept.credentials or nil
end

local function from_endpoint(url)
  local token, problem = authorization()
  if problem then
    return nil, problem
  end
  local name = url .. "\n" .. (token or "")
  local fresh = usable_for(name, EARLY_MS)
  if fresh then
    return fresh
  end
  local credentials, answer = fetch(url, token)
  if credentials then
    kept = answer and { name = name, credentials = credentials, expires_ms = answer } or nil
    return credentials
  end
  credentials = usable_for(name, 0)
  return credentials, not credentials and answer or nil
end

--- The credentials of now.
---@return lambda.aws.Credentials? credentials
---@return lambda.Error? err  which names the variables, never their values
function M.get()
  local credentials, problem = from_environment()
  if credentials or problem then
    return credentials, problem
  end
  local url
  url, problem = endpoint_url()
  if url then
    return from_endpoint(url)
  end
  return nil, problem or misconfigured("no AWS credentials: looked for AWS_ACCESS_KEY_ID with AWS_SECRET_ACCESS_KEY, "
    .. "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI and AWS_CONTAINER_CREDENTIALS_FULL_URI; a function in AWS has them "
    .. "by its role")
end

return M
