--- S3: objects of a bucket. docs/aws.md
local address = require("lambda.aws.s3_address")
local answers = require("lambda.aws.s3_answer")
local checked = require("lambda.aws.options")
local failure = require("lambda.aws.failure")
local object_headers = require("lambda.aws.s3_headers")
local transport = require("lambda.aws.transport")

-- A handler that forgets `local` may overwrite any global.
local error, format, require, setmetatable, type = error, string.format, require, setmetatable, type

local M = {}

---@class lambda.aws.S3Options
---@field headers table<string, string>?  more of them: Range, If-None-Match, x-amz-server-side-encryption
---@field to (fun(chunk: string): boolean?)|string|nil  get: takes the body, as lambda.http has it
---@field max_bytes integer?     get: of the body in memory, 32 MiB
---@field version_id string?
---@field content_type string?   put
---@field metadata table<string, string>?  put: x-amz-meta-…
---@field unsigned_payload boolean?  put: the body is not part of the signature
---@field timeout_ms integer?
---@field prefix string?         list
---@field delimiter string?      list
---@field max_keys integer?      list: 1000
---@field start_after string?    list
---@field continuation_token string?  list
---@field expires integer?       presign: seconds, 900

---@class lambda.aws.S3: lambda.aws.Client
local S3 = {}
S3.__index = S3

local OPTIONS = {
  get = { headers = "table", to = true, max_bytes = "count", version_id = "string", timeout_ms = "count" },
  head = { headers = "table", version_id = "string", timeout_ms = "count" },
  put = {
    headers = "table", content_type = "string", metadata = "table", unsigned_payload = "boolean", timeout_ms = "count",
  },
  delete = { headers = "table", version_id = "string", timeout_ms = "count" },
  list = {
    headers = "table", prefix = "string", delimiter = "string", max_keys = "count", start_after = "string",
    continuation_token = "string", timeout_ms = "count",
  },
  presign = { headers = "table", version_id = "string", expires = "count", query = "table" },
}

local function check(client, name, options)
  checked.check_self(client, "s3", name, 3)
  options = options or {}
  local problem = checked.problem(OPTIONS[name], options) or object_headers.problem(options)
  if problem then
    error(format("bad argument to 's3:%s' (%s)", name, problem), 3)
  end
  return options
end

local function invalid_request(client, operation, reason)
  return failure.new(client.name, operation, { code = "InvalidRequest", reason = reason })
end

---@class lambda.aws.S3Plan
---@field operation string?  "list" needs no key
---@field method string
---@field bucket string
---@field key string?
---@field options lambda.aws.S3Options
---@field headers table<string, string>?
---@field query table?
---@field body string?

--- Sends a request about a bucket or an object.
---@param client lambda.aws.S3
---@param operation string
---@param plan lambda.aws.S3Plan
---@return lambda.http.Response?
---@return lambda.aws.Error?
local function send(client, operation, plan)
  local problem = address.bucket_problem(plan.bucket) or plan.operation ~= "list" and address.key_problem(plan.key)
  if problem then
    return nil, invalid_request(client, operation, problem)
  end
  local options, has_begun = plan.options, false
  local to = options.to
  if type(to) == "function" then
    to = function(chunk)
      has_begun = true
      return options.to(chunk)
    end
  end
  return transport.send(client, {
    operation = operation, read_error = answers.read_error,
    unsigned_payload = options.unsigned_payload,
    may_retry = function() return not has_begun end, -- what the function has taken cannot be taken back
    build = function(url, _, is_custom)
      return {
        method = plan.method, url = address.url(url, is_custom, plan.bucket, plan.key),
        headers = checked.copy(plan.headers),
        query = plan.query, body = plan.body, to = to, max_bytes = options.max_bytes, timeout_ms = options.timeout_ms,
        exact = true,
      }
    end,
  })
end

local function on_object(client, method, operation, bucket, key, options)
  local response, err = send(client, operation, {
    method = method, bucket = bucket, key = key, options = options, headers = options.headers,
    query = options.version_id and { versionId = options.version_id },
  })
  return response and answers.new(response), err
end

--- An object, as it is stored.
---@param bucket string
---@param key string
---@param options lambda.aws.S3Options?
---@return lambda.aws.S3Answer?
---@return lambda.aws.Error?  code NoSuchKey where there is none and s3:ListBucket is allowed, else AccessDenied
function S3:get(bucket, key, options)
  local answer, err = on_object(self, "GET", "GetObject", bucket, key, check(self, "get", options))
  return answer, err
