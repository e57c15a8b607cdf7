--- What a signature is made of, before it is made: the request settled, where and as whom, the key.
local canonical = require("lambda.aws.canonical")
local checked = require("lambda.aws.options")
local crypto = require("lambda.crypto")
local native = require("lambda.native")
local requests = require("lambda.http.request")
local time = require("lambda.aws.time")

-- A handler that forgets `local` may overwrite any global.
local string = string
local error, format, next, require, type = error, string.format, next, require, type

local M = {}

local EXPIRY_LIMIT_S = 7 * 24 * 3600
local KEYS_LIMIT = 16

---@class lambda.aws.Credentials
---@field access_key_id string
---@field secret_access_key string
---@field session_token string?

---@class lambda.aws.SignOptions
---@field service string?      as in the scope, "execute-api"; told from the host of an AWS URL
---@field region string?       the same; else AWS_REGION
---@field credentials lambda.aws.Credentials?  lambda.aws.credentials gives them otherwise
---@field date string?         "20150830T123600Z"; now
---@field sign_token boolean?  false: the session token is sent, but not signed
---@field unsigned_payload boolean?  the body is left out of it, as S3 allows
---@field sign_body boolean?   sends the body's digest in X-Amz-Content-Sha256; S3 always gets it
---@field normalize boolean?   false: dot segments and doubled slashes stay in the signed path; never for S3
---@field expires integer?     seconds that a presigned URL is good for, 900

local OPTIONS = {
  service = "string", region = "string", credentials = "table", date = "string", sign_token = "boolean",
  unsigned_payload = "boolean", sign_body = "boolean", normalize = "boolean", expires = "count",
}

--- What is wrong with the options of a signature: the caller's mistake.
---@param options any
---@return string?
function M.problem(options)
  local problem = checked.problem(OPTIONS, options)
  local expires = not problem and options.expires
  if not problem and options.date and not string.find(options.date, "^%d%d%d%d%d%d%d%dT%d%d%d%d%d%dZ$") then
    return "date: a text like 20150830T123600Z expected"
  elseif not problem and options.credentials and not checked.are_credentials(options.credentials) then
    return "credentials: access_key_id and secret_access_key expected"
  elseif expires and (expires < 1 or expires > EXPIRY_LIMIT_S) then
    return format("expires: 1 to %d seconds expected", EXPIRY_LIMIT_S)
  end
  return problem
end

local cache, cached = {}, 0

--- The key of a day, a region and a service, kept until it is replaced: four HMACs less a request.
local function signing_key(secret, day, region, service)
  local name = day .. "/" .. region .. "/" .. service .. "/" .. secret
  local key = cache[name]
  if not key then
    local hmac = crypto.hmac_sha256
    key = hmac(hmac(hmac(hmac("AWS4" .. secret, day), region), service), "aws4_request")
    if cached == KEYS_LIMIT then
      cache, cached = {}, 0
    end
    cache[name], cached = key, cached + 1
  end
  return key
end

--- Forgets the keys; for SnapStart's snapshot.
function M.forget()
  cache, cached = {}, 0
end

---@class lambda.aws.Signing
---@field request table       a copy, with method, body and headers
---@field url lambda.aws.Url
---@field options lambda.aws.SignOptions
---@field credentials lambda.aws.Credentials
---@field date string
---@field scope string
---@field is_object boolean   for S3
---@field key string          derived from the secret

--- Where and as whom; nil and why that cannot be known.
local function resolve(url, options)
  local endpoint = require("lambda.aws.endpoint")
  local credentials, problem = options.credentials, nil
  if not credentials then
    credentials, problem = require("lambda.aws.credentials").get()
  end
  local service, region = options.service, options.region
  if not service or not region then
    local told_service, told_region = endpoint.scope(url.host)
    service, region = service or told_service, region or told_region
  end
  if not problem and not region then
    region, problem = endpoint.region()
  end
  return credentials, service, region, problem
end

--- What a signature brings itself.
local REPLACED = { authorization = true, ["x-amz-date"] = true, ["x-amz-security-token"] = true }

--- The body as bytes, the headers as they will be sent; nil and what is wrong.
local function settle(request)
  local body, content_type, problem = requests.read_body(request)
  if problem then
    return nil, problem
  end
  local settled = checked.copy(request)
  settled.headers, settled.body = checked.copy(request.headers), body
  settled.json, settled.form, settled.query = nil, nil, nil
  settled.method = string.upper(request.method or (body and "POST" or "GET"))
  for name in next, request.headers or {} do
    local lower = type(name) == "string" and string.lower(name)
    if REPLACED[lower] then
      settled.headers[name] = nil
    end
    content_type = lower ~= "content-type" and content_type or nil
  end
  settled.headers["Content-Type"] = settled.headers["Content-Type"] or content_type
  return settled
end

local function check(name, request, options)
  local problem = requests.problem(request) or M.problem(options)
  if problem then
    error(format("bad argument to 'aws.%s' (%s)", name, problem), 4)
  end
end

--- Raises for the caller of sign or presign, the third from here.
---@param name "sign"|"presign"
---@param request lambda.http.Request
---@param options lambda.aws.SignOptions
---@return lambda.aws.Signing?
---@return string|lambda.Error|nil
function M.prepare(name, request, options)
  check(name, request, options)
  local url = canonical.parts(requests.with_query(request.url, request.query))
  if not url then
    return nil, "not an http:// or https:// URL: " .. require("lambda.http.failure").shown(request.url)
  end
  local settled, problem = settle(request)
  if not settled then
    return nil, problem
  end
  local credentials, service, region
  credentials, service, region, problem = resolve(url, options)
  if problem then
    return nil, problem
  elseif not service then
    error(format("bad argument to 'aws.%s' (service: %s is no host whose name tells it)", name, url.host), 3)
  end
  local date = options.date or time.basic(native.now_ms())
  local day = string.sub(date, 1, 8)
  return {
    request = settled, url = url, options = options, credentials = credentials, date = date,
    scope = format("%s/%s/%s/aws4_request", day, region, service), is_object = service == "s3",
    key = signing_key(credentials.secret_access_key, day, region, service),
  }
end

return M
