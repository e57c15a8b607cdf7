--- Signature Version 4, in the headers of a request or in its URL. docs/aws.md
--- https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
local canonical = require("lambda.aws.canonical")
local crypto = require("lambda.crypto")
local requests = require("lambda.http.request")
local signings = require("lambda.aws.signing")

-- A handler that forgets `local` may overwrite any global.
local string = string
local concat, error, format, next, pcall, type = table.concat, error, string.format, next, pcall, type

local M = {}

local ALGORITHM = "AWS4-HMAC-SHA256"
local EXPIRY_S = 15 * 60

local function header(headers, wanted)
  for name, value in next, headers do
    if type(name) == "string" and string.lower(name) == wanted then
      return type(value) == "table" and value[1] or value
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
  local signing, problem = signings.prepare("sign", request, options or {})
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
  local signing, problem = signings.prepare("presign", request, options or {})
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
