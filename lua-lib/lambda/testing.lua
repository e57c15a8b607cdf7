--- Handlers in specs: local app = testing.load("app.handler"); local answer, failure = app(event). docs/testing.md
--- For plain lua5.4 with lambda/native.so, as busted has it. Not part of bootstrap: nothing in a function needs it.
local apps = require("lambda.testing.app")
local aws = require("lambda.testing.aws")
local fakes = require("lambda.testing.fakes")
local http = require("lambda.testing.http")

local next = next

local M = {}

local open = {}

--- Loads a handler as bootstrap would, into globals and modules of its own. Raises the error document of a handler
--- that does not load.
---@param handler string  as Lambda has it: "app.handler"
---@param options lambda.testing.Options?
---@return lambda.testing.App
function M.load(handler, options)
  local app = apps.load(handler, options)
  open[#open + 1] = app
  return app
end

--- Answers requests of lambda.http: { ["GET https://api.example.com/orders/*"] = { json = { id = 1 } } }.
---@param routes table<string, lambda.testing.Route>
---@return lambda.testing.Http
function M.http(routes)
  local fake = http.new(routes) -- no tail call: the level of its errors counts this function
  return fake
end

--- Answers one operation of an AWS service.
---@param service string
---@param operation string
---@param result table|fun(input: any): table?, lambda.testing.AwsError?
---@return lambda.testing.Aws
function M.aws(service, operation, result)
  local fake = aws.new(service, operation, result)
  return fake
end

--- Closes all apps, and takes all routes away: for after_each.
function M.reset()
  local list = open
  open = {}
  for _, app in next, list do
    app:close()
  end
  fakes.clear()
end

return M
