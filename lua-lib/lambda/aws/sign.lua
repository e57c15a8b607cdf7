--- Signature Version 4, in the headers of a request or in its URL. docs/aws.md
--- https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
local canonical = require("lambda.aws.canonical")
local crypto = require("lambda.crypto")
local native = require("lambda.native")
local requests = require("lambda.http.request")
local time = require("lambda.aws.time")

-- A handler that forgets `local` may overwrite any global.
local string = string
local concat, error, format, math_type, next, pcall, require, type =
  table.concat, error, string.format, math.type, next, pcall, require, type

local M = {}

local ALGORITHM = "AWS4-HMAC-SHA256"
local EXPIRY_LIMIT_S = 7 * 24 * 3600
local EXPIRY_S = 15 * 60
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
  unsigned_payload = "boolean", sign_body = "boolean", normalize = "boolean", expires = "number",
}

local function option_problem(options)
  for name, value in next, options do
    if type(value) ~= OPTIONS[name] then
      return OPTIONS[name] and format("%s: a %s expected, got %s", name, OPTIONS[name], type(value))
        or format("there is no option '%s'", name)
    end
  end
  local expires = options.expires
  if options.date and not string.find(options.date, "^%d%d%d%d%d%d%d%dT%d%d%d%d%d%dZ$") then
    return "date: a text like 20150830T123600Z expected"
  elseif expires and (math_type(expires) ~= "integer" or expires < 1 or expires > EXPIRY_LIMIT_S) then
    return format("expires: 1 to %d seconds expected", EXPIRY_LIMIT_S)
  end
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

local function copy(map)
  local result = {}
  for name, value in next, map or {} do
    result[name] = value
  end
  return result
end

--- The body as bytes, the headers as they will be sent; nil and what is wrong.
local function settle(request)
  local body, content_type, problem = requests.read_body(request)
  if problem then
    return nil, problem
  end
  local settled = copy(request)
  settled.headers, settled.body = copy(request.headers), body
  settled.json, settled.form, settled.query = nil, nil, nil
  settled.method = string.upper(request.method or (body and "POST" or "GET"))
  for name in next, request.headers or {} do
    local lower = type(name) == "string" and string.lower(name)
    if lower == "authorization" or lower == "x-amz-date" or lower == "x-amz-security-token" then
      settled.headers[name] = nil
    elseif lower == "content-type" then
      content_type = nil
    end
  end
  settled.headers["Content-Type"] = settled.headers["Content-Type"] or content_type
  return settled
end

local function check(name, request, options)
  local problem = requests.problem(request) or option_problem(options)
  if problem then
    error(format("bad argument to 'aws.%s' (%s)", name, problem), 4)
  end
end

---@return lambda.aws.Signing?, string|lambda.Error|nil
local function prepare(name, request, options)
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
  return {
    request = settled, url = url, options = options, credentials = credentials, date = date,
    scope = format("%s/%s/%s/aws4_request", string.sub(date, 1, 8), region, service),
    is_object = service == "s3", key = signing_key(credentials.secret_access_key, string.sub(date, 1, 8), region, service),
  }
end

local function header(headers, wanted)
  for name, value in next, headers do
    if string.lower(name) == wanted then
      return value
    end
  end
end

--- The digest of the body, or what stands for it.
local function payload(signing)
  local given = header(signing.request.headers, "x-amz-content-sha256")
  if given then
    return given
  elseif signing.options.unsigned_payload then
    return "UNSIGNED-PAYLOAD"
  end
  return crypto.hex(crypto.sha256(signing.request.body or ""))
end

---@class lambda.aws.Explained
---@field canonical_request string
---@field string_to_sign string
---@field signature string
---@field signed_headers string

