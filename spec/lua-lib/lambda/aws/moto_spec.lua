--- The clients against moto, a fake of AWS by other hands, where it is installed.
local aws = require("lambda.aws")
local http = require("lambda.http")
local scratch = require("scratch")
local socket = require("socket")

local function free_port()
  local listener = assert(socket.bind("127.0.0.1", 0))
  local _, port = listener:getsockname()
  listener:close()
  return port
end

local function start()
  local here = scratch.new()
  local port = free_port()
  assert(os.execute(("moto_server -H 127.0.0.1 -p %d >'%s/log' 2>&1 </dev/null & echo $! >'%s/pid'")
    :format(port, here.path, here.path)))
  local url = ("http://127.0.0.1:%d"):format(port)
  local until_s = socket.gettime() + 60
  while not http.get(url .. "/moto-api/data.json", { timeout_ms = 10000 }) do
    assert(socket.gettime() < until_s, "moto_server did not start: " .. (here:read("log") or ""))
    socket.select(nil, nil, 0.05)
  end
  return url, function()
    os.execute("kill " .. here:read("pid"))
    getmetatable(here).__close(here)
  end
end

describe("lambda.aws against moto", function()
  if not os.execute("command -v moto_server >/dev/null 2>&1") then
    pending("every client: there is no moto_server here (pip install 'moto[server]')")
    return
  end

  local url, stop
  setup(function()
    url, stop = start()
  end)
  teardown(function()
    stop()
    http.close()
  end)

  local function client(name)
    return aws.client(name, { endpoint = url, region = "eu-central-1",
                              credentials = { access_key_id = "AKIDLOCAL", secret_access_key = "secret" } })
  end

  it("DynamoDB", function()
    local dynamodb = client("dynamodb")
    assert(dynamodb:CreateTable({
      TableName = "orders", BillingMode = "PAY_PER_REQUEST", KeySchema = { { AttributeName = "id", KeyType = "HASH" } },
      AttributeDefinitions = { { AttributeName = "id", AttributeType = "S" } },
    }))
    local item = {
      id = "a", n = 42, tags = aws.set({ "x", "y" }), bytes = aws.binary("\0\255"), deep = { { a = true } },
    }
    assert(dynamodb:PutItem({ TableName = "orders", Item = item }))
    local got = assert(dynamodb:GetItem({ TableName = "orders", Key = { id = "a" } })).Item
    table.sort(got.tags)
    assert.same({ id = "a", n = 42, tags = { "x", "y" }, bytes = "\0\255", deep = { { a = true } } }, got)
    local changed = assert(dynamodb:UpdateItem({
      TableName = "orders", Key = { id = "a" }, UpdateExpression = "SET n = n + :one",
      ExpressionAttributeValues = { [":one"] = 1 }, ReturnValues = "ALL_NEW",
    }))
    assert.equal(43, changed.Attributes.n)
    local _, err = dynamodb:PutItem({ TableName = "orders", Item = item,
                                      ConditionExpression = "attribute_not_exists(id)" })
    assert.equal("ConditionalCheckFailedException", err.code)
    assert(dynamodb:BatchWriteItem({ RequestItems = { orders = { { PutRequest = { Item = { id = "b" } } },
                                                                 { PutRequest = { Item = { id = "c" } } } } } }))
    local keys = { { id = "b" }, { id = "c" } }
    local batch = assert(dynamodb:BatchGetItem({ RequestItems = { orders = { Keys = keys } } }))
    assert.equal(2, #batch.Responses.orders)
    local count = 0
    for page in dynamodb:pages("Scan", { TableName = "orders", Limit = 1 }) do
      count = count + #page.Items
    end
    assert.equal(3, count)
    _, err = dynamodb:GetItem({ TableName = "missing", Key = { id = "a" } })
    assert.equal("ResourceNotFoundException", err.code)
  end)

  it("SQS, SNS, SSM, Secrets Manager, KMS, Kinesis, EventBridge, CloudWatch Logs", function()
    local sqs = client("sqs")
    local queue = assert(sqs:CreateQueue({ QueueName = "q" })).QueueUrl
    assert(sqs:SendMessage({ QueueUrl = queue, MessageBody = "hello & <ü>" }))
    assert.equal("hello & <ü>", assert(sqs:ReceiveMessage({ QueueUrl = queue })).Messages[1].Body)
    local sns = client("sns")
    local topic = assert(sns:CreateTopic({ Name = "t" })).TopicArn
    assert.is_string(assert(sns:Publish({ TopicArn = topic, Message = "a&b", MessageAttributes = {
      kind = { DataType = "String", StringValue = "x" } } })).MessageId)
    assert.equal(topic, assert(sns:ListTopics()).Topics[1].TopicArn)
    assert.equal("NotFound", select(2, sns:Publish({ TopicArn = topic .. "x", Message = "m" })).code)
    local ssm = client("ssm")
    for i = 1, 12 do
      assert(ssm:PutParameter({ Name = "/app/" .. i, Value = "v" .. i, Type = "SecureString" }))
    end
    local names = 0
    for page in ssm:pages("GetParametersByPath", { Path = "/app", WithDecryption = true }) do
      names = names + #page.Parameters
    end
    assert.equal(12, names)
    assert(client("secretsmanager"):CreateSecret({ Name = "s", SecretString = "hush" }))
    assert.equal("hush", assert(client("secretsmanager"):GetSecretValue({ SecretId = "s" })).SecretString)
    local _, err = client("secretsmanager"):GetSecretValue({ SecretId = "n" })
    assert.equal("ResourceNotFoundException", err.code)
    assert.is_table(assert(client("kms"):CreateKey({ Description = "k" })).KeyMetadata)
    assert(client("kinesis"):CreateStream({ StreamName = "k", ShardCount = 1 }))
    assert(client("kinesis"):PutRecord({ StreamName = "k", PartitionKey = "p", Data = "AAE=" }))
    local put = assert(client("events"):PutEvents({ Entries = { { Source = "a", DetailType = "b", Detail = "{}" } } }))
    assert.equal(0, put.FailedEntryCount)
    assert(client("logs"):CreateLogGroup({ logGroupName = "g" }))
    assert.equal("g", assert(client("logs"):DescribeLogGroups()).logGroups[1].logGroupName)
  end)

  it("Step Functions", function()
    local machines = assert(client("stepfunctions"):ListStateMachines())
    assert.same({}, machines.stateMachines)
  end)

  it("S3", function()
    local s3 = client("s3")
    local made = assert(aws.sign({ method = "PUT", url = url .. "/bucket", body =
      "<CreateBucketConfiguration><LocationConstraint>eu-central-1</LocationConstraint></CreateBucketConfiguration>" },
      { service = "s3", region = "eu-central-1",
        credentials = { access_key_id = "AKIDLOCAL", secret_access_key = "s" } }))
    assert.equal(200, assert(http.request(made)).status)
    for _, key in ipairs({ "a b+c/ü.txt", "p/1", "p/2", "p/3" }) do
      assert(s3:put("bucket", key, "body of " .. key, { metadata = { who = "me" }, content_type = "text/plain" }))
      local got = assert(s3:get("bucket", key))
      assert.same({ "body of " .. key, "me", "text/plain" }, { got.body, got.metadata.who, got.content_type })
    end
    local keys = {}
    for page in s3:pages("bucket", { prefix = "p/", max_keys = 2 }) do
      for _, object in ipairs(page.objects) do
        keys[#keys + 1] = object.key
      end
    end
    assert.same({ "p/1", "p/2", "p/3" }, keys)
    assert.same({ "p/" }, assert(s3:list("bucket", { delimiter = "/", prefix = "p" })).prefixes)
    assert.equal("a b+c/ü.txt", assert(s3:list("bucket", { max_keys = 1 })).objects[1].key)
    assert.equal("body of p/1", http.get(assert(s3:presign("GET", "bucket", "p/1"))).body)
    assert.equal("NoSuchKey", select(2, s3:get("bucket", "none")).code)
    assert.equal("NotFound", select(2, s3:head("bucket", "none")).code)
    assert.equal("NoSuchBucket", select(2, s3:get("no-such-bucket", "k")).code)
    assert(s3:delete("bucket", "p/1"))
  end)
end)
