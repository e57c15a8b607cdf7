--- examples/s3-event against a fake S3 that checks signatures.
local aws = require("lambda.aws")
local aws_server = require("aws_server")
local bootstrap_process = require("bootstrap_process")
local http = require("lambda.http")
local json = require("lambda.json")
local lfs = require("lfs")

local root = lfs.currentdir() .. "/examples/s3-event"

describe("examples/s3-event", function()
  local server, s3
  setup(function()
    server = aws_server.start()
    s3 = aws.client("s3", { endpoint = server.url, region = "eu-central-1", credentials = {
      access_key_id = aws_server.KEY, secret_access_key = aws_server.SECRET } })
  end)
  teardown(function()
    server:stop()
    http.close()
  end)

  local function run(event)
    return bootstrap_process.run({
      root = root, handler = "summary.handler", events = { event }, env = {
        AWS_ENDPOINT_URL = server.url, AWS_ACCESS_KEY_ID = aws_server.KEY,
        AWS_SECRET_ACCESS_KEY = aws_server.SECRET, AWS_SESSION_TOKEN = aws_server.TOKEN,
      },
    })[1]
  end

  local function documented()
    local file = assert(io.open(root .. "/event.json"))
    local text = file:read("a")
    file:close()
    return text
  end

  for body, lines in pairs({ ["a\nb\nc"] = 3, ["a\n"] = 1, [""] = 0, [("row\n"):rep(300000)] = 300000 }) do
    it(("counts %d lines in %d bytes"):format(lines, #body), function()
      assert(s3:put("reports", "in/first quarter+ü.csv", body))
      local post = run(documented())
      assert.equal('{"written":["out/first quarter+ü.csv.json"]}', post.body)
      local out = assert(s3:get("reports", "out/first quarter+ü.csv.json"))
      assert.same({ lines = lines, bytes = #body, etag = '"e"' }, json.decode(out.body))
      assert.equal("application/json", out.content_type)
    end)
  end

  it("fails when the object is gone, so that the event is tried again", function()
    s3:delete("reports", "in/first quarter+ü.csv")
    local post = run(documented())
    assert.matches("/error$", post.path)
    assert.equal("AwsError", json.decode(post.body).errorType)
    assert.matches("NoSuchKey", json.decode(post.body).errorMessage)
  end)
end)
