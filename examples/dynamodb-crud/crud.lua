-- Items in a DynamoDB table behind an HTTP API: create, read, update, delete, list.
local lambda = require("lambda")

local dynamodb = lambda.aws.client("dynamodb") -- region and credentials are looked up at each call
local TABLE = os.getenv("TABLE_NAME") or "items"
local PAGE_ITEMS = 25

local function answer(status, body)
  return { statusCode = status, headers = { ["Content-Type"] = "application/json" },
           body = body and assert(lambda.json.encode(body)) or "" }
end

--- The item in a request's body; nil and what is wrong with it.
local function read_item(event)
  local body = event.body or ""
  if event.isBase64Encoded then
    body = lambda.crypto.unbase64(body) or ""
  end
  local item, problem = lambda.json.decode(body)
  if problem or not body:find("^%s*{") then
    return nil, problem or "an object expected"
  end
  return item
end

local routes = {}

routes["PUT /items/{id}"] = function(event, id)
  local item, problem = read_item(event)
  if not item then
    return answer(400, { error = problem })
  end
  item.id = id
  local ok, err = dynamodb:PutItem({ TableName = TABLE, Item = item })
  return ok and answer(200, item), err
end

-- Only if there is none, also when two ask at the same time.
routes["POST /items/{id}"] = function(event, id)
  local item, problem = read_item(event)
  if not item then
    return answer(400, { error = problem })
  end
  item.id = id
  local ok, err = dynamodb:PutItem({ TableName = TABLE, Item = item, ConditionExpression = "attribute_not_exists(id)" })
  if not ok and err.code == "ConditionalCheckFailedException" then
    return answer(409, { error = "there is an item " .. id })
  end
  return ok and answer(201, item), err
end

routes["GET /items/{id}"] = function(_, id)
  local result, err = dynamodb:GetItem({ TableName = TABLE, Key = { id = id } })
  if not result then
    return nil, err
  end
  return result.Item and answer(200, result.Item) or answer(404, { error = "no item " .. id })
end

routes["DELETE /items/{id}"] = function(_, id)
  local ok, err = dynamodb:DeleteItem({ TableName = TABLE, Key = { id = id } })
  return ok and answer(204), err
end

routes["GET /items"] = function(event)
  local after = (event.queryStringParameters or {}).after
  local page, err = dynamodb:Scan({
    TableName = TABLE, Limit = PAGE_ITEMS, ExclusiveStartKey = after and { id = after } or nil,
  })
  if not page then
    return nil, err
  end
  return answer(200, { items = page.Items, after = page.LastEvaluatedKey and page.LastEvaluatedKey.id })
end

local function handler(event)
  local route = routes[event.routeKey]
  if not route then
    return answer(404, { error = "no such route" })
  end
  local response, err = route(event, (event.pathParameters or {}).id)
  if not response then
    lambda.log.error("DynamoDB refused", { code = err.code, request = err.request_id })
    return answer(err.is_retryable and 503 or 500, { error = "try again later" })
  end
  return response
end

return { handler = handler }
