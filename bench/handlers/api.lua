--- A small API, with what such handlers load: the router, the log, the HTTP client, a client of DynamoDB.
local lambda = require("lambda")
local http, log = lambda.http, lambda.log
local dynamodb = lambda.aws.client("dynamodb")

local app = lambda.router.new()
app:cors({ origins = { "https://shop.example" } })

app:use(function(req, res, context, next)
  next()
  log.debug("answered", { route = req.route, status = res.status, ms = context:remaining_ms() })
end)

app:get("/orders", function()
  return { orders = {} }
end)
app:get("/orders/{id}", function(req)
  local found, err = dynamodb:GetItem({ TableName = "orders", Key = { id = req.params.id } })
  return found and found.Item, err
end)
app:post("/orders/{id}", function(req, res)
  res.status = 201
  return { id = req.params.id }
end)
app:get("/rates", function()
  local answer, err = http.get("https://rates.example/")
  return answer and answer.body, err
end)

return { handler = app:handler() }
