--- What answers in the place of a route: there is none for the path, or for the method, or a preflight asks what there
--- is. Loaded when the first such request comes.
local Group = require("lambda.router.group")
local reason = require("lambda.reason")
local trie = require("lambda.router.trie")

-- A handler that forgets `local` may overwrite any global.
local concat, find, next, sort = table.concat, string.find, next, table.sort

local M = {}

local ANY = Group.ANY

--- The methods that a path has by name, as Allow lists them; nil when it has none.
local function allowed(app, segments)
  local list, has = {}, {}
  for method, root in next, app.methods do
    if method ~= ANY and trie.find(root, segments) then
      list[#list + 1], has[method] = method, true
    end
  end
  if #list == 0 then
    return nil
  end
  list[#list + 1] = has.GET and not has.HEAD and "HEAD" or nil
  list[#list + 1] = not has.OPTIONS and "OPTIONS" or nil
  sort(list)
  return concat(list, ", ")
end

--- The methods that a preflight is told; nil when the path has none.
local function methods_for_preflight(app, req, segments)
  local any = app.methods[ANY]
  if any and trie.find(any, segments) then
    local asked = req.headers["access-control-request-method"]
    return asked and find(asked, "^%u[%u%d_-]*$") and asked or "GET"
  end
  return allowed(app, segments)
end

--- A function that answers with a status, its words in the body.
---@param status integer
---@param allow string?  the header's value
---@return lambda.router.Handler
function M.with(status, allow)
  return function(_, res)
    res.status, res.headers.allow = status, allow
    return status ~= 204 and { message = reason.of(status) } or nil
  end
end

---@param app lambda.router.App
---@param req lambda.router.Request
---@param segments string[]
---@return lambda.router.Handler
function M.without_route(app, req, segments)
  local allow = allowed(app, segments)
  return M.with(not allow and 404 or req.method == "OPTIONS" and 204 or 405, allow)
end

---@param app lambda.router.App
---@param req lambda.router.Request
---@param segments string[]
---@return lambda.router.Handler
---@return string? methods  of the path, for the answer's header
function M.of_preflight(app, req, segments)
  local methods = methods_for_preflight(app, req, segments)
  return M.with(methods and 204 or 404), methods
end

return M
