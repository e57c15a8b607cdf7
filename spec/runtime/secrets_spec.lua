--- LUNAMBDA_SECRETS=1 resolves what environment variables name; and no secret is seen where it does not belong.
local bootstrap_process = require("bootstrap_process")
local cjson = require("cjson")
local http = require("lambda.http")
local http_server = require("http_server")
local secrets_server = require("secrets_server")

describe("LUNAMBDA_SECRETS", function()
  local server
  before_each(function()
    server = http_server.start("secrets_server")
  end)
  after_each(function()
    server:stop()
  end)

  local function env(more)
    local all = {
      LUNAMBDA_SECRETS = "1", AWS_ENDPOINT_URL = server.url, AWS_ACCESS_KEY_ID = "AKIDEXAMPLE",
      AWS_SECRET_ACCESS_KEY = "key", AWS_SESSION_TOKEN = "token", AWS_MAX_ATTEMPTS = "1",
      DB_PASS = "ssm:/prod/db", API_KEY = "secret:prod/api#key", PLAIN = "text",
    }
    for name, value in pairs(more or {}) do
      all[name] = value
    end
    return all
  end

  local function calls()
    local names = assert(http.get(server.url .. "/calls")):json()
    table.sort(names)
    return { table.unpack(names) }
  end

  local function assert_no_secret(text)
    assert.not_matches(secrets_server.VALUE, text, 1, true)
  end

  local SOURCE = [[
    local at_load = os.getenv("DB_PASS")
    return { handler = function(event)
      if event == "environ" then
        local pid = io.open("/proc/self/stat"):read("n")
        local pipe = io.popen("printenv DB_PASS; tr '\\0' '\\n' < /proc/" .. pid .. "/environ")
        local text = pipe:read("a")
        pipe:close()
        return text
      end
      return { at_load, os.getenv("DB_PASS"), os.getenv("API_KEY"), os.getenv("PLAIN"), os.getenv("NONE") }
    end }]]

  it("gives os.getenv the values, from the file's first line on", function()
    local seen = bootstrap_process.run({ source = SOURCE, env = env(), events = { "1", "2" } })
    for i = 1, 2 do
      assert.same({ "hunter2-/prod/db", "hunter2-/prod/db", "hunter2-key", "text" }, cjson.decode(seen[i].body))
    end
    assert.same({ "GetParameters", "GetSecretValue" }, calls())
  end)

  it("keeps them out of the process's environment, of child programs and of the log", function()
    local all = { AWS_LAMBDA_LOG_FORMAT = "JSON", AWS_LAMBDA_LOG_LEVEL = "TRACE", LUNAMBDA_REPORT = "1" }
    for _, more in ipairs({ {}, all }) do
      local seen = bootstrap_process.run({ source = SOURCE, env = env(more), events = { '"environ"' } })
      assert.matches("^ssm:/prod/db\n", cjson.decode("[" .. seen[1].body .. "]")[1])
      assert_no_secret(seen[1].body .. seen.stdout .. seen.stderr)
    end
  end)

  it("costs nothing and changes nothing unless it is asked for", function()
    local seen = bootstrap_process.run({ source = SOURCE, env = env({ LUNAMBDA_SECRETS = "0" }) })
    assert.same({ "ssm:/prod/db", "ssm:/prod/db", "secret:prod/api#key", "text" }, cjson.decode(seen[1].body))
    assert.same({}, calls())
    seen = bootstrap_process.run({ code = "return package.loaded['lambda.params.environment'] == nil", env = env({
      DB_PASS = false, API_KEY = false }) })
    assert.equal("true", seen[1].body) -- no variable names any
    assert.same({}, calls())
  end)

  it("resolves for each of several workers", function()
    local seen = bootstrap_process.run({
      source = SOURCE, events = { "1", "2" }, env = env({ AWS_LAMBDA_MAX_CONCURRENCY = "2" }),
    })
    for i = 1, 2 do
      assert.equal("hunter2-/prod/db", cjson.decode(seen[i].body)[2])
    end
    assert_no_secret(seen.stdout .. seen.stderr)
  end)

  it("ends the init phase by an error that names the variable and the reason", function()
    local NO_FIELD = "the JSON object has no such field, or one that is no string, number or boolean"
    local NO_OBJECT = "its value is no JSON object, so it has no fields"
    local FORM = "must be ssm:NAME or secret:NAME, each perhaps with #FIELD"
    for reference, expected in pairs({
      ["ssm:/none"] = "Function.InitError: cannot be resolved: ParameterNotFound: there is no such parameter",
      ["secret:none"] = "Function.InitError: cannot be resolved: ResourceNotFoundException: "
        .. "Secrets Manager can't find the specified secret.",
      ["secret:denied"] = "Function.InitError: cannot be resolved: AccessDeniedException: "
        .. "User is not authorized to perform: secretsmanager:GetSecretValue",
      ["ssm:/json#hunter2-none"] = "Function.InitError: cannot be resolved: " .. NO_FIELD,
      ["ssm:/prod/db#user"] = "Function.InitError: cannot be resolved: " .. NO_OBJECT,
      ["secret:hunter2- blank"] = "Runtime.ConfigInvalid: " .. FORM,
    }) do
      local seen = bootstrap_process.run({ source = SOURCE, env = env({ DB_PASS = reference }) })
      local document = seen[1].document
      local type_name, rest = expected:match("^(.-): (.*)$")
      assert.same({ type_name, "LUNAMBDA_SECRETS: the variable DB_PASS " .. rest, 1 },
        { document.errorType, document.errorMessage, seen.exit })
      assert.matches("/init/error$", seen[1].path)
      assert_no_secret(seen[1].body .. seen.stdout .. seen.stderr)
    end
  end)

  it("says when AWS cannot be reached", function()
    local seen = bootstrap_process.run({ source = SOURCE, env = env({ AWS_ENDPOINT_URL = "http://127.0.0.1:1" }) })
    assert.equal("Function.InitError", seen[1].document.errorType)
    assert.matches("^LUNAMBDA_SECRETS: the variable DB_PASS cannot be resolved: NetworkError",
      seen[1].document.errorMessage)
  end)

  it("knows two values", function()
    local seen = bootstrap_process.run({ source = SOURCE, env = env({ LUNAMBDA_SECRETS = "ssm" }) })
    assert.equal("LUNAMBDA_SECRETS is 'ssm', which is none of: 0, 1", seen[1].document.errorMessage)
  end)

  it("and lambda.params, lambda.idempotency leave no value in errors and logs", function()
    local seen = bootstrap_process.run({
      source = [[
        local lambda = require("lambda")
        local once = lambda.idempotency.wrap({ table = "t", key = "id" })
        local inner = once(function(event) return { secret = lambda.params.get("/prod/db"), id = event.id } end)
        return { handler = function(event, context)
          local first, again = inner(event, context), inner(event, context)
          local results = { lambda.params.get("/prod/db", { transform = "json" }), lambda.params.get("/none"),
            lambda.params.secret("denied") }
          for _, transform in ipairs({ "json", "binary" }) do
            local _, err = lambda.params.get("/prod/db", { transform = transform })
            context.log.error(err.message, { err = err })
          end
          local _, err = inner({}, context)
          context.log.warn(tostring(err))
          assert(first.secret == "hunter2-/prod/db" and again.secret == first.secret and again.id == event.id)
          return lambda.params.get("/prod/db", { transform = "json" })
        end }]],
      events = { '{"id":"hunter2-id"}', '{"id":"hunter2-id"}' },
      env = env({ DB_PASS = false, API_KEY = false, AWS_LAMBDA_LOG_FORMAT = "JSON", AWS_LAMBDA_LOG_LEVEL = "TRACE" }),
    })
    for i = 1, 2 do
      assert.equal("/prod/db: its value is no JSON", seen[i].document.errorMessage)
      assert_no_secret(seen[i].body)
    end
    assert.matches("its value is no base64", seen.stderr .. seen.stdout, 1, true)
    assert_no_secret(seen.stdout .. seen.stderr)
  end)
end)
