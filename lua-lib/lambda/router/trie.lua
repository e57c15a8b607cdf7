--- The routes of one method as a tree, a level for each segment. What is found depends on the routes alone, not on the
--- order in which they came: at each segment, text that is equal before a parameter before a wildcard.

-- A handler that forgets `local` may overwrite any global.
local concat = table.concat

local M = {}

---@class lambda.router.Node
---@field static table<string, lambda.router.Node>?
---@field parameter lambda.router.Node?
---@field wildcard lambda.router.Route?  takes this segment and all that follow
---@field route lambda.router.Route?     of a path that ends here

--- The node below for a segment of a pattern, which may be new.
local function descend(node, segment)
  if segment.kind == "parameter" then
    node.parameter = node.parameter or {}
    return node.parameter
  end
  node.static = node.static or {}
  node.static[segment.text] = node.static[segment.text] or {}
  return node.static[segment.text]
end

--- Puts a route in its place; gives the route that is there already, and then changes nothing.
---@param root lambda.router.Node
---@param segments lambda.router.Segment[]
---@param route lambda.router.Route
---@return lambda.router.Route?
function M.add(root, segments, route)
  local node, last = root, #segments
  local place = segments[last].kind == "wildcard" and "wildcard" or "route"
  for i = 1, place == "wildcard" and last - 1 or last do
    node = descend(node, segments[i])
  end
  if node[place] then
    return node[place]
  end
  node[place] = route
end

--- Never visits a node twice, so that a path takes no longer than there are routes.
local function find(node, segments, at, values, count)
  local segment = segments[at]
  if not segment then
    return node.route
  end
  local below = node.static and node.static[segment]
  local route = below and find(below, segments, at + 1, values, count)
  if not route and node.parameter and segment ~= "" then
    values[count + 1] = segment
    route = find(node.parameter, segments, at + 1, values, count + 1)
  end
  if not route and node.wildcard and (segment ~= "" or segments[at + 1]) then
    values[count + 1] = concat(segments, "/", at)
    route = node.wildcard
  end
  return route
end

--- The route for a path, and what its parameters have, in the order of their names. There may be more behind those.
---@param root lambda.router.Node
---@param segments string[]
---@return lambda.router.Route?
---@return string[] values
function M.find(root, segments)
  local values = {}
  return find(root, segments, 1, values, 0), values
end

return M
