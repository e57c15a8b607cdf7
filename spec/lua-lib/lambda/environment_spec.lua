--- The environment as a table: under a plain lua5.4, and in bootstrap, alone and beside other events.
local bootstrap_process = require("bootstrap_process")
local lambda = require("lambda")

describe("lambda.environment", function()
  it("has every variable that os.getenv has, and no other", function()
    local pipe = assert(io.popen("env -0"))
    local expected = {}
    for name, value in pipe:read("a"):gmatch("([^=%z]+)=(%Z*)") do
      expected[name] = value
    end
    pipe:close()
    expected._ = nil -- the shell's own
    local seen = lambda.environment()
    seen._ = nil
    assert.is_string(seen.PATH)
    for name, value in pairs(seen) do
      assert.equal(value, os.getenv(name))
    end
    -- A shell adds these where they are not set.
    for _, name in ipairs({ "PWD", "OLDPWD", "SHLVL" }) do
      expected[name], seen[name] = nil, nil
    end
    assert.same(expected, seen)
  end)

  it("is a copy", function()
    lambda.environment().PATH = "changed"
    assert.not_equal("changed", lambda.environment().PATH)
  end)
end)

describe("lambda.environment in bootstrap", function()
  local code = [[
    local all = require("lambda").environment()
    for name, value in pairs(all) do
      assert(os.getenv(name) == value, name)
    end
    return { all.STAGE or "", all.AWS_REGION or "", all._X_AMZN_TRACE_ID or "" }
  ]]
  local function traced(id)
    return { body = "1", headers = { ["Lambda-Runtime-Trace-Id"] = id } }
  end

  it("has what the function was given, and Lambda's own", function()
    assert.same({ '["a=b","eu-central-1","Root=1-a"]', '["a=b","eu-central-1",""]' }, bootstrap_process.answers({
      code = code, env = { STAGE = "a=b" }, events = { traced("Root=1-a"), "1" },
    }))
  end)

  it("has the trace id of its own event where several share the process", function()
    local answers = bootstrap_process.answers({
      code = code, env = { STAGE = "", AWS_LAMBDA_MAX_CONCURRENCY = "2" },
      events = { traced("Root=1-a"), traced("Root=1-b") },
    })
    table.sort(answers)
    assert.same({ '["","eu-central-1","Root=1-a"]', '["","eu-central-1","Root=1-b"]' }, answers)
  end)
end)
