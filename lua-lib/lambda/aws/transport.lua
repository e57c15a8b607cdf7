--- One call of a service: signed anew for each try, its failures told apart and tried again.
local checked = require("lambda.aws.options")
local credentials = require("lambda.aws.credentials")
local endpoint = require("lambda.aws.endpoint")
local failure = require("lambda.aws.failure")
local http = require("lambda.http")
local native = require("lambda.native")
local retry = require("lambda.aws.retry")
local sign = require("lambda.aws.sign")
local time = require("lambda.aws.time")

-- A handler that forgets `local` may overwrite any global.
local string = string
local type = type

local M = {}

local SKEW_MS = 4 * 60 * 1000 -- less is not what these complain of
local SKEWED = {
  RequestTimeTooSkewed = true, SignatureDoesNotMatch = true, InvalidSignatureException = true, RequestExpired = true,
  RequestInTheFuture = true, AuthFailure = true,
}
local EXPIRED = { ExpiredToken = true, ExpiredTokenException = true, RequestExpired = true }

---@class lambda.aws.Call
---@field operation string
---@field build fun(url: string, region: string, is_custom: boolean): lambda.http.Request  fresh for each try
---@field read_error fun(response: lambda.http.Response): code: any, reason: any, details: any
---@field unsigned_payload boolean?
---@field may_retry (fun(): boolean)?       asked before another try

---@return lambda.aws.Credentials?, lambda.Error?
local function credentials_of(client)
  local given = client.options.credentials
  if type(given) == "function" then
    local found, problem = given()
    if checked.are_credentials(found) then
      return found
    end
    return nil, type(problem) == "table" and problem or endpoint.misconfigured("the function for credentials gave none"
      .. (type(problem) == "string" and ": " .. problem or ""))
  end
  if given then
    return given
  end
  return credentials.get()
end

--- An error of the configuration, with the names of the call.
local function named(client, call, err)
  err.service, err.operation, err.is_retryable = client.name, call.operation, false
  return err
end

local function request_id(response)
  local id = response.headers["x-amzn-requestid"] or response.headers["x-amz-request-id"]
  return id and string.find(id, "^[%w=/+-]+$") and string.sub(id, 1, 128) or nil
end

--- What the service said, as an error.
local function refusal(client, call, response, signed_with)
  local code, reason, details = call.read_error(response)
  return failure.new(client.name, call.operation, {
    code = failure.code(code) or string.format("Http%d", response.status), reason = reason, details = details,
    status = response.status, request_id = request_id(response), credentials = signed_with,
  })
end

local function network_failure(client, call, http_error)
  return failure.new(client.name, call.operation, {
    code = "NetworkError", reason = http_error.message, kind = http_error.kind,
  })
end

--- Where to, and with what; nil and why that cannot be known.
---@param client lambda.aws.Client
---@param call { operation: string }
---@return { url: string, region: string, is_custom: boolean, credentials: lambda.aws.Credentials, date: string }?
---@return lambda.Error?
function M.prepare(client, call)
  local region, problem = client.options.region, nil
  if not region then
    region, problem = endpoint.region()
  end
  if not region then
    return nil, named(client, call, problem)
  end
  local url, is_custom = endpoint.url(client.service, region, client.options.endpoint)
  if not url then
    return nil, named(client, call, is_custom)
  end
  local signer, err = credentials_of(client)
  if not signer then
    return nil, named(client, call, err)
  end
  return {
    url = url, region = region, is_custom = is_custom, credentials = signer,
    date = time.basic(native.now_ms() + client.skew_ms),
  }
end

--- One try: the answer, or nil and the error; whether it was an answer at all.
local function try(client, call)
  local place, problem = M.prepare(client, call)
  if not place then
    return nil, problem
  end
  local request = call.build(place.url, place.region, place.is_custom)
  request.follow = 0
  request.timeout_ms = request.timeout_ms or client.options.timeout_ms
  request.ca_file = client.options.ca_file
  local signed, sign_problem = sign.sign(request, {
    service = client.service.signed_as or client.service.prefix, region = place.region,
    credentials = place.credentials, date = place.date, unsigned_payload = call.unsigned_payload,
  })
  if not signed then
    return nil, failure.new(client.name, call.operation, { code = "InvalidRequest", reason = sign_problem })
  end
  local response, http_error = http.request(signed)
  if not response then
    return nil, network_failure(client, call, http_error)
  elseif response.ok then
    return response
  end
  return nil, refusal(client, call, response, place.credentials), response
end

--- Whether the clocks were apart, and are taken for one from now on.
local function has_corrected(client, err, response)
  local theirs_ms = SKEWED[err.code] and time.from_http(response.headers.date)
  if not theirs_ms then
    return false
  end
  local skew_ms = theirs_ms - native.now_ms()
  local is_new = skew_ms - client.skew_ms > SKEW_MS or client.skew_ms - skew_ms > SKEW_MS
  client.skew_ms = is_new and skew_ms or client.skew_ms
  return is_new
end

--- How long to wait for another try; nil where it would do no good.
local function delay_ms(client, err, response, attempt)
  if response and has_corrected(client, err, response) then
    return 0
  elseif EXPIRED[err.code] and not client.options.credentials then
    credentials.forget()
    return 0
  end
  err.is_retryable = retry.is_retryable(err)
  return err.is_retryable
    and retry.delay_ms(err, attempt, response and response.headers["retry-after"]) or nil
end

--- Calls until there is an answer, or no more sense in it.
---@param client lambda.aws.Client
---@param call lambda.aws.Call
---@return lambda.http.Response?
---@return lambda.aws.Error?
function M.send(client, call)
  local retries, attempt = client.options.retries or retry.default(), 0
  while true do
    attempt = attempt + 1
    local answer, err, response = try(client, call)
    if answer then
      return answer
    end
    err.attempts = attempt
    local wait_ms = delay_ms(client, err, response, attempt)
    local is_over = not wait_ms or attempt > retries or call.may_retry and not call.may_retry()
    if is_over or not retry.wait(wait_ms) then
      return nil, err
    end
  end
end

--- An answer that is a success by its status, but not by what it says.
---@param client lambda.aws.Client
---@param operation string
---@param response lambda.http.Response
---@param reason string
---@param code string?  "InvalidResponse"
---@return lambda.aws.Error
function M.invalid(client, operation, response, reason, code)
  return failure.new(client.name, operation, {
    code = code or "InvalidResponse", reason = reason, status = response.status, request_id = request_id(response),
  })
end

return M