--- The signature over all that has been put together.
---@return lambda.aws.Explained
local function calculate(signing, query, payload_text, header_lines, signed_headers)
  local is_normalized = signing.options.normalize ~= false
  local canonical_request = concat({
    signing.request.method, canonical.path(signing.url.path, signing.is_object, is_normalized), query,
    header_lines, signed_headers, payload_text,
  }, "\n")
  local string_to_sign = concat({
    ALGORITHM, signing.date, signing.scope, crypto.hex(crypto.sha256(canonical_request)),
  }, "\n")
  return {
    canonical_request = canonical_request, string_to_sign = string_to_sign, signed_headers = signed_headers,
    signature = crypto.hex(crypto.hmac_sha256(signing.key, string_to_sign)),
  }
end

--- canonical.headers, whose complaint is about the caller's request.
local function header_lines(name, signing)
  local ok, lines, names = pcall(canonical.headers, signing.request.headers, signing.url.host)
  if not ok then
    error(format("bad argument to 'aws.%s' (%s)", name, lines), 3)
  end
  return lines, names
end

local function url_text(signing, query)
  local url = signing.url
  return url.scheme .. "://" .. url.host .. url.path .. (query ~= "" and "?" .. query or "")
end

--- The same request with the headers that sign it, for lambda.http.request.
---@param request lambda.http.Request
---@param options lambda.aws.SignOptions?
---@return lambda.http.Request?
---@return lambda.Error|lambda.aws.Explained|string|nil  why not; or what was signed, to compare with what AWS says
function M.sign(request, options)
  local signing, problem = prepare("sign", request, options or {})
  if not signing then
    return nil, problem
  end
  local headers, token = signing.request.headers, signing.credentials.session_token
  local payload_text = payload(signing)
  headers["X-Amz-Date"] = signing.date
  if (signing.is_object or signing.options.sign_body or payload_text == "UNSIGNED-PAYLOAD")
    and not header(headers, "x-amz-content-sha256") then
    headers["X-Amz-Content-Sha256"] = payload_text
  end
  if signing.options.sign_token ~= false then
    headers["X-Amz-Security-Token"] = token
  end
  local lines, names = header_lines("sign", signing)
  local query = canonical.query(signing.url.query)
  local explained = calculate(signing, query, payload_text, lines, names)
  headers["X-Amz-Security-Token"] = token
  headers.Authorization = format("%s Credential=%s/%s, SignedHeaders=%s, Signature=%s", ALGORITHM,
    signing.credentials.access_key_id, signing.scope, names, explained.signature)
  signing.request.url = url_text(signing, query)
  return signing.request, explained
end

--- A URL that carries its signature and is good for a while. Whoever uses it must send the given headers too.
---@param request lambda.http.Request
---@param options lambda.aws.SignOptions?
---@return string?
---@return lambda.Error|lambda.aws.Explained|string|nil  why not; or what was signed
function M.presign(request, options)
  local signing, problem = prepare("presign", request, options or {})
  if not signing then
    return nil, problem
  end
  local lines, names = header_lines("presign", signing)
  local token = signing.credentials.session_token
  local url = url_text(signing, canonical.query(signing.url.query))
  local parameters = {
    ["X-Amz-Algorithm"] = ALGORITHM, ["X-Amz-Credential"] = signing.credentials.access_key_id .. "/" .. signing.scope,
    ["X-Amz-Date"] = signing.date, ["X-Amz-Expires"] = format("%d", signing.options.expires or EXPIRY_S),
    ["X-Amz-SignedHeaders"] = names,
    ["X-Amz-Security-Token"] = signing.options.sign_token ~= false and token or nil,
  }
  url = requests.with_query(url, parameters)
  local payload_text = signing.is_object and not header(signing.request.headers, "x-amz-content-sha256")
    and "UNSIGNED-PAYLOAD" or payload(signing)
  local query = canonical.query(canonical.parts(url).query)
  local explained = calculate(signing, query, payload_text, lines, names)
  local unsigned = signing.options.sign_token == false and { ["X-Amz-Security-Token"] = token } or nil
  url = requests.with_query(requests.with_query(url, unsigned), { ["X-Amz-Signature"] = explained.signature })
  return url, explained
end

return M
