local http_server = require("http_server")
local json = require("lambda.json")
local native = require("lambda.native")

local JSON = '{"user":"u","port":5432,"deep":{},"pin":12345678901234567890,"x":0.1234567890123456}'
local MODULES = { "lambda.params", "lambda.params.cache", "lambda.params.source", "lambda.params.environment" }

--- AWS with these methods; what was asked is in `calls`.
local function fake_aws(calls, methods)
  return {
    client = function(service)
      return setmetatable({}, { __index = function(_, name)
        return function(_, request)
          calls[#calls + 1] = { service = service, name = name, request = request }
          return methods[name](request)
        end
      end })
    end,
  }
end

local function not_found()
  return nil, { code = "ParameterNotFound", message = "there is none" }
end

describe("lambda.params", function()
  local real_aws, real_now, real_loaded, real_getenv, real_log
  local calls, methods, now_ms, env, logged

  --- The module as a new Lua state has it, in that environment.
  local function fresh(name)
    for _, module in ipairs(MODULES) do
      package.loaded[module] = nil
    end
    os.getenv = function(variable) -- luacheck: ignore 122
      local value = env[variable]
      if value ~= nil then
        return value or nil
      end
      return real_getenv(variable)
    end
    local module = require(name or "lambda.params")
    os.getenv = real_getenv -- luacheck: ignore 122
    return module
  end

  setup(function()
    real_aws, real_now, real_loaded = package.loaded["lambda.aws"], native.now_ms, native.hooks.is_loaded
    real_getenv, real_log = os.getenv, package.loaded["lambda.log"]
    native.now_ms = function() return now_ms end
  end)
  teardown(function()
    package.loaded["lambda.aws"], native.now_ms, native.hooks.is_loaded = real_aws, real_now, real_loaded
    package.loaded["lambda.log"] = real_log
    for _, module in ipairs(MODULES) do
      package.loaded[module] = nil
    end
  end)
  before_each(function()
    calls, methods, now_ms, logged = {}, {}, 1000000000000, {}
    env = { PARAMETERS_SECRETS_EXTENSION_HTTP_PORT = false, AWS_SESSION_TOKEN = "token+/=",
      AWS_LAMBDA_INITIALIZATION_TYPE = false }
    native.hooks.is_loaded = nil
    package.loaded["lambda.aws"] = fake_aws(calls, methods)
    package.loaded["lambda.log"] = { warn = function(...) logged[#logged + 1] = json.encode({ ... }) end }
    methods.GetParameter = function(request)
      return { Parameter = { Name = request.Name, Value = "value " .. #calls } }
    end
  end)

  it("asks the Parameter Store, decrypting unless told otherwise", function()
    local params = fresh()
    assert.equal("value 1", params.get("/prod/db"))
    assert.same({ service = "ssm", name = "GetParameter", request = { Name = "/prod/db", WithDecryption = true } },
      calls[1])
    assert.equal("value 2", params.get("/prod/db", { decrypt = false }))
    assert.is_false(calls[2].request.WithDecryption)
  end)

  it("keeps a value for five minutes, or as long as the caller says", function()
    local params = fresh()
    assert.equal("value 1", params.get("a"))
    now_ms = now_ms + 299999
    assert.equal("value 1", params.get("a"))
    assert.equal("value 2", params.get("a", { ttl_s = 10 }))
    assert.equal("value 2", params.get("a"))
    now_ms = now_ms + 300000
    assert.equal("value 3", params.get("a"))
    assert.equal("value 4", params.get("a", { ttl_s = 0 }))
    params.forget()
    assert.equal("value 5", params.get("a"))
    now_ms = now_ms - 1 -- the clock was set back
    assert.equal("value 6", params.get("a"))
  end)

  it("keeps a thousand values, and lets the oldest go", function()
    local params = fresh()
    for i = 1, 1000 do
      now_ms = now_ms + 1
      params.get("n" .. i)
    end
    assert.equal("value 1", params.get("n1"))
    params.get("one more")
    assert.equal("value 2", params.get("n2"))
    assert.equal(1001, #calls)
    assert.equal("value 1002", params.get("n1"))
    assert.equal(1002, #calls)
  end)

  it("gives the world's failures back, typed, with AWS's code", function()
    local params = fresh()
    methods.GetParameter = not_found
    local value, err = params.get("/prod/db")
    assert.is_nil(value)
    assert.same({ "ParamsError", "/prod/db", "ParameterNotFound" }, { err.type, err.name, err.code })
    assert.equal("ParamsError: /prod/db: ParameterNotFound: there is none", tostring(err))
    methods.GetParameter = function() return nil, "no network" end
    assert.equal("/prod/db: Unknown: no network", select(2, params.get("/prod/db")).message)
    for _, answer in ipairs({ {}, { Parameter = {} }, { Parameter = { Value = json.null } } }) do
      methods.GetParameter = function() return answer end
      assert.equal("NoValue", select(2, params.get("/prod/db")).code)
    end
    assert.equal(5, #calls) -- a failure is not kept
  end)

  it("serves what is stale when asking fails and the caller allows it, and does not ask each time", function()
    local params = fresh()
    local options = { ttl_s = 10, max_stale_s = 60 }
    assert.equal("value 1", params.get("a", options))
    methods.GetParameter = not_found
    now_ms = now_ms + 10000
    assert.is_nil(params.get("a", { ttl_s = 10 }))
    assert.equal("value 1", params.get("a", options))
    assert.equal("value 1", params.get("a", options))
    assert.equal(3, #calls)
    assert.same({
      '["a stale value is used: a: ParameterNotFound: there is none",{"code":"ParameterNotFound"}]',
    }, logged)
    now_ms = now_ms + 5000
    assert.equal("value 1", params.get("a", options))
    assert.equal(4, #calls)
    now_ms = now_ms + 55000
    assert.is_nil(params.get("a", options))
  end)

  it("transforms JSON and base64, and says of bad ones nothing but that", function()
    local params = fresh()
    local text = '{"user":"u","list":[]}'
    methods.GetParameter = function() return { Parameter = { Value = text } } end
    local first = params.get("a", { transform = "json" })
    assert.equal("u", first.user)
    first.user = "spoiled"
    assert.equal("u", params.get("a", { transform = "json" }).user)
    assert.equal(text, params.get("a"))
    text = "hunter2"
    params.forget()
    local _, err = params.get("a", { transform = "json" })
    assert.same({ "NotJson", "a: its value is no JSON" }, { err.code, err.message })
    _, err = params.get("a", { transform = "binary" })
    assert.same({ "NotBase64", "a: its value is no base64" }, { err.code, err.message })
    text = "AP8="
    params.forget()
    assert.equal("\0\255", params.get("a", { transform = "binary" }))
    text = "null"
    params.forget()
    assert.equal(json.null, params.get("a", { transform = "json" }))
    text = "false"
    params.forget()
    assert.equal(false, params.get("a", { transform = "json" }))
  end)

  it("gets all below a path, page by page", function()
    local params = fresh()
    methods.GetParametersByPath = function(request)
      local page = tonumber(request.NextToken or "1")
      return { Parameters = { { Name = "/prod/n" .. page, Value = "v" .. page } },
        NextToken = page < 3 and tostring(page + 1) or json.null }
    end
    local expected = { n1 = "v1", n2 = "v2", n3 = "v3" }
    local values = params.get_by_path("/prod/")
    assert.same(expected, values)
    values.n1 = nil
    assert.same(expected, params.get_by_path("/prod/"))
    assert.equal(3, #calls)
    assert.same({ Path = "/prod/", WithDecryption = true, Recursive = true, MaxResults = 10 }, calls[1].request)
    assert.same(expected, params.get_by_path("/prod", { recursive = false, decrypt = false }))
    assert.same({ false, false }, { calls[4].request.Recursive, calls[4].request.WithDecryption })
    assert.equal("NotJson", select(2, params.get_by_path("/prod/", { transform = "json" })).code)
    methods.GetParametersByPath = function() return { Parameters = {}, NextToken = "again" } end
    assert.equal("TooMany", select(2, params.get_by_path("/")).code)
    for _, wrong in ipairs({ 5, json.null, { 5 }, { { Value = "v" } }, { { Name = "/y/n", Value = 5 } } }) do
      methods.GetParametersByPath = function() return { Parameters = wrong } end
      assert.equal("NoValue", select(2, params.get_by_path("/y")).code)
    end
    methods.GetParametersByPath = not_found
    assert.equal("ParameterNotFound", select(2, params.get_by_path("/x")).code)
  end)

  it("gets secrets, text or bytes, of any version", function()
    local params = fresh()
    methods.GetSecretValue = function(request)
      return { SecretString = "s " .. request.SecretId .. (request.VersionStage or "") .. (request.VersionId or "") }
    end
    assert.equal("s a", params.secret("a"))
    assert.equal("s aAWSPREVIOUS", params.secret("a", { version_stage = "AWSPREVIOUS" }))
    assert.equal("s a1", params.secret("a", { version_id = "1" }))
    assert.equal("s a", params.secret("a"))
    assert.equal(3, #calls)
    assert.equal("secretsmanager", calls[1].service)
    methods.GetSecretValue = function() return { SecretBinary = "AP8=" } end
    assert.equal("\0\255", params.secret("b"))
    methods.GetSecretValue = function() return {} end
    assert.equal("NoValue", select(2, params.secret("c")).code)
    methods.GetSecretValue = function() return nil, { code = "AccessDeniedException", message = "no" } end
    assert.equal("AccessDeniedException", select(2, params.secret("c")).code)
  end)

  it("forgets in a restored snapshot", function()
    env.AWS_LAMBDA_INITIALIZATION_TYPE = "snap-start"
    local lifecycle = require("lambda.lifecycle")
    local real_after_restore, registered = lifecycle.after_restore, nil
    lifecycle.after_restore = function(hook) registered = hook end
    local params = fresh()
    lifecycle.after_restore = real_after_restore
    assert.equal("value 1", params.get("a"))
    registered()
    assert.equal("value 2", params.get("a"))
  end)

  it("blames the caller", function()
    local params = fresh()
    local function blamed(expected, fn, ...)
      local ok, err = pcall(fn, ...)
      assert.is_false(ok)
      assert.matches(expected, err, 1, true)
    end
    blamed("bad argument #1 to 'params.get' (a name of 1 to 2048 bytes expected, got nil)", params.get)
    blamed("got another string", params.get, "")
    blamed("got another string", params.get, "a\nb")
    blamed("got another string", params.secret, ("x"):rep(2049))
    blamed("bad argument #2 to 'params.get' (a table of options expected, got number)", params.get, "a", 5)
    blamed("there is no option 'ttl'", params.get, "a", { ttl = 5 })
    blamed("there is no option 'recursive'", params.get, "a", { recursive = true })
    blamed("ttl_s: seconds expected", params.get, "a", { ttl_s = -1 })
    blamed("ttl_s: seconds expected", params.get, "a", { ttl_s = 0 / 0 })
    blamed("transform: 'json' or 'binary' expected", params.get, "a", { transform = "xml" })
    blamed("decrypt: a boolean expected", params.get, "a", { decrypt = 1 })
    blamed("version_stage: a string expected", params.secret, "a", { version_stage = "" })
    blamed("a path beginning with '/' expected", params.get_by_path, "prod")
    local _, err = pcall(function() params.get({}) end)
    assert.matches("^spec/lua%-lib/lambda/params_spec.lua:%d+: ", err)
  end)

  describe("with the extension", function()
    local server
    setup(function() server = http_server.start() end)
    teardown(function() server:stop() end)
    before_each(function()
      env.PARAMETERS_SECRETS_EXTENSION_HTTP_PORT = server.url:match("%d+$")
      native.hooks.is_loaded = true
    end)

    local function sent(text)
      local request = assert(json.decode(text))
      return request.path, request.headers["x-aws-parameters-secrets-token"]
    end

    it("asks it with the session's token, everything escaped", function()
      local params = fresh()
      local path, token = sent(params.get("/prod/a&b=c"))
      assert.equal("/systemsmanager/parameters/get?name=%2Fprod%2Fa%26b%3Dc&withDecryption=true", path)
      assert.equal("token+/=", token)
      assert.equal("/systemsmanager/parameters/get?name=a&version=3&withDecryption=false",
        (sent(params.get("a:3", { decrypt = false }))))
      assert.equal("/systemsmanager/parameters/get?label=live&name=a&withDecryption=true", (sent(params.get("a:live"))))
      assert.equal("/systemsmanager/parameters/get?name=arn%3Aaws%3Assm%3Ax%3A1%3Aparameter%2Fa&withDecryption=true",
        (sent(params.get("arn:aws:ssm:x:1:parameter/a"))))
      assert.equal("/secretsmanager/get?secretId=prod%2Fs", (sent(params.secret("prod/s"))))
      assert.equal("/secretsmanager/get?secretId=s&versionId=1&versionStage=old",
        (sent(params.secret("s", { version_stage = "old", version_id = "1" }))))
      assert.equal("\0\255", params.secret("binary"))
      assert.same({}, calls)
    end)

    it("asks the API where it refuses, answers nonsense or is not there", function()
      local params = fresh()
      assert.equal("value 1", params.get("refuse"))
      assert.equal("value 2", params.get("odd"))
      methods.GetSecretValue = function() return { SecretString = "s" } end
      assert.equal("s", params.secret("refuse"))
      for _, port in ipairs({ "1", "x", "99999", "" }) do
        env.PARAMETERS_SECRETS_EXTENSION_HTTP_PORT = port
        params = fresh()
        assert.matches("value", params.get("a"))
      end
    end)

    it("does not ask it before the first event, nor without a token", function()
      native.hooks.is_loaded = nil
      assert.equal("value 1", fresh().get("a"))
      native.hooks.is_loaded, env.AWS_SESSION_TOKEN = true, false
      assert.equal("value 2", fresh().get("a"))
    end)

    it("finds it by the file of its layer", function()
      env.PARAMETERS_SECRETS_EXTENSION_HTTP_PORT = false
      local source = fresh("lambda.params.source")
      source.EXTENSION_FILE = "spec/lua-lib/lambda/params_spec.lua" -- there; nobody listens at 2773, or at least no AWS
      env.AWS_SESSION_TOKEN = "x"
      local asked
      package.loaded["lambda.http"], asked = { get = function(url, options)
        asked = { url, options.direct }
        return nil
      end }, nil
      finally(function() package.loaded["lambda.http"] = nil end)
      assert.matches("value", source.parameter("a", true))
      assert.same({ "http://127.0.0.1:2773/systemsmanager/parameters/get", true }, asked)
    end)
  end)

  describe("for environment variables", function()
    local environment
    before_each(function()
      environment = fresh("lambda.params.environment")
      methods.GetParameters = function(request)
        local found = {}
        for _, name in ipairs(request.Names) do
          if not name:find("none") then
            local base, selector = name:match("^(.-)(:%d+)$")
            found[#found + 1] = { Name = base or name, Selector = selector or json.null, ARN = "arn:" .. name,
              Value = name == "/json" and JSON or "text of " .. name }
          end
        end
        return { Parameters = found, InvalidParameters = {} }
      end
      methods.GetSecretValue = function(request)
        if request.SecretId == "none" then
          return nil, { code = "ResourceNotFoundException", message = "can't find the specified secret" }
        end
        return { SecretString = '{"key":"k"}' }
      end
    end)

    it("resolves parameters ten at a time, and each secret once", function()
      local texts = { A = "ssm:/json#user", B = "ssm:/json#port", C = "secret:s#key", D = "secret:s", E = "ssm:/v:3",
        F = "ssm:/json#pin", G = "ssm:/json#x" }
      for i = 1, 20 do
        texts["P" .. i] = "ssm:/p" .. i
      end
      local values = environment.resolve(texts)
      assert.same({ "u", "5432", "k", '{"key":"k"}', "text of /v:3" },
        { values.A, values.B, values.C, values.D, values.E })
      assert.same({ "12345678901234567890", "0.1234567890123456" }, { values.F, values.G })
      assert.equal("text of /p20", values.P20)
      local counts = {}
      for _, call in ipairs(calls) do
        counts[call.name] = (counts[call.name] or 0) + 1
      end
      assert.same({ GetParameters = 3, GetSecretValue = 1 }, counts)
    end)

    it("gives os.getenv the values, and leaves the rest alone", function()
      finally(function() os.getenv = real_getenv end) -- luacheck: ignore 122
      environment.enter({ DB_PASS = "ssm:/p" })
      assert.equal("text of /p", os.getenv("DB_PASS"))
      assert.equal(real_getenv("PATH"), os.getenv("PATH"))
    end)

    it("names the variable that fails and the reason, and shows neither value nor reference", function()
      local function failed(text)
        local ok, err = pcall(environment.resolve, { PASS = text })
        assert.is_false(ok)
        assert.not_matches("hunter2", tostring(err.message), 1, true)
        return err.type .. ": " .. err.message
      end
      local HEAD = "Function.InitError: LUNAMBDA_SECRETS: the variable PASS cannot be resolved: "
      assert.equal(HEAD .. "ParameterNotFound: there is no such parameter", failed("ssm:/none/hunter2"))
      assert.equal(HEAD .. "ResourceNotFoundException: can't find the specified secret", failed("secret:none"))
      assert.equal(HEAD .. "its value is no JSON object, so it has no fields", failed("ssm:/p#hunter2"))
      assert.matches("no such field", failed("ssm:/json#hunter2"), 1, true)
      assert.matches("no such field", failed("ssm:/json#deep"), 1, true)
      methods.GetParameters = function() return { Parameters = { { Value = "hunter2" } } } end
      assert.equal(HEAD .. "the answer has a parameter without a name or a value", failed("ssm:/hunter2"))
      methods.GetParameters = function() return nil, { code = "AccessDeniedException", message = "not authorized" } end
      assert.equal(HEAD .. "AccessDeniedException: not authorized", failed("ssm:/hunter2"))
      local function refuse(request)
        return nil, { code = "AccessDeniedException", message = "u is not authorized to do it on resource: arn:aws:"
          .. (request.SecretId or "ssm:1:parameter" .. request.Names[1]:gsub(":3$", "")) .. " because of a policy" }
      end
      methods.GetParameters, methods.GetSecretValue = refuse, refuse
      for _, text in ipairs({ "ssm:/hunter2", "ssm:/hunter2:3", "secret:hunter2%+(a)" }) do
        assert.matches("on resource: arn:aws:.*%(name%) because of a policy$", failed(text))
      end
      assert.matches("arn:aws:ab because", failed("secret:ab"), 1, true)
      for _, text in ipairs({ "ssm:", "secret:", "ssm:#f", "ssm:/a#", "ssm:hunter2 b", "secret:a\nb" }) do
        assert.matches("Runtime.ConfigInvalid: LUNAMBDA_SECRETS: the variable PASS must be ssm:NAME", failed(text),
          1, true)
      end
    end)
  end)
end)
