--- AWS for specs: checks signatures by an implementation of its own, keeps a table and a bucket, and misbehaves as the
--- region says that signs:
---
---     throttle-2-x   refuses the first two requests          fail-2-x   answers 500 to them
---     cut-2-x        breaks the connection instead           skew-x     its clock is an hour ahead
---     expired-1-x    takes the token for expired once        leak-x     says all that it knows of the request
---     hostile-N      answers HOSTILE[N] with status 200      refuse-N   the same with status 400
---
--- Without a signature: /count/REGION, how many requests there were; /credentials/SECONDS, a container's endpoint.
local crypto = require("lambda.crypto")
local http_server = require("http_server")
local json = require("lambda.json")
local time = require("lambda.aws.time")

local M = {}

M.KEY, M.SECRET, M.TOKEN = "AKIDLOCAL", "local/secret+key", "local/token==+/"

M.HOSTILE = {
  '{"a":', "[1,2", "\0\255", "7", '"text"', ("["):rep(5000), "<", "<a>", "<a></b>", "<a>&nope;</a>", "<!DOCTYPE a><a/>",
  ("<a>"):rep(500), "<a><Code>" .. ("x"):rep(100000) .. "</Code></a>", '{"__type":7,"message":{}}',
  '{"__type":"x#\\n\\u0000evil","message":"a\\r\\nb"}', '{"Items":7,"Item":{"a":{"Q":1}}}',
  '{"Item":{"a":{}}}', '{"Item":{"a":"text"}}',
  "<ListBucketResult><Contents/></ListBucketResult>", "<Error><Error><Code></Code></Error></Error>", "",
}

