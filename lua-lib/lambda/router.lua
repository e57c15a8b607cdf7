--- Routes: one function for many paths and methods, behind API Gateway, a function URL or a load balancer.
--- docs/router.md is the manual.
local Group = require("lambda.router.group")
local dispatch = require("lambda.router.dispatch")

-- A handler that forgets `local` may overwrite any global.
local error, next, require, setmetatable, tostring, type = error, next, require, setmetatable, tostring, type
local find, format, lower, match, math_type = string.find, string.format, string.lower, string.match, math.type

---@class lambda.Router
local M = {}

---@class lambda.router.App: lambda.router.Group
---@field methods table<string, lambda.router.Node>
---@field statuses table<string, integer>  by the type of an error
---@field error_handler function?
---@field generation integer               of the middleware
---@field ignores_slash boolean
---@field cors_policy lambda.router.Cors?
local App = setmetatable({}, { __index = Group })
App.__index = App

--- The status that errors of a type are answered with; their message goes to the client.
---@param type_name string  of lambda.error
---@param status integer    400 to 599
---@return lambda.router.App
function App:map(type_name, status)
  if type(type_name) ~= "string" then
    error(format("bad argument #1 to 'app:map' (the type of an error expected, got %s)", type(type_name)), 2)
  elseif math_type(status) ~= "integer" or status < 400 or status > 599 then
    error("bad argument #2 to 'app:map' (a status from 400 to 599 expected)", 2)
  end
  self.statuses[type_name] = status
  return self
end

--- Has a function answer errors: it does so as a handler does. When it leaves no body, the default is sent.
---@param fn fun(failure: lambda.router.Failure, req: lambda.router.Request, res: lambda.Response, ...: any): any, any
---@return lambda.router.App
function App:on_error(fn)
  Group.expect_function(fn, 1, "on_error", 2)
  self.error_handler = fn
  return self
end

--- Lets scripts of other origins read the answers.
---@param options lambda.router.CorsOptions
---@return lambda.router.App
function App:cors(options)
  self.cors_policy = require("lambda.router.cors").new(options)
  return self
end

--- What lambda is given: a handler of the convention json.
---@return fun(event: table, context: lambda.Context): table|lambda.Stream
function App:handler()
  return function(event, context)
    return dispatch.handle(self, event, context)
  end
end

---@class lambda.router.Options
---@field trailing_slash "strict"|"ignore"|nil  "strict": /orders and /orders/ are two paths; "ignore": they are one

--- An app without routes.
---@param options lambda.router.Options?
---@return lambda.router.App
function M.new(options)
  if options ~= nil and type(options) ~= "table" then
    error(format("bad argument #1 to 'router.new' (a table of options expected, got %s)", type(options)), 2)
  end
  for name in next, options or {} do
    if name ~= "trailing_slash" then
      error(format("bad option '%s' to 'router.new' (there is trailing_slash)", tostring(name)), 2)
    end
  end
  local policy = options and options.trailing_slash or "strict"
  if policy ~= "strict" and policy ~= "ignore" then
    error("bad option 'trailing_slash' to 'router.new' ('strict' or 'ignore' expected)", 2)
  end
  local app = setmetatable({
    prefix = "", middleware = {}, methods = {}, generation = 0, ignores_slash = policy == "ignore",
    statuses = { BadRequest = 400, UnsupportedMediaType = 415 },
  }, App)
  app.app = app
  return app
end

local function failed(type_name, message)
  return require("lambda.errors").new(type_name, message)
end

--- The value of a body in JSON, the fields of a form; nil and an error that becomes status 400, or 415 for a body of
--- another type.
---@param req lambda.Request
---@return any value
---@return lambda.Error? err
function M.body(req)
  local content_type = match(lower(req.headers["content-type"] or ""), "^%s*([^;%s]*)")
  if content_type ~= "application/json" and not find(content_type, "^[%w.-]+/[%w.-]+%+json$") then
    local fields = req:form()
    return fields, not fields and failed("UnsupportedMediaType", "the body is neither JSON nor a form") or nil
  end
  local value, problem = req:json()
  return value, problem and failed("BadRequest", "the body is not JSON: " .. problem) or nil
end

return M
