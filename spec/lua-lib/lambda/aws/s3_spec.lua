--- S3 against a service that checks every signature by itself (spec/support/aws_server.lua).
local address = require("lambda.aws.s3_address")
local aws = require("lambda.aws")
local aws_server = require("aws_server")
local http = require("lambda.http")
local scratch = require("scratch")

local CREDENTIALS = {
  access_key_id = aws_server.KEY, secret_access_key = aws_server.SECRET, session_token = aws_server.TOKEN,
}
local GZIPPED = "\31\139\8\0\0\0\0\0\2\3\203\72\205\201\201\7\0\134\166\16\54\5\0\0\0" -- "hello"

describe("lambda.aws.s3", function()
  local server, s3
  setup(function()
    server = aws_server.start()
    s3 = aws.client("s3", { endpoint = server.url, region = "eu-central-1", credentials = CREDENTIALS })
  end)
  teardown(function()
    server:stop()
    http.close()
  end)

  it("puts, heads, gets and deletes", function()
    local stored = assert(s3:put("bucket", "a.bin", "\0\1\255", {
      content_type = "application/x-bytes", metadata = { author = "Ada" }, headers = { ["Cache-Control"] = "no-cache" },
    }))
    assert.equal('"e"', stored.etag)
    for _, method in ipairs({ "get", "head" }) do
      local object = assert(s3[method](s3, "bucket", "a.bin"))
      assert.equal(method == "get" and "\0\1\255" or "", object.body)
      assert.same({ 200, 3, "application/x-bytes", "v1", { author = "Ada" }, '"e"' }, {
        object.status, object.content_length, object.content_type, object.version_id, object.metadata, object.etag })
      assert.equal("Thu, 01 Jan 1970 00:00:00 GMT", object.last_modified)
    end
    assert.equal("\1", assert(s3:get("bucket", "a.bin", { headers = { Range = "bytes=1-1" } })).body)
    assert.equal(204, assert(s3:delete("bucket", "a.bin")).status)
    assert.equal("NoSuchKey", select(2, s3:get("bucket", "a.bin")).code)
    local _, err = s3:head("bucket", "a.bin")
    assert.same({ "NotFound", 404 }, { err.code, err.status })
  end)

  for _, key in ipairs({
    "plain", "with blank", "a+b=c&d?e#f%20g", "ünïcode/☃", "/lead", "a//b", "dir/", "../up", "a/./b/../c", "..", ".",
    "'(*)!;:@,$", "%00", "\1\127\255", ("k"):rep(1024), "tab\there\nline",
  }) do
    it(("takes the key %q"):format(key:sub(1, 40)), function()
      local body = "of " .. key
      assert(s3:put("keys", key, body))
      assert.equal(body, assert(s3:get("keys", key)).body)
      local url = assert(s3:presign("GET", "keys", key, { expires = 60 }))
      assert.equal(body, assert(http.get(url, { exact = true })).body)
      local found = false
      for page in s3:pages("keys", { max_keys = 2 }) do
        for _, object in ipairs(page.objects) do
          found = found or object.key == key
        end
      end
      assert.is_true(found)
      assert(s3:delete("keys", key))
    end)
  end

  it("does not undo how an object is coded", function()
    assert(s3:put("bucket", "z", GZIPPED, { headers = { ["Content-Encoding"] = "gzip" } }))
    local object = assert(s3:get("bucket", "z"))
    assert.equal(GZIPPED, object.body)
    assert.equal("gzip", object.headers["Content-Encoding"])
  end)

  it("streams into functions and files", function()
    local here <close> = scratch.new()
    local body = ("0123456789"):rep(100000)
    assert(s3:put("bucket", "long", body, { unsigned_payload = true }))
    local parts = {}
    local object = assert(s3:get("bucket", "long", { to = function(chunk) parts[#parts + 1] = chunk end }))
    assert.is_nil(object.body)
    assert.equal(body, table.concat(parts))
    assert(s3:get("bucket", "long", { to = here.path .. "/long" }))
    assert.equal(body, here:read("long"))
    local _, err = s3:get("bucket", "missing", { to = here.path .. "/missing" })
    assert.equal("NoSuchKey", err.code)
    assert.is_nil(here:read("missing"))
    _, err = s3:get("bucket", "long", { max_bytes = 10 })
    assert.same({ "NetworkError", "too_large", false }, { err.code, err.kind, err.is_retryable })
  end)

  it("lists", function()
    for i = 1, 5 do
      assert(s3:put("listed", "p/" .. i, ("x"):rep(i)))
    end
    assert(s3:put("listed", "other", ""))
    local page = assert(s3:list("listed", { prefix = "p/", max_keys = 2 }))
    assert.same({ { key = "p/1", size = 1, etag = '"1"', last_modified = "2026-11-20T08:15:00.000Z",
                    storage_class = "STANDARD" } }, { page.objects[1] })
    assert.is_true(page.is_truncated)
    local sizes = {}
    for each in s3:pages("listed", { prefix = "p/", max_keys = 2 }) do
      for _, object in ipairs(each.objects) do
        sizes[#sizes + 1] = object.size
      end
    end
    assert.same({ 1, 2, 3, 4, 5 }, sizes)
    local empty = assert(s3:list("empty"))
    assert.same({ {}, {}, false }, { empty.objects, empty.prefixes, empty.is_truncated })
  end)

  it("presigns a PUT with its headers", function()
    local url = assert(s3:presign("PUT", "bucket", "up", { headers = { ["Content-Type"] = "text/plain" } }))
    local refused = assert(http.request({ method = "PUT", url = url, body = "b",
                                          headers = { ["Content-Type"] = "text/html" } }))
    assert.equal(403, refused.status)
    assert.equal(200, http.request({ method = "PUT", url = url, body = "b",
                                     headers = { ["Content-Type"] = "text/plain" } }).status)
    assert.equal("b", s3:get("bucket", "up").body)
  end)

  it("says where a bucket is", function()
    local _, err = s3:get("elsewhere", "k")
    assert.same({ "PermanentRedirect", 301 }, { err.code, err.status })
    assert.matches('The bucket is in eu-west-1: aws.client("s3", { region = "eu-west-1" })', err.reason, 1, true)
  end)

  it("refuses names that are none", function()
    for _, bucket in ipairs({ "", "ab", "a/b", "a b", "..", "-..", "b?x", "host@evil", ("b"):rep(256), 7 }) do
      assert.equal("InvalidRequest", select(2, s3:get(bucket, "k")).code)
    end
    assert.matches("an ARN", select(2, s3:get("arn:aws:s3:eu:1:accesspoint/a", "k")).reason)
    for _, key in ipairs({ "", ("k"):rep(1025), false }) do
      assert.equal("InvalidRequest", select(2, s3:put("bucket", key, "")).code)
      assert.equal("InvalidRequest", select(2, s3:presign("GET", "bucket", key)).code)
    end
    assert.error_matches(function() s3:put("bucket", "k", 7) end, "a string expected, got number")
    assert.error_matches(function() s3:get("bucket", "k", { too = "x" }) end, "there is no option 'too'")
    assert.equal("InvalidRequest", select(2, s3:list("a/b")).code)
  end)

  it("blames its caller for headers and options of the wrong type", function()
    for text, call in pairs({
      ["'s3:get' (the header a must be a string"] = function() s3:get("bucket", "k", { headers = { a = true } }) end,
      ["'s3:head' (the name of a header must be"] = function() s3:head("bucket", "k", { headers = { "x" } }) end,
      ["'s3:list' (the header a is there twice"] = function() s3:list("bucket", { headers = { a = "", A = "" } }) end,
      ["'s3:put' (metadata: names with a"] = function() s3:put("bucket", "k", "", { metadata = { "x", {} } }) end,
      ["'s3:presign' (a method expected, got nil)"] = function() s3:presign(nil, "bucket", "k") end,
      ["'s3:presign' (expires: 1 to 604800"] = function() s3:presign("GET", "bucket", "k", { expires = 0 }) end,
    }) do
      local ok, problem = pcall(call)
      assert.is_false(ok)
      assert.matches("s3_spec.lua:%d+: bad argument to ", problem)
      assert.matches(text, problem, 1, true)
    end
  end)

  it("has one content type, the option's", function()
    assert(s3:put("bucket", "typed", "", { content_type = "a/b", headers = { ["content-type"] = "c/d" } }))
    assert.equal("a/b", assert(s3:head("bucket", "typed")).content_type)
  end)

  it("takes metadata for no more than a header", function()
    local _, err = s3:put("bucket", "k", "", { metadata = { a = "x\r\nX-Evil: 1" } })
    assert.same({ "NetworkError", "header" }, { err.code, err.kind })
    for _, metadata in ipairs({ { file = "groß.jpg" }, { ["größe"] = 1 } }) do
      _, err = s3:put("bucket", "k", "", { metadata = metadata })
      assert.equal("InvalidRequest", err.code)
      assert.matches("more than ASCII", err.reason)
    end
  end)
end)

describe("the address of a bucket", function()
  local REGIONAL = "https://s3.eu-west-1.amazonaws.com"
  for _, case in ipairs({
    { "https://bucket.s3.eu-west-1.amazonaws.com/a%20b/c", "bucket", "a b/c" },
    { "https://s3.eu-west-1.amazonaws.com/dotted.bucket/k", "dotted.bucket", "k" },
    { "https://s3.eu-west-1.amazonaws.com/Old_Bucket/k", "Old_Bucket", "k" },
    { "https://bucket.s3.eu-west-1.amazonaws.com/", "bucket" },
    { "https://s3.eu-west-1.amazonaws.com/dotted.bucket", "dotted.bucket" },
  }) do
    it("is " .. case[1], function()
      assert.equal(case[1], address.url(REGIONAL, false, case[2], case[3]))
    end)
  end
  it("has the bucket in the path under an endpoint of one's own", function()
    assert.equal("http://localhost:9000/s3/bucket/k", address.url("http://localhost:9000/s3", true, "bucket", "k"))
  end)
end)
