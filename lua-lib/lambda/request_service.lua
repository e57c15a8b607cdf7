--- What the service in front tells of an HTTP request beside the request itself. Each is computed when it is first
--- asked for (lambda.request).
local native = require("lambda.native")
local texts = require("lambda.request_text")

-- A handler that forgets `local` may overwrite any global.
local next, type = next, type

local M = {}

local function table_of(value)
  return type(value) == "table" and value or {}
end

local function text_or_nil(value)
  return type(value) == "string" and value ~= "" and value or nil
end

local function scalars_of(value)
  local scalars = {}
  for name, text in next, table_of(value) do
    scalars[name] = texts.scalar(text)
  end
  return scalars
end

local function said_of(request)
  return table_of(request.event.requestContext)
end

---@param request lambda.Request
---@return table<string, string>
function M.path_parameters(request)
  return scalars_of(request.event.pathParameters)
end

---@param request lambda.Request
---@return table<string, string>
function M.stage_variables(request)
  return scalars_of(request.event.stageVariables)
end

---@param request lambda.Request
---@return string?
function M.stage(request)
  return text_or_nil(said_of(request).stage)
end

---@param request lambda.Request
---@return string?
function M.request_id(request)
  return text_or_nil(said_of(request).requestId)
end

---@param request lambda.Request
---@return any
function M.authorizer(request)
  local authorizer = said_of(request).authorizer
  return authorizer ~= native.json.null and authorizer or nil
end

--- The load balancer appends the address that it saw to what the client may have invented.
---@param request lambda.Request
---@return string?
function M.source_ip(request)
  local said = said_of(request)
  if request.kind == "alb" then
    return texts.last_address(request.headers["x-forwarded-for"] or "")
  end
  return text_or_nil(table_of(request.kind == "v1" and said.identity or said.http).sourceIp)
end

return M
