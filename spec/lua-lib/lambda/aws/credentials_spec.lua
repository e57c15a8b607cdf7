--- Credentials, regions and endpoints by the environment, which a stub of os.getenv stands for.
local aws_server = require("aws_server")
local http = require("lambda.http")
local scratch = require("scratch")
local time = require("lambda.aws.time")

describe("lambda.aws", function()
  local getenv, environment, server = os.getenv, {}, nil
  local aws, credentials, endpoint

  setup(function()
    server = aws_server.start()
    os.getenv = function(name) -- luacheck: ignore
      local value = environment[name]
      if name:find("^AWS_") then
        return value
      end
      return value or getenv(name)
    end
    for name in pairs(package.loaded) do
      package.loaded[name] = not name:find("^lambda%.aws") and package.loaded[name] or nil
    end
    aws, credentials = require("lambda.aws"), require("lambda.aws.credentials")
    endpoint = require("lambda.aws.endpoint")
  end)
  teardown(function()
    os.getenv = getenv -- luacheck: ignore
    for name in pairs(package.loaded) do
      package.loaded[name] = not name:find("^lambda%.aws") and package.loaded[name] or nil
    end
    server:stop()
    http.close()
  end)
  before_each(function()
    environment = {}
    credentials.forget()
  end)

  local function fetched()
    return tonumber(http.get(server.url .. "/fetched").body)
  end

  local function fails(pattern)
    local found, err = credentials.get()
    assert.is_nil(found)
    assert.same({ "AwsError", "ConfigurationError" }, { err.type, err.code })
    assert.matches(pattern, err.message)
    return err
  end

  it("reads the environment at each call", function()
    environment = { AWS_ACCESS_KEY_ID = "a", AWS_SECRET_ACCESS_KEY = "b" }
    assert.same({ access_key_id = "a", secret_access_key = "b" }, credentials.get())
    environment = { AWS_ACCESS_KEY_ID = "c", AWS_SECRET_ACCESS_KEY = "d", AWS_SESSION_TOKEN = "e" }
    assert.same({ access_key_id = "c", secret_access_key = "d", session_token = "e" }, aws.credentials())
    environment.AWS_SESSION_TOKEN = ""
    assert.is_nil(credentials.get().session_token)
  end)

  it("says what is missing", function()
    fails("looked for AWS_ACCESS_KEY_ID with AWS_SECRET_ACCESS_KEY")
    environment = { AWS_ACCESS_KEY_ID = "a" }
    fails("AWS_ACCESS_KEY_ID is set, but AWS_SECRET_ACCESS_KEY is not")
    environment = { AWS_SECRET_ACCESS_KEY = "hush", AWS_ACCESS_KEY_ID = "" }
    assert.is_nil(fails("AWS_SECRET_ACCESS_KEY is set, but AWS_ACCESS_KEY_ID is not").message:find("hush"))
  end)

  it("asks the container's endpoint, and keeps what is good for more than five minutes", function()
    environment = { AWS_CONTAINER_CREDENTIALS_FULL_URI = server.url .. "/credentials/900",
                    AWS_CONTAINER_AUTHORIZATION_TOKEN = "container-token" }
    local before = fetched()
    for _ = 1, 3 do
      assert.same({ access_key_id = aws_server.KEY, secret_access_key = aws_server.SECRET,
                    session_token = aws_server.TOKEN }, assert(credentials.get()))
    end
    assert.equal(before + 1, fetched())
    credentials.forget()
    assert(credentials.get())
    assert.equal(before + 2, fetched())
    environment.AWS_CONTAINER_CREDENTIALS_FULL_URI = server.url .. "/credentials/200"
    assert(credentials.get())
    assert(credentials.get())
    assert.equal(before + 4, fetched())
  end)

  it("goes on with what is good for minutes when the endpoint fails", function()
    local here <close> = scratch.new()
    local path = here:write("token", "container-token\n")
    environment = { AWS_CONTAINER_CREDENTIALS_FULL_URI = server.url .. "/credentials/200",
                    AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE = path, AWS_CONTAINER_AUTHORIZATION_TOKEN = "not this" }
    local first = assert(credentials.get())
    local get = http.get
    finally(function() http.get = get end)
    http.get = function() return nil, { message = "down" } end
    assert.equal(first, credentials.get())
    here:write("token", "another")
    fails("the container's endpoint: down")
  end)

  it("asks past any proxy", function()
    environment = { AWS_CONTAINER_CREDENTIALS_FULL_URI = server.url .. "/credentials/900",
                    AWS_CONTAINER_AUTHORIZATION_TOKEN = "container-token" }
    local seen
    local get = http.get
    finally(function() http.get = get end)
    http.get = function(url, options)
      seen = options
      return get(url, options)
    end
    assert(credentials.get())
    assert.same({ true, 0 }, { seen.direct, seen.follow })
  end)

  it("says why the endpoint gave none", function()
    environment = { AWS_CONTAINER_CREDENTIALS_FULL_URI = server.url .. "/credentials/900" }
    fails("the container's endpoint answered 403")
    environment.AWS_CONTAINER_AUTHORIZATION_TOKEN = "container-token"
    for _, what in ipairs({ "rubbish", "wrong" }) do
      environment.AWS_CONTAINER_CREDENTIALS_FULL_URI = server.url .. "/credentials/" .. what
      fails("answered no JSON with AccessKeyId and SecretAccessKey")
    end
    environment.AWS_CONTAINER_CREDENTIALS_FULL_URI = "http://127.0.0.1:1/x"
    fails("127.0.0.1:1")
    environment.AWS_CONTAINER_AUTHORIZATION_TOKEN = "a\r\nEvil: 1"
    fails("a control character")
    environment.AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE = "/nowhere/token"
    fails("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: /nowhere/token")
  end)

  it("sends the token to no other host without TLS", function()
    local get, asked = http.get, {}
    finally(function() http.get = get end)
    http.get = function(url)
      asked[#asked + 1] = url
      return nil, { message = "stopped" }
    end
    for _, url in ipairs({ "http://example.com/", "http://169.254.170.2.evil.com/", "http://127.0.0.1@evil.com/",
                           "http://127.0.0.1.evil.com/", "ftp://localhost/", "http://10.0.0.1/", "localhost",
                           "http:///x", "http://169.254.169.254/", "https://u@evil.com/" }) do
      environment.AWS_CONTAINER_CREDENTIALS_FULL_URI = url
      fails("gets no request")
    end
    assert.same({}, asked)
    for _, url in ipairs({ "https://example.com/x", "http://169.254.170.2/x", "http://169.254.170.23:80/x",
                           "http://localhost:1/x", "http://127.1.2.3/x", "http://[::1]:8/x",
                           "HTTP://[fd00:ec2::23]/x" }) do
      environment.AWS_CONTAINER_CREDENTIALS_FULL_URI = url
      fails("stopped")
    end
    assert.equal(7, #asked)
    environment.AWS_CONTAINER_CREDENTIALS_RELATIVE_URI = "/v2/x"
    fails("stopped")
    assert.equal("http://169.254.170.2/v2/x", asked[8])
    environment.AWS_CONTAINER_CREDENTIALS_RELATIVE_URI = "evil.com/x"
    fails("does not begin with a slash")
  end)

  it("takes region, endpoint and credentials from the environment", function()
    local sqs = aws.client("sqs")
    local _, err = sqs:Send()
    assert.same({ "ConfigurationError", "sqs", "Send", 1 }, { err.code, err.service, err.operation, err.attempts })
    assert.matches("no region: neither AWS_REGION nor AWS_DEFAULT_REGION", err.message)
    environment = { AWS_DEFAULT_REGION = "eu-west-2", AWS_ENDPOINT_URL = server.url }
    assert.matches("no AWS credentials", select(2, sqs:Send()).message)
    environment.AWS_ACCESS_KEY_ID, environment.AWS_SECRET_ACCESS_KEY = aws_server.KEY, aws_server.SECRET
    assert(sqs:Send())
    environment.AWS_ENDPOINT_URL, environment.AWS_ENDPOINT_URL_SQS = "http://127.0.0.1:1", server.url .. "/base/"
    assert.equal("/base/", assert(sqs:Send()).Path)
    environment.AWS_ENDPOINT_URL_SQS = "localhost:80"
    assert.matches("AWS_ENDPOINT_URL_SQS or AWS_ENDPOINT_URL is no http", select(2, sqs:Send()).message)
    environment.AWS_REGION = "evil.com/"
    assert.matches("no name of a region", select(2, sqs:Send()).message)
  end)

  it("asks for credentials anew when they have expired", function()
    environment = { AWS_CONTAINER_CREDENTIALS_FULL_URI = server.url .. "/credentials/900", AWS_REGION = "expired-1-x",
                    AWS_CONTAINER_AUTHORIZATION_TOKEN = "container-token", AWS_ENDPOINT_URL = server.url }
    local before = fetched()
    assert(aws.client("kms"):Decrypt({}))
    assert.equal(before + 2, fetched())
  end)

  it("takes credentials from a function", function()
    environment = { AWS_REGION = "x", AWS_ENDPOINT_URL = server.url }
    local answers = { { nil, "broken" }, { { access_key_id = aws_server.KEY, secret_access_key = aws_server.SECRET } } }
    local calls = 0
    local sqs = aws.client("sqs", { credentials = function()
      calls = calls + 1
      return answers[calls][1], answers[calls][2]
    end })
    assert.equal("ConfigurationError", select(2, sqs:Send()).code)
    assert(sqs:Send())
  end)

  it("counts tries as AWS_MAX_ATTEMPTS says", function()
    environment = { AWS_REGION = "throttle-9-env", AWS_ENDPOINT_URL = server.url, AWS_ACCESS_KEY_ID = aws_server.KEY,
                    AWS_SECRET_ACCESS_KEY = aws_server.SECRET, AWS_MAX_ATTEMPTS = "1" }
    assert.equal(1, select(2, aws.client("sqs"):Send()).attempts)
    environment.AWS_MAX_ATTEMPTS = "2"
    assert.equal(2, select(2, aws.client("sqs"):Send()).attempts)
  end)

  it("finds the hosts of all partitions", function()
    local service = require("lambda.aws.services").get("stepfunctions")
    for region, host in pairs({
      ["eu-central-1"] = "states.eu-central-1.amazonaws.com", ["cn-north-1"] = "states.cn-north-1.amazonaws.com.cn",
      ["us-gov-west-1"] = "states.us-gov-west-1.amazonaws.com", ["us-iso-east-1"] = "states.us-iso-east-1.c2s.ic.gov",
      ["eusc-de-east-1"] = "states.eusc-de-east-1.amazonaws.eu",
    }) do
      assert.equal("https://" .. host, (endpoint.url(service, region)))
    end
    environment = { AWS_ENDPOINT_URL_SFN = "http://h", AWS_IGNORE_CONFIGURED_ENDPOINT_URLS = "true" }
    assert.equal("https://states.x.amazonaws.com", (endpoint.url(service, "x")))
  end)

  it("reads moments", function()
    assert.equal(1440938160000, time.from_iso("2015-08-30T12:36:00Z"))
    assert.equal(951827696000, time.from_iso("2000-02-29T12:34:56.789Z"))
    assert.equal(1440938160000, time.from_http("Sun, 30 Aug 2015 12:36:00 GMT"))
    assert.equal("20150830T123600Z", time.basic(1440938160000))
    for _, text in ipairs({ "", "2015-13-30T12:36:00Z", "2015-08-30T25:36:00Z", "2015-08-30",
                            "2015-08-30T12:36:00" }) do
      assert.is_nil(time.from_iso(text))
    end
    for _, text in ipairs({ "", "Sun, 30 Foo 2015 12:36:00 GMT", "Sun, 30 Aug 2015 12:36:00 CET" }) do
      assert.is_nil(time.from_http(text))
    end
    for _, seconds in ipairs({ 0, 86399, 68169600, 1582934400, 4102444800, 4107542399 }) do
      assert.equal(seconds * 1000, time.from_iso(os.date("!%Y-%m-%dT%H:%M:%SZ", seconds)))
    end
  end)
end)
