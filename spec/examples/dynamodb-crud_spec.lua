--- examples/dynamodb-crud against a fake DynamoDB that checks signatures.
local aws_server = require("aws_server")
local bootstrap_process = require("bootstrap_process")
local json = require("lambda.json")
local lfs = require("lfs")

local root = lfs.currentdir() .. "/examples/dynamodb-crud"

describe("examples/dynamodb-crud", function()
  local server
  setup(function()
    server = aws_server.start()
  end)
  teardown(function()
    server:stop()
  end)

  --- Status and body of the answers, and the log.
  local function answers(events, region)
    local texts = {}
    for i, event in ipairs(events) do
      texts[i] = type(event) == "string" and event or assert(json.encode(event))
    end
    local seen = bootstrap_process.run({
      root = root, handler = "crud.handler", events = texts, env = {
        AWS_ENDPOINT_URL = server.url, AWS_REGION = region or "eu-central-1", AWS_ACCESS_KEY_ID = aws_server.KEY,
        AWS_SECRET_ACCESS_KEY = aws_server.SECRET, AWS_SESSION_TOKEN = aws_server.TOKEN, TABLE_NAME = "crud",
        AWS_MAX_ATTEMPTS = "1",
      },
    })
    local list = {}
    for i, post in ipairs(seen) do
      local answer = assert(json.decode(post.body))
      list[i] = { answer.statusCode, answer.body ~= "" and assert(json.decode(answer.body)) or nil }
    end
    return list, seen.stderr
  end

  local function request(route, id, body)
    return { routeKey = route, pathParameters = id and { id = id } or nil, body = body }
  end

  it("creates, reads, replaces, deletes and lists", function()
    local file = assert(io.open(root .. "/event.json"))
    local documented = file:read("a")
    file:close()
    local list = answers({
      documented, request("GET /items/{id}", "42"), request("POST /items/{id}", "42", "{}"),
      request("POST /items/{id}", "43", '{"tags":[],"big":9007199254740993}'), request("GET /items"),
      request("DELETE /items/{id}", "42"), request("GET /items/{id}", "42"), request("PUT /items/{id}", "44", "[1]"),
      request("PUT /items/{id}", "44", " [] "), request("PATCH /items/{id}", "44"),
      { routeKey = "PUT /items/{id}", pathParameters = { id = "45" }, body = "eyJhIjoxfQ==", isBase64Encoded = true },
    })
    local lamp = { id = "42", name = "lamp", price = 20 }
    assert.same({ 200, lamp }, list[1])
    assert.same({ 200, lamp }, list[2])
    assert.same({ 409, { error = "there is an item 42" } }, list[3])
    assert.same({ 201, { id = "43", tags = {}, big = 9007199254740993 } }, list[4])
    assert.same({ 200, { items = { lamp, { id = "43", tags = {}, big = 9007199254740993 } } } }, list[5])
    assert.same({ 204 }, list[6])
    assert.equal(404, list[7][1])
    assert.same({ 400, 400, 404 }, { list[8][1], list[9][1], list[10][1] })
    assert.same({ 200, { id = "45", a = 1 } }, list[11])
  end)

  it("tells nobody but the log what DynamoDB says", function()
    local list, log = answers({ request("GET /items/{id}", "42") }, "tell-crud")
    assert.same({ 500, { error = "try again later" } }, list[1])
    assert.matches("DynamoDB refused", log)
    assert.matches("ValidationException", log)
    assert.is_nil(log:find(aws_server.SECRET, 1, true))
    assert.equal(503, answers({ request("GET /items") }, "throttle-9-crud")[1][1])
  end)
end)
