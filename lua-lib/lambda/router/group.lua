--- What an app is told: its routes, their groups and middleware. docs/router.md is the manual.
local native = require("lambda.native")
local pattern = require("lambda.router.pattern")
local trie = require("lambda.router.trie")

-- A handler that forgets `local` may overwrite any global.
local error, next, setmetatable, type = error, next, setmetatable, type
local find, format, lower = string.find, string.format, string.lower

---@class lambda.router.Request: lambda.Request
---@field params table<string, string>  of the path, decoded
---@field route string?                  the pattern: "/orders/{id}"; nil when there is none for the path

---@alias lambda.router.Handler fun(req: lambda.router.Request, res: lambda.Response, context: lambda.Context): any, any
--- A handler's arguments, and next().
---@alias lambda.router.Middleware fun(req: lambda.router.Request, res: lambda.Response, ...: any): any, any

---@class lambda.router.Route
---@field pattern string
---@field names string[]   of its parameters
---@field handler lambda.router.Handler
---@field group lambda.router.Group
---@field chain function[]?  middleware and handler, since generation
---@field generation integer?

--- Routes with one prefix and the same middleware.
---@class lambda.router.Group
---@field private prefix string
---@field private parent lambda.router.Group?
---@field private middleware function[]
---@field private app lambda.router.App
local Group = { ANY = "*" } -- the name of what is no method
Group.__index = Group

--- Raises unless a value can be called; level is whom that blames, as for error.
---@param value any
---@param number integer
---@param name string  of the method
---@param level integer
function Group.expect_function(value, number, name, level)
  if not native.is_callable(value) then
    error(format("bad argument #%d to 'app:%s' (a function expected, got %s)", number, name, type(value)), level + 1)
  end
end

--- Adds a route; level is whom an error blames.
local function add(group, method, text, handler, name, level)
  local number = name == "route" and 2 or 1
  if type(text) ~= "string" then
    error(format("bad argument #%d to 'app:%s' (a pattern expected, got %s)", number, name, type(text)), level + 1)
  end
  Group.expect_function(handler, number + 1, name, level + 1)
  local app, whole = group.app, group.prefix .. text
  local segments, names = pattern.parse(whole, level + 1)
  if app.ignores_slash and #segments > 1 and segments[#segments].text == "" then
    segments[#segments] = nil
  end
  local route = { pattern = whole, names = names, handler = handler, group = group }
  app.methods[method] = app.methods[method] or {}
  local other = trie.add(app.methods[method], segments, route)
  if other then
    error(format("the routes %s %s and %s %s are for the same paths", method, other.pattern, method, whole), level + 1)
  end
end

for _, method in next, { "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS" } do
  local name = lower(method)
  Group[name] = function(group, text, handler)
    add(group, method, text, handler, name, 2) -- no tail call: errors count the frames
    return group
  end
end

--- A route for every method that has none of its own on the same path.
---@param text string  pattern
---@param handler lambda.router.Handler
---@return lambda.router.Group
function Group:any(text, handler)
  add(self, Group.ANY, text, handler, "any", 2)
  return self
end

--- A route for any one method.
---@param method string  "PURGE"
---@param text string    pattern
---@param handler lambda.router.Handler
---@return lambda.router.Group
function Group:route(method, text, handler)
  if type(method) ~= "string" or not find(method, "^%u[%u%d_-]*$") then
    error("bad argument #1 to 'app:route' (a method in upper case expected, such as PURGE)", 2)
  end
  add(self, method, text, handler, "route", 2)
  return self
end

--- Has a function run around every route of the group, those that are there already, too. The first is the outermost.
---@param fn lambda.router.Middleware
---@return lambda.router.Group
function Group:use(fn)
  Group.expect_function(fn, 1, "use", 2)
  self.middleware[#self.middleware + 1] = fn
  self.app.generation = self.app.generation + 1
  return self
end

--- A group below this one.
---@param prefix string  "/admin"
---@param fill fun(group: lambda.router.Group)?  called at once
---@return lambda.router.Group
function Group:group(prefix, fill)
  if type(prefix) ~= "string" or not find(prefix, "^/.*[^/]$") then
    error("bad argument #1 to 'app:group' (a prefix such as /admin expected, without a slash at its end)", 2)
  end
  pattern.parse(self.prefix .. prefix, 2)
  local group = setmetatable({ prefix = self.prefix .. prefix, parent = self, middleware = {}, app = self.app }, Group)
  if fill ~= nil then
    Group.expect_function(fill, 2, "group", 2)
    fill(group)
  end
  return group
end

return Group