local function answer(status, body, headers)
  local lines = { ("HTTP/1.1 %d X"):format(status) }
  if not headers or not headers["Content-Length"] then
    lines[2] = "Content-Length: " .. #body
  end
  for name, value in pairs(headers or {}) do
    lines[#lines + 1] = name .. ": " .. value
  end
  return table.concat(lines, "\r\n") .. "\r\n\r\n" .. body
end

local function unescape(text)
  return (text:gsub("%%(%x%x)", function(hex) return string.char(tonumber(hex, 16)) end))
end

local function escape(text)
  return (text:gsub("[^A-Za-z0-9._~-]", function(byte) return ("%%%02X"):format(byte:byte()) end))
end

--- The parts of the signature: of the header, or of the URL.
local function read_signature(request)
  local path, query = request.path:match("^([^?]*)%??(.*)$")
  local parts = { path = path, pairs = {}, query = {} }
  for pair in query:gmatch("[^&]+") do
    local name, value = pair:match("^([^=]*)=?(.*)$")
    parts.query[unescape(name)] = unescape(value)
    if name ~= "X-Amz-Signature" then
      parts.pairs[#parts.pairs + 1] = { name, value }
    end
  end
  local header = request.headers.authorization
  if header then
    parts.credential, parts.signed, parts.signature =
      header:match("^AWS4%-HMAC%-SHA256 Credential=([^,]+), SignedHeaders=([^,]+), Signature=(%x+)$")
    parts.date, parts.token = request.headers["x-amz-date"], request.headers["x-amz-security-token"]
  else
    parts.credential, parts.signed = parts.query["X-Amz-Credential"], parts.query["X-Amz-SignedHeaders"]
    parts.signature, parts.date = parts.query["X-Amz-Signature"], parts.query["X-Amz-Date"]
    parts.token = parts.query["X-Amz-Security-Token"]
    parts.is_presigned = true
  end
  if parts.credential then
    parts.key, parts.day, parts.region, parts.service =
      parts.credential:match("^(.-)/(%d+)/([^/]+)/([^/]+)/aws4_request$")
  end
  return parts
end

--- The signature that it should have, from what came over the wire.
local function expected(request, parts)
  local lines = {}
  for name in parts.signed:gmatch("[^;]+") do
    lines[#lines + 1] = name .. ":" .. (request.headers[name] or ""):match("^%s*(.-)%s*$")
  end
  table.sort(parts.pairs, function(a, b) return a[1] < b[1] or a[1] == b[1] and a[2] < b[2] end)
  local query = {}
  for i, pair in ipairs(parts.pairs) do
    query[i] = pair[1] .. "=" .. pair[2]
  end
  local path = parts.path
  if parts.service ~= "s3" then
    path = path:gsub("[^/]+", escape)
  end
  local digest = crypto.hex(crypto.sha256(request.body))
  local payload = request.headers["x-amz-content-sha256"] or (parts.is_presigned and "UNSIGNED-PAYLOAD") or digest
  if payload ~= "UNSIGNED-PAYLOAD" and payload ~= digest then
    return "the body is not the one that was signed"
  end
  local canonical = table.concat({ request.method, path, table.concat(query, "&"), table.concat(lines, "\n") .. "\n",
                                   parts.signed, payload }, "\n")
  local text = table.concat({ "AWS4-HMAC-SHA256", parts.date, parts.credential:match("^[^/]+/(.*)$"),
                              crypto.hex(crypto.sha256(canonical)) }, "\n")
  local key = "AWS4" .. M.SECRET
  for _, part in ipairs({ parts.day, parts.region, parts.service, "aws4_request" }) do
    key = crypto.hmac_sha256(key, part)
  end
  return crypto.hex(crypto.hmac_sha256(key, text)), canonical
end

local function http_date(seconds)
  return os.date("!%a, %d %b %Y %H:%M:%S GMT", seconds)
end

local function xml_escape(text)
  return (text:gsub("[&<>]", { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;" }))
end

--- An error in the form of the service.
local function refuse(parts, status, code, message, headers)
  headers = headers or {}
  headers["x-amzn-RequestId"] = "req-" .. code
  if parts.service == "s3" then
    return answer(status, ("<?xml version=\"1.0\"?>\n<Error><Code>%s</Code><Message>%s</Message></Error>")
      :format(code, xml_escape(message)), headers)
  elseif parts.service == "sns" then
    return answer(status, ('<ErrorResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><Error><Type>Sender</Type>'
      .. "<Code>%s</Code><Message>%s</Message></Error></ErrorResponse>"):format(code, xml_escape(message)), headers)
  elseif parts.service == "lambda" then
    headers["x-amzn-ErrorType"] = code .. ":http://internal.amazon.com/"
    return answer(status, json.encode({ Message = message }), headers)
  end
  return answer(status, json.encode({ __type = "com.amazonaws.fake#" .. code, message = message }), headers)
end

--- What is wrong always, by the first word of the region; and so many times.
local ALWAYS = {
  hostile = function(_, _, number) return answer(200, M.HOSTILE[number]) end,
  refuse = function(_, _, number) return answer(400, M.HOSTILE[number]) end,
  leak = function(request, parts)
    return refuse(parts, 403, "SignatureDoesNotMatch", "It is not.\n" .. json.encode(request.headers) .. M.SECRET)
  end,
  tell = function(_, parts)
    return refuse(parts, 400, "ValidationException", "token " .. (parts.token or "") .. " secret " .. M.SECRET .. "!")
  end,
}
local AT_FIRST = {
  throttle = function(parts)
    return refuse(parts, 400, parts.service == "s3" and "SlowDown" or "ThrottlingException", "Rate exceeded")
  end,
  fail = function() return answer(500, "") end,
  cut = function() return "HTTP/1.1 200 X\r\nContent-Length: 100\r\n\r\n{", "close" end,
  expired = function(parts)
    return refuse(parts, 400, "ExpiredTokenException", "The security token included in the request is expired")
  end,
}

--- Misbehaviour, by the name of the region; nil when it behaves.
local function misbehave(request, parts, count)
  local kind, number = parts.region:match("^(%a+)%-(%d*)")
  number = tonumber(number) or 0
  if ALWAYS[kind] then
    return ALWAYS[kind](request, parts, number)
  elseif AT_FIRST[kind] and count <= number then
    return AT_FIRST[kind](parts)
  end
end

local SERVICES = {}

--- A table with the key "id", and whatever is asked of another service.
local DYNAMODB = {}

function DYNAMODB.PutItem(input, items)
  local id = input.Item.id.S
  if input.ConditionExpression == "attribute_not_exists(id)" and items[id] then
    return nil, "ConditionalCheckFailedException", "The conditional request failed"
  end
  items[id] = input.Item
  return {}
end

function DYNAMODB.GetItem(input, items)
  return { Item = items[input.Key.id.S] }
end

function DYNAMODB.DeleteItem(input, items)
  local old = items[input.Key.id.S]
  if input.ConditionExpression == "attribute_exists(id)" and not old then
    return nil, "ConditionalCheckFailedException", "The conditional request failed"
  end
  items[input.Key.id.S] = nil
  return { Attributes = input.ReturnValues == "ALL_OLD" and old or nil }
end

function DYNAMODB.Scan(input, items)
  local ids, page = {}, json.array()
  for id in pairs(items) do
    ids[#ids + 1] = id
  end
  table.sort(ids)
  local start = input.ExclusiveStartKey and input.ExclusiveStartKey.id.S or ""
  for _, id in ipairs(ids) do
    if id > start then
      if #page == (input.Limit or 100) then
        return { Items = page, Count = #page, LastEvaluatedKey = { id = page[#page].id } }
      end
      page[#page + 1] = items[id]
    end
  end
  return { Items = page, Count = #page }
end

local function dynamodb(request, parts, state)
  local operation = request.headers["x-amz-target"]:match("^DynamoDB_20120810%.(%w+)$")
  local input = assert(json.decode(request.body))
  if not DYNAMODB[operation] then
    return answer(200, json.encode({ Input = input, Operation = operation }))
  end
  state.tables = state.tables or {}
  state.tables[input.TableName] = state.tables[input.TableName] or {}
  local result, code, message = DYNAMODB[operation](input, state.tables[input.TableName])
  if not result then
    return refuse(parts, 400, code, message)
  end
  return answer(200, json.encode(result), { ["x-amzn-RequestId"] = "req-ok" })
end

--- Any other service that speaks JSON: what came; lists in three pages.
local function echo(request)
  local target, operation = request.headers["x-amz-target"]:match("^(.*)%.(%w+)$")
  local input = assert(json.decode(request.body))
  local page = tonumber(input.NextToken or input.nextToken or input.Marker or 1)
  local token = operation:find("^List") and page < 3 and tostring(page + 1) or nil
  if operation == "GetLogEvents" then
    token = tostring(math.min(3, page + 1))
  end
  return answer(200, json.encode({
    Target = target, Operation = operation, Input = input, Type = request.headers["content-type"], Page = page,
    NextToken = token, nextToken = token, NextMarker = token, nextForwardToken = token, Path = request.path,
  }))
end

local function list_objects(bucket, query)
  local keys = {}
  for key in pairs(bucket) do
    if key:sub(1, #(query.prefix or "")) == (query.prefix or "") and key > (query["continuation-token"] or "") then
      keys[#keys + 1] = key
    end
  end
  table.sort(keys)
  local most, lines = tonumber(query["max-keys"] or 1000), {}
  for i = 1, math.min(most, #keys) do
    lines[i] = ("<Contents><Key>%s</Key><LastModified>2026-11-20T08:15:00.000Z</LastModified>"
      .. "<ETag>&quot;%d&quot;</ETag><Size>%d</Size><StorageClass>STANDARD</StorageClass></Contents>")
      :format(escape(keys[i]):gsub("%%20", "+"), i, #bucket[keys[i]].body)
  end
  local is_cut = #keys > most
  return ('<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
    .. "<EncodingType>url</EncodingType><IsTruncated>%s</IsTruncated>%s%s</ListBucketResult>")
    :format(is_cut, is_cut and "<NextContinuationToken>" .. xml_escape(keys[most]) .. "</NextContinuationToken>" or "",
      table.concat(lines))
end

local function object_headers(object)
  local headers = { ETag = '"e"', ["Last-Modified"] = http_date(0), ["Content-Type"] = object.type,
                    ["x-amz-version-id"] = "v1", ["Content-Encoding"] = object.encoding }
  for name, value in pairs(object.metadata) do
    headers[name] = value
  end
  return headers
end

local OBJECTS = {}

function OBJECTS.PUT(request, bucket, key)
  local object = { body = request.body, type = request.headers["content-type"], metadata = {},
                   encoding = request.headers["content-encoding"] }
  for name, value in pairs(request.headers) do
    object.metadata[name] = name:find("^x%-amz%-meta%-") and value or nil
  end
  bucket[key] = object
  return answer(200, "", { ETag = '"e"' })
end

function OBJECTS.GET(request, bucket, key)
  local object = bucket[key]
  local from, to = (request.headers.range or ""):match("^bytes=(%d+)-(%d+)$")
  return answer(from and 206 or 200, from and object.body:sub(from + 1, to + 1) or object.body, object_headers(object))
end

function OBJECTS.HEAD(_, bucket, key)
  local headers = object_headers(bucket[key])
  headers["Content-Length"] = #bucket[key].body
  return answer(200, "", headers)
end

function OBJECTS.DELETE(_, bucket, key)
  bucket[key] = nil
  return answer(204, "")
end

local function s3(request, parts, state)
  state.buckets = state.buckets or {}
  local name, key = unescape(parts.path):match("^/([^/]+)/?(.*)$")
  if name == "elsewhere" then
    return refuse(parts, 301, "PermanentRedirect", "Elsewhere.", { ["x-amz-bucket-region"] = "eu-west-1" })
  end
  local bucket = state.buckets[name] or {}
  state.buckets[name] = bucket
  if key == "" then
    return answer(200, list_objects(bucket, parts.query))
  elseif request.method ~= "PUT" and request.method ~= "DELETE" and not bucket[key] then
    if request.method == "HEAD" then
      return answer(404, "")
    end
    return refuse(parts, 404, "NoSuchKey", "The specified key does not exist.")
  end
  return OBJECTS[request.method](request, bucket, key)
end

local function sns(request)
  local form = {}
  for name, value in request.body:gmatch("([^&=]+)=([^&]*)") do
    form[unescape(name)] = unescape(value)
  end
  if form.Action == "ListTopics" then
    local page = tonumber(form.NextToken or 1)
    return answer(200, ("<ListTopicsResponse><ListTopicsResult><Topics><member><TopicArn>arn:%d</TopicArn></member>"
      .. "</Topics>%s</ListTopicsResult></ListTopicsResponse>")
      :format(page, page < 3 and "<NextToken>" .. page + 1 .. "</NextToken>" or ""))
  end
  if form.Action == "ListNothing" then
    return answer(200, "<ListNothingResponse><ListNothingResult><Tags/><Attributes/><phoneNumbers/><Name/>"
      .. "</ListNothingResult></ListNothingResponse>")
  end
  local lines = {}
  for name, value in pairs(form) do
    lines[#lines + 1] = ("<entry><key>%s</key><value>%s</value></entry>"):format(xml_escape(name), xml_escape(value))
  end
  return answer(200, ('<%sResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><%sResult>'
    .. "<MessageId>m-1</MessageId><Form>%s</Form></%sResult><ResponseMetadata><RequestId>r</RequestId>"
    .. "</ResponseMetadata></%sResponse>")
    :format(form.Action, form.Action, table.concat(lines), form.Action, form.Action))
end

local function invoke(request, parts)
  local name = unescape(parts.path:match("^/2015%-03%-31/functions/([^/]+)/invocations$"))
  if name == "broken" then
    return answer(200, '{"errorMessage":"no such order","errorType":"OrderNotFound"}',
      { ["X-Amz-Function-Error"] = "Unhandled" })
  elseif name == "missing" then
    return refuse(parts, 404, "ResourceNotFoundException", "Function not found: missing")
  end
  local kind = request.headers["x-amz-invocation-type"]
  return answer(kind == "Event" and 202 or kind == "DryRun" and 204 or 200, kind and "" or json.encode({
    name = name, event = json.raw(request.body), qualifier = parts.query.Qualifier,
    context = request.headers["x-amz-client-context"],
  }), { ["X-Amz-Executed-Version"] = "7", ["X-Amz-Log-Result"] = crypto.base64("END\n") })
end

SERVICES.dynamodb, SERVICES.s3, SERVICES.sns, SERVICES.lambda = dynamodb, s3, sns, invoke

local function credentials(request, state)
  state.fetched = (state.fetched or 0) + 1
  if request.headers.authorization ~= "container-token" then
    return answer(403, "who are you?")
  end
  local argument = request.path:match("^/credentials/(.*)$")
  if not tonumber(argument) then
    return answer(200, argument == "rubbish" and "{" or '{"AccessKeyId":7}')
  end
  return answer(200, json.encode({
    AccessKeyId = M.KEY, SecretAccessKey = M.SECRET, Token = M.TOKEN, Fetched = state.fetched,
    Expiration = os.date("!%Y-%m-%dT%H:%M:%SZ", os.time() + tonumber(argument)),
  }))
end

local function unsigned(request, state)
  local region = request.path:match("^/count/(.*)$")
  if region then
    return answer(200, tostring((state.counts or {})[region] or 0))
  elseif request.path == "/fetched" then
    return answer(200, tostring(state.fetched or 0))
  elseif request.path:find("^/credentials/") then
    return credentials(request, state)
  end
end

--- Why a signed request is not taken; nil when it is.
local function objection(request, parts)
  local now = os.time() + (parts.region:find("^skew%-") and 3600 or 0)
  local wanted, canonical = expected(request, parts)
  if parts.key ~= M.KEY or parts.token and parts.token ~= M.TOKEN then
    return refuse(parts, 403, "UnrecognizedClientException", "The security token included in the request is invalid.")
  elseif parts.signature ~= wanted then
    return refuse(parts, 403, "SignatureDoesNotMatch", "The signature does not match.\n" .. (canonical or wanted))
  elseif math.abs(time.from_iso((parts.date:gsub("^(....)(..)(..)T(..)(..)(..)Z$", "%1-%2-%3T%4:%5:%6Z"))) / 1000 - now)
    > 300 then
    return refuse(parts, 403, parts.service == "s3" and "RequestTimeTooSkewed" or "InvalidSignatureException",
      "Signature expired", { Date = http_date(now) })
  end
end

--- One request's answer; what becomes of the connection.
function M.answer(request, state)
  local parts = read_signature(request)
  local bytes = not parts.signature and unsigned(request, state)
  if bytes then
    return bytes
  elseif not parts.region then
    return refuse(parts, 403, "MissingAuthenticationToken", "Missing Authentication Token")
  end
  state.counts = state.counts or {}
  state.counts[parts.region] = (state.counts[parts.region] or 0) + 1
  bytes = objection(request, parts)
  if bytes then
    return bytes
  end
  local fate
  bytes, fate = misbehave(request, parts, state.counts[parts.region])
  if bytes then
    return bytes, fate
  end
  return (SERVICES[parts.service] or echo)(request, parts, state)
end

--- Starts one (http_server).
function M.start()
  return http_server.start("aws_server")
end

return M
