--- What the published vectors (sign_vectors_spec.lua) do not say of signing.
local aws = require("lambda.aws")
local canonical = require("lambda.aws.canonical")
local sign = require("lambda.aws.sign")
local signing = require("lambda.aws.signing")

local OPTIONS = {
  service = "execute-api", region = "eu-central-1", date = "20261120T081500Z",
  credentials = { access_key_id = "AKID", secret_access_key = "secret", session_token = "token" },
}

local function with(changes)
  local options = {}
  for name, value in pairs(OPTIONS) do
    options[name] = value
  end
  for name, value in pairs(changes) do
    options[name] = value
  end
  return options
end

describe("aws.sign", function()
  it("leaves the request alone, and keeps what is no part of the signature", function()
    local request = { url = "https://Api.Example.com:443?b=2&a=x y", headers = { Authorization = "old", A = "1" },
                      json = { 1 }, timeout_ms = 5, query = { c = "ü" } }
    local signed = assert(aws.sign(request, OPTIONS))
    assert.same({ url = "https://Api.Example.com:443?b=2&a=x y", headers = { Authorization = "old", A = "1" },
                  json = { 1 }, timeout_ms = 5, query = { c = "ü" } }, request)
    assert.equal("https://api.example.com/?a=x%20y&b=2&c=%C3%BC", signed.url)
    assert.same({ "POST", "[1]", "application/json", 5 },
      { signed.method, signed.body, signed.headers["Content-Type"], signed.timeout_ms })
    assert.matches("^AWS4%-HMAC%-SHA256 Credential=AKID/20261120/eu%-central%-1/execute%-api/aws4_request, "
      .. "SignedHeaders=a;content%-type;host;x%-amz%-date;x%-amz%-security%-token, ", signed.headers.Authorization)
    assert.is_nil(signed.json or signed.query or signed.form)
  end)

  it("is the same whatever the order of headers, of the query, of tables", function()
    local generator = 7
    local function shuffled(list)
      for i = #list, 2, -1 do
        generator = (generator * 1103515245 + 12345) % 2147483648
        local j = generator // 65536 % i + 1
        list[i], list[j] = list[j], list[i]
      end
      return list
    end
    local names = { "b", "a", "A", "a-b", "%C3%BC", "z", "a=1", "a=2", "a=%20", "a.b", "a~", "=x", "a=+" }
    local headers = { "B", "a-b", "A_c", "Zz", "X-1", "X-10", "X-2" }
    local wanted
    for _ = 1, 200 do
      local map = {}
      for i, name in ipairs(shuffled(headers)) do
        map[i % 2 == 0 and name:upper() or name:lower()] = "value of " .. name:lower()
      end
      local url = "https://h/?" .. table.concat(shuffled(names), "&")
      local _, explained = assert(sign.sign({ url = url, headers = map }, OPTIONS))
      wanted = wanted or explained.canonical_request
      assert.equal(wanted, explained.canonical_request)
    end
  end)

  it("changes with everything that is signed", function()
    local function signature(request, options)
      return select(2, assert(sign.sign(request, options or OPTIONS))).signature
    end
    local base = { url = "https://h/p?q=1", method = "PUT", headers = { A = "1" }, body = "b" }
    local seen = { [signature(base)] = true }
    for name, value in pairs({ url = "https://h/p?q=2", method = "POST", headers = { A = "2" }, body = "c" }) do
      local changed = { url = base.url, method = base.method, headers = base.headers, body = base.body }
      changed[name] = value
      local other = signature(changed)
      assert.is_nil(seen[other], name)
      seen[other] = true
    end
    for name, value in pairs({ service = "lambda", region = "eu-west-1", date = "20261120T081501Z",
                               unsigned_payload = true, sign_token = false,
                               credentials = { access_key_id = "AKID", secret_access_key = "other" } }) do
      local other = signature(base, with({ [name] = value }))
      assert.is_nil(seen[other], name)
      seen[other] = true
    end
  end)

  it("does not sign what changes on the way", function()
    local _, explained = assert(sign.sign({ url = "https://h/", headers = {
      ["User-Agent"] = "u", Connection = "close", Expect = "", ["X-Amzn-Trace-Id"] = "t",
      ["Transfer-Encoding"] = "chunked",
    } }, OPTIONS))
    assert.equal("host;x-amz-date;x-amz-security-token", explained.signed_headers)
  end)

  it("signs lists of values as they are sent", function()
    local _, explained = assert(sign.sign({ url = "https://h/", headers = {
      A = { "1", 2 }, B = {}, ["X-Amz-Content-Sha256"] = { "UNSIGNED-PAYLOAD" },
    } }, OPTIONS))
    assert.equal("a;host;x-amz-content-sha256;x-amz-date;x-amz-security-token", explained.signed_headers)
    assert.matches("\na:1,2\nhost:h\nx-amz-content-sha256:UNSIGNED-PAYLOAD\n", explained.canonical_request, 1, true)
    assert.matches("\nUNSIGNED%-PAYLOAD$", explained.canonical_request)
  end)

  it("tells service and region by the host", function()
    for host, scope in pairs({
      ["dynamodb.eu-west-1.amazonaws.com"] = "eu-west-1/dynamodb", ["abc.execute-api.us-east-2.amazonaws.com"] =
        "us-east-2/execute-api", ["b.s3.eu-central-1.amazonaws.com"] = "eu-central-1/s3",
      ["x.lambda-url.eu-west-1.on.aws"] = "eu-west-1/lambda", ["x.appsync-api.eu-west-1.amazonaws.com"] =
        "eu-west-1/appsync", ["search-d.eu-west-1.es.amazonaws.com"] = "eu-west-1/es",
      ["id.us-east-1.aoss.amazonaws.com"] = "us-east-1/aoss", ["b.s3.dualstack.us-west-2.amazonaws.com"] =
        "us-west-2/s3",
      ["bedrock-runtime.us-east-1.amazonaws.com"] = "us-east-1/bedrock", ["email.eu-west-1.amazonaws.com"] =
        "eu-west-1/ses", ["vpce-0a-b.sqs.us-east-1.vpce.amazonaws.com"] = "us-east-1/sqs",
      ["like-a-region-1.s3.amazonaws.com"] = "eu-central-1/s3",
      ["b.bucket.vpce-1-2.s3.us-east-1.vpce.amazonaws.com"] = "us-east-1/s3",
      ["sqs.cn-north-1.amazonaws.com.cn"] = "cn-north-1/sqs", ["s3.us-gov-west-1.amazonaws.com"] = "us-gov-west-1/s3",
    }) do
      local signed = assert(sign.sign({ url = "https://" .. host .. "/" }, {
        credentials = OPTIONS.credentials, date = OPTIONS.date,
        region = host:find("%.s3%.amazonaws") and "eu-central-1" or nil,
      }))
      assert.matches("Credential=AKID/20261120/" .. scope .. "/aws4_request,", signed.headers.Authorization, 1, true)
    end
    assert.error_matches(function()
      sign.sign({ url = "https://example.com/" }, { credentials = OPTIONS.credentials, region = "x" })
    end, "service: example.com is no host whose name tells it")
  end)

  it("refuses what it cannot sign", function()
    for problem, case in pairs({
      ["there is no option 'servise'"] = { { url = "https://h/" }, with({ servise = "x" }) },
      ["date: a text like"] = { { url = "https://h/" }, with({ date = "2026-11-20" }) },
      ["expires: 1 to 604800"] = { { url = "https://h/" }, with({ expires = 604801 }) },
      ["the header a is there twice"] = { { url = "https://h/", headers = { a = "1", A = "2" } }, OPTIONS },
      ["the header x must be a string"] = { { url = "https://h/", headers = { x = { {} } } }, OPTIONS },
      ["url: string expected"] = { {}, OPTIONS },
      ["the name of a header must be a string, got boolean"] = { { url = "https://h/", headers = { [true] = "" } },
                                                                 OPTIONS },
      ["credentials: access_key_id and secret_access_key expected"] = { { url = "https://h/" },
                                                                        with({ credentials = {} }) },
    }) do
      local ok, text = pcall(function() return (sign.presign(case[1], case[2])) end)
      assert.is_false(ok, problem)
      assert.matches(problem, text, 1, true)
      assert.matches("sign_spec", text)
    end
    local _, problem = sign.sign({ url = "ftp://u:p@h/" }, OPTIONS)
    assert.equal("not an http:// or https:// URL: ftp://h/", problem)
    assert.matches("a function", select(2, sign.sign({ url = "https://h/", json = print }, OPTIONS)))
  end)

  it("keeps keys for the day, and gives the same without them", function()
    local one = select(2, sign.sign({ url = "https://h/" }, OPTIONS)).signature
    for day = 1, 40 do
      assert(sign.sign({ url = "https://h/" }, with({ date = ("202601%02dT000000Z"):format(day) })))
    end
    assert.equal(one, select(2, sign.sign({ url = "https://h/" }, OPTIONS)).signature)
    signing.forget()
    assert.equal(one, select(2, sign.sign({ url = "https://h/" }, OPTIONS)).signature)
  end)

  it("presigns with a token that is signed, or is not", function()
    local url = assert(sign.presign({ url = "https://h/k" }, with({ service = "s3", sign_token = false })))
    assert.matches("&X%-Amz%-Security%-Token=token&X%-Amz%-Signature=%x+$", url)
    url = assert(sign.presign({ url = "https://h/k" }, with({ service = "s3" })))
    assert.matches("Expires=900&X%-Amz%-Security%-Token=token&X%-Amz%-SignedHeaders=host&X%-Amz%-Signature=%x+$", url)
  end)
end)

describe("a path", function()
  it("goes out of no root", function()
    assert.equal("/b", canonical.path("/../../a/../b", false, true))
    assert.equal("/", canonical.path("/..", false, true))
  end)
  it("is escaped once more, but as the name of an object once", function()
    assert.equal("/a%2520b/%252F", canonical.path("/a%20b/%2F", false, true))
    assert.equal("/a%20b/../%2A", canonical.path("/a%20b/../*", true))
  end)
end)
