--- lambda.aws inside bootstrap: with an event's deadline, and at no cost when it is not used.
local aws_server = require("aws_server")
local bootstrap_process = require("bootstrap_process")
local json = require("lambda.json")

describe("lambda.aws in bootstrap", function()
  local server
  setup(function()
    server = aws_server.start()
  end)
  teardown(function()
    server:stop()
  end)

  local function run(code, region, event)
    return bootstrap_process.run({
      code = code, events = { event or "{}" }, env = {
        AWS_ENDPOINT_URL = server.url, AWS_REGION = region or "eu-central-1", AWS_ACCESS_KEY_ID = aws_server.KEY,
        AWS_SECRET_ACCESS_KEY = aws_server.SECRET, AWS_SESSION_TOKEN = aws_server.TOKEN, AWS_MAX_ATTEMPTS = "20",
      },
    })
  end

  it("calls a service with the function's credentials", function()
    local seen = run([[
      local aws = require("lambda").aws
      local dynamodb = aws.client("dynamodb")
      assert(dynamodb:PutItem({ TableName = "boot", Item = { id = "a", n = 1 } }))
      return dynamodb:GetItem({ TableName = "boot", Key = { id = "a" } }).Item
    ]])
    assert.same({ id = "a", n = 1 }, json.decode(seen[1].body))
  end)

  it("makes an error of the invocation out of what is returned behind nil", function()
    local seen = run([[return require("lambda").aws.client("dynamodb"):DeleteItem({ TableName = "boot",
      Key = { id = "none" }, ConditionExpression = "attribute_exists(id)" })]])
    assert.equal("AwsError", json.decode(seen[1].body).errorType)
    assert.matches("ConditionalCheckFailedException", json.decode(seen[1].body).errorMessage)
  end)

  it("gives up trying while there is time left to say so", function()
    local seen = run([[
      local before = context:remaining_ms()
      local _, err = require("lambda").aws.client("sqs"):SendMessage({})
      return { code = err.code, attempts = err.attempts, left = context:remaining_ms(), before = before }
    ]], "throttle-999-boot", { body = "{}", deadline_ms = 3000 })
    local answer = assert(json.decode(seen[1].body))
    assert.equal("ThrottlingException", answer.code, seen[1].body)
    assert.is_true(answer.attempts >= 2 and answer.attempts < 20, seen[1].body)
    assert.is_true(answer.left > 0, seen[1].body)
  end)

  it("is not loaded until it is used, and then only what is used", function()
    local seen = run([[
      local function loaded()
        local names = {}
        for name in pairs(package.loaded) do
          names[#names + 1] = name:match("^lambda%.aws.*") or name:match("^lambda%.http") or nil
        end
        table.sort(names)
        return table.concat(names, " ")
      end
      local lambda = require("lambda")
      local before = loaded()
      local front = lambda.aws
      return { before = before, front = loaded(), client = front.client("dynamodb") and not loaded():find("s3") }
    ]])
    assert.same({ before = "", front = "lambda.aws lambda.aws.services", client = true }, json.decode(seen[1].body))
  end)
end)