end

--- What there is to know of an object but its bytes.
---@param bucket string
---@param key string
---@param options lambda.aws.S3Options?
---@return lambda.aws.S3Answer?
---@return lambda.aws.Error?
function S3:head(bucket, key, options)
  local answer, err = on_object(self, "HEAD", "HeadObject", bucket, key, check(self, "head", options))
  return answer, err
end

--- Deletes an object. One that is not there is no error.
---@param bucket string
---@param key string
---@param options lambda.aws.S3Options?
---@return lambda.aws.S3Answer?
---@return lambda.aws.Error?
function S3:delete(bucket, key, options)
  local answer, err = on_object(self, "DELETE", "DeleteObject", bucket, key, check(self, "delete", options))
  return answer, err
end

--- Stores an object of up to 5 GB; what Lua can hold is less.
---@param bucket string
---@param key string
---@param body string
---@param options lambda.aws.S3Options?
---@return lambda.aws.S3Answer?
---@return lambda.aws.Error?
function S3:put(bucket, key, body, options)
  options = check(self, "put", options)
  if type(body) ~= "string" then
    error(format("bad argument #3 to 's3:put' (a string expected, got %s)", type(body)), 2)
  end
  local headers, problem = object_headers.of_object(options)
  if not headers then
    return nil, invalid_request(self, "PutObject", problem)
  end
  local response, err = send(self, "PutObject", {
    method = "PUT", bucket = bucket, key = key, options = options, headers = headers, body = body,
  })
  return response and answers.new(response), err
end

local function list(client, bucket, options)
  local response, err = send(client, "ListObjectsV2", {
    operation = "list", method = "GET", bucket = bucket, options = options, headers = options.headers, query = {
      ["list-type"] = 2, ["encoding-type"] = "url", prefix = options.prefix, delimiter = options.delimiter,
      ["max-keys"] = options.max_keys, ["start-after"] = options.start_after,
      ["continuation-token"] = options.continuation_token,
    },
  })
  if not response then
    return nil, err
  end
  local page, problem = require("lambda.aws.s3_list").read(response.body)
  if not page then
    return nil, transport.invalid(client, "ListObjectsV2", response, problem)
  end
  return page
end

--- The first objects of a bucket, in the order of their keys' bytes.
---@param bucket string
---@param options lambda.aws.S3Options?
---@return lambda.aws.S3Page?
---@return lambda.aws.Error?
function S3:list(bucket, options)
  local page, err = list(self, bucket, check(self, "list", options))
  return page, err
end

--- All pages of a list, for a loop. A page that cannot be had is raised.
---@param bucket string
---@param options lambda.aws.S3Options?
---@return fun(): lambda.aws.S3Page?
function S3:pages(bucket, options)
  return require("lambda.aws.paging").over(function(page_options)
    local page, err = list(self, bucket, page_options)
    return page, err
  end, check(self, "list", options), { input = "continuation_token", output = "continuation_token" })
end

--- A URL by which whoever has it may do one thing for a while.
---@param method string  "GET", "PUT"
---@param bucket string
---@param key string
---@param options lambda.aws.S3Options?
---@return string?
---@return lambda.Error?
function S3:presign(method, bucket, key, options)
  options = check(self, "presign", options)
  local mistake = type(method) ~= "string" and format("a method expected, got %s", type(method))
    or require("lambda.aws.signing").problem({ expires = options.expires })
  if mistake then
    error(format("bad argument to 's3:presign' (%s)", mistake), 2)
  end
  local problem = address.bucket_problem(bucket) or address.key_problem(key)
  if problem then
    return nil, invalid_request(self, "presign", problem)
  end
  local place, err = transport.prepare(self, { operation = "presign" })
  if not place then
    return nil, err
  end
  local query = checked.copy(options.query)
  query.versionId = options.version_id
  local url, sign_problem = require("lambda.aws.sign").presign({
    method = method, url = address.url(place.url, place.is_custom, bucket, key), headers = options.headers,
    query = query,
  }, {
    service = "s3", region = place.region, credentials = place.credentials, date = place.date,
    expires = options.expires,
  })
  if not url then
    return nil, sign_problem
  end
  return url
end

---@param name string
---@param service lambda.aws.Service
---@param options lambda.aws.ClientOptions
---@return lambda.aws.S3
function M.new(name, service, options)
  return setmetatable({ name = name, service = service, options = options, skew_ms = 0 }, S3)
end

return M
