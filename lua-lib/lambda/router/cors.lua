--- Cross-origin requests (https://fetch.spec.whatwg.org/#http-cors-protocol): whose scripts may read the answers.
--- Loaded when an app asks for it.

-- A handler that forgets `local` may overwrite any global.
local error, ipairs, next, type = error, ipairs, next, type
local concat, find, format, gmatch, lower, math_type =
  table.concat, string.find, string.format, string.gmatch, string.lower, math.type

local M = {}

---@class lambda.router.CorsOptions
---@field origins "*"|string[]|fun(origin: string, req: lambda.Request): boolean
---@field credentials boolean?  cookies and authorization may be sent along; not with origins = "*"
---@field headers string[]?     that a request may have; any unless given
---@field expose string[]?      headers of the answer that scripts may read
---@field max_age integer?      seconds that a browser may keep the answer to a preflight

local TOKEN = "^[%w!#$%%&'*+%-.^_`|~]+$"
local ASKED_LIMIT_BYTES = 4096 -- of Access-Control-Request-Headers, which is given back

local function refuse(name, why, ...)
  error(format("bad option '%s' to 'app:cors' (%s)", name, format(why, ...)), 5)
end

--- A list of names of headers as one value; nil for none.
local function names(options, option)
  local list = options[option]
  if list == nil then
    return nil
  elseif type(list) ~= "table" then
    refuse(option, "a list of names expected, got %s", type(list))
  end
  for _, name in ipairs(list) do
    if type(name) ~= "string" or not find(name, TOKEN) then
      refuse(option, "%q is no name of a header", name)
    end
  end
  return #list > 0 and concat(list, ", ") or nil
end

--- Whether an origin is allowed, as a function.
local function judge(origins)
  if origins == "*" or type(origins) == "function" then
    return origins
  elseif type(origins) ~= "table" then
    refuse("origins", "'*', a list or a function expected, got %s", type(origins))
  end
  local allowed = {}
  for _, origin in ipairs(origins) do
    if type(origin) ~= "string" or not find(origin, "^[%l%d+.-]+://[^/%s%u]+$") then
      refuse("origins", "%q is no origin: scheme://host or scheme://host:port, in lower case, no path", origin)
    end
    allowed[origin] = true
  end
  return function(origin)
    return allowed[origin]
  end
end

local KNOWN = { origins = true, credentials = true, headers = true, expose = true, max_age = true }

--- The options, checked. Raises at the caller of app:cors.
---@param options lambda.router.CorsOptions
---@return lambda.router.Cors
function M.new(options)
  if type(options) ~= "table" then
    error(format("bad argument #1 to 'app:cors' (a table of options expected, got %s)", type(options)), 3)
  end
  for name in next, options do
    if not KNOWN[name] then
      error(format("bad option '%s' to 'app:cors' (there are origins, credentials, headers, expose, max_age)", name), 3)
    end
  end
  local max_age = options.max_age
  if max_age ~= nil and (math_type(max_age) ~= "integer" or max_age < 0) then
    error("bad option 'max_age' to 'app:cors' (seconds expected, an integer)", 3)
  elseif options.credentials and options.origins == "*" then
    error("bad option 'credentials' to 'app:cors' (browsers refuse it with origins = '*': list them)", 3)
  end
  ---@class lambda.router.Cors
  local policy = {
    judge = judge(options.origins), credentials = options.credentials == true, max_age = max_age,
    headers = names(options, "headers"), expose = names(options, "expose"), is_open = options.headers == nil,
  }
  return policy
end

--- Adds to Vary what is not there yet.
local function vary(res, name)
  local value = res.headers.vary
  if type(value) == "table" then
    value = concat(value, ", ")
  end
  for each in gmatch(value or "", "[^,%s]+") do
    if each == "*" or lower(each) == lower(name) then
      return
    end
  end
  res.headers.vary = value and value ~= "" and value .. ", " .. name or name
end

--- The origin as the answer may name it; nil where it may not. What comes from the network is not trusted to be one.
local function allowed_origin(policy, req)
  local origin = req.headers.origin
  if not origin or not find(origin, "^[\33-\43\45-\126]+$") then -- no comma: one origin
    return nil
  elseif policy.judge == "*" then
    return "*"
  end
  return policy.judge(origin, req) and origin or nil
end

--- Says in an answer who may read it.
---@return boolean # whether the request's origin may
local function decorate(policy, req, res)
  local origin = allowed_origin(policy, req)
  if policy.judge ~= "*" then
    vary(res, "Origin")
  end
  if not origin then
    return false
  end
  local headers = res.headers
  headers["access-control-allow-origin"] = origin
  headers["access-control-allow-credentials"] = policy.credentials and "true" or nil
  headers["access-control-expose-headers"] = policy.expose
  return true
end

--- Whether a request only asks for what another may do.
---@param req lambda.Request
---@return boolean
function M.is_preflight(req)
  return req.method == "OPTIONS" and req.headers.origin ~= nil
    and req.headers["access-control-request-method"] ~= nil
end

--- The headers that are asked for, as far as they are names.
local function asked_headers(req)
  local asked, list = req.headers["access-control-request-headers"] or "", {}
  for name in gmatch(#asked <= ASKED_LIMIT_BYTES and asked or "", "[^,%s]+") do
    list[#list + 1] = find(name, TOKEN) and name or nil
  end
  return #list > 0 and concat(list, ", ") or nil
end

--- Completes an answer.
---@param policy lambda.router.Cors
---@param req lambda.Request
---@param res lambda.Response
---@param methods string?  "GET, HEAD, OPTIONS": of the answer to a preflight what the path has
function M.apply(policy, req, res, methods)
  local may_read = decorate(policy, req, res)
  if not methods then
    return
  end
  vary(res, "Access-Control-Request-Method")
  if policy.is_open then
    vary(res, "Access-Control-Request-Headers")
  end
  if may_read then
    res.headers["access-control-allow-methods"] = methods
    res.headers["access-control-allow-headers"] = policy.is_open and asked_headers(req) or policy.headers
    res.headers["access-control-max-age"] = policy.max_age
  end
end

return M
