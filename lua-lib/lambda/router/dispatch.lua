--- One event on its way through an app: the route that it is for, what is answered where there is none, the answer.
local chain = require("lambda.router.chain")
local exchange = require("lambda.exchange")
local pattern = require("lambda.router.pattern")
local requests = require("lambda.request")
local trie = require("lambda.router.trie")

-- A handler that forgets `local` may overwrite any global.
local error, next, require, xpcall = error, next, require, xpcall

local M = {}

local PATH_LIMIT_BYTES = 32 * 1024 -- twice what a load balancer takes
local ANY = require("lambda.router.group").ANY

--- The middleware around a function, from the outermost on, and then that function.
local function surround(group, fn)
  local groups, list = {}, {}
  while group do
    groups[#groups + 1], group = group, group.parent
  end
  for i = #groups, 1, -1 do
    for _, middleware in next, groups[i].middleware do
      list[#list + 1] = middleware
    end
  end
  list[#list + 1] = fn
  return list
end

--- The same for a route, which keeps it.
local function functions_of(route)
  local generation = route.group.app.generation
  if route.generation ~= generation then
    route.chain = surround(route.group, route.handler)
    route.generation = generation -- last, for the deadline may strike in between
  end
  return route.chain
end

--- The route for a method, else for HEAD that of GET, else that for any method; nil when there is none.
---@return lambda.router.Route?
---@return string[]? values
local function find_route(app, method, segments)
  for _, name in next, { method, method == "HEAD" and "GET" or ANY, ANY } do
    local root = app.methods[name]
    if root then
      local route, values = trie.find(root, segments)
      if route then
        return route, values
      end
    end
  end
end

--- Whether the service has decoded the path already. HTTP APIs do, in both payload formats: a REST API's events have
--- no version.
local function is_decoded(req)
  return req.kind == "v2" or req.kind == "v1" and req.event.version == "1.0"
end

--- The path's segments; nil and the status when nothing can be made of it.
local function segments_of(app, req)
  if #req.path > PATH_LIMIT_BYTES then
    return nil, 414
  end
  local segments = pattern.segments(req.path, is_decoded(req))
  if not segments then
    return nil, 400
  elseif app.ignores_slash and #segments > 1 and segments[#segments] == "" then
    segments[#segments] = nil
  end
  return segments
end

--- The functions that a request is for, and the methods that a preflight is told.
---@return function[]
---@return string? methods
local function choose(app, req)
  local segments, status = segments_of(app, req)
  if not segments then
    return surround(app, require("lambda.router.refusal").with(status))
  elseif app.cors_policy and require("lambda.router.cors").is_preflight(req) then
    local fn, methods = require("lambda.router.refusal").of_preflight(app, req, segments)
    return { fn }, methods -- without middleware: a browser sends no credentials along
  end
  local route, values = find_route(app, req.method, segments)
  if not route then
    return surround(app, require("lambda.router.refusal").without_route(app, req, segments))
  end
  for i, name in next, route.names do
    req.params[name] = values[i]
  end
  req.route = route.pattern
  return functions_of(route)
end

--- Whatever is in run.res as the event's source takes it.
local function finish(run)
  local req, res = run.req, run.res
  if req.method == "HEAD" then
    res.body, res.parts, res.source = nil, {}, nil
  end
  local ok, answer = xpcall(exchange.answer, run.trap, req, res)
  if ok then
    return answer
  end
  require("lambda.router.failure").replace(run, answer)
  if req.method == "HEAD" then
    res.body = nil
  end
  return exchange.answer(req, res)
end

--- Answers one event. Raises when it is no request, and what no answer may hide.
---@param app lambda.router.App
---@param event any
---@param context lambda.Context?
---@return table|lambda.Stream
function M.handle(app, event, context)
  local req, problem = requests.from(event)
  if not req then
    error(require("lambda.errors").fault("Runtime.UnmarshalError", problem), 0)
  end
  req.params = {}
  local run = chain.new(app, req, exchange.new(), context)
  local functions, methods = choose(app, req)
  chain.run(run, functions)
  if app.cors_policy then
    chain.run(run, { function(_, res)
      require("lambda.router.cors").apply(app.cors_policy, req, res, methods)
    end })
  end
  return finish(run)
end

return M
