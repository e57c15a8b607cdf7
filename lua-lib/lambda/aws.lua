--- AWS's services for handlers. docs/aws.md
--- Each part is loaded when it is first used.
local services = require("lambda.aws.services")

-- A handler that forgets `local` may overwrite any global.
local string = string
local error, rawget, require, setmetatable, tostring = error, rawget, require, setmetatable, tostring

---@class lambda.aws
---@field sign fun(request: lambda.http.Request, options?: lambda.aws.SignOptions): lambda.http.Request?, any
---@field presign fun(request: lambda.http.Request, options?: lambda.aws.SignOptions): string?, any
---@field credentials fun(): lambda.aws.Credentials?, lambda.Error?
---@field region fun(): string?, lambda.Error?
---@field binary fun(bytes: string): lambda.aws.Typed
---@field number fun(digits: string): lambda.aws.Typed
---@field set fun(list: table): lambda.aws.Typed
---@field marshal_item fun(item: table): table?, string?
---@field unmarshal_item fun(item: table): table
local M = {}

local MEMBERS = {
  sign = { "lambda.aws.sign", "sign" },
  presign = { "lambda.aws.sign", "presign" },
  credentials = { "lambda.aws.credentials", "get" },
  region = { "lambda.aws.endpoint", "region" },
  binary = { "lambda.aws.attributes", "binary" },
  number = { "lambda.aws.attributes", "number" },
  set = { "lambda.aws.attributes", "set" },
  marshal_item = { "lambda.aws.attributes", "marshal_item" },
  unmarshal_item = { "lambda.aws.attributes_read", "unmarshal_item" },
}
local CLIENTS = {
  json = "lambda.aws.client", query = "lambda.aws.client", s3 = "lambda.aws.s3", lambda = "lambda.aws.lambda",
}

--- A client of a service. Region, endpoint and credentials are looked up at each call, unless they are given.
---@param name string  "dynamodb"
---@param options lambda.aws.ClientOptions?
---@return lambda.aws.Client
function M.client(name, options)
  local service, own_name = services.get(name)
  if not service then
    error(string.format("bad argument #1 to 'aws.client' (there is no client for '%s'; there are %s; aws.sign signs "
      .. "requests to any other service)", tostring(name), services.names()), 2)
  end
  if options ~= nil then
    require("lambda.aws.client_options").check(options)
  end
  return require(CLIENTS[service.protocol]).new(own_name, service, options or {})
end

return setmetatable(M, {
  __index = function(aws, name)
    local member = MEMBERS[name]
    if member then
      aws[name] = require(member[1])[member[2]]
    end
    return rawget(aws, name)
  end,
})
