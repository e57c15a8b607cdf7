--- Where a redirect leads, and what goes there (RFC 9110 §15.4).
local string = string
local next = next

local M = {}

local STATUSES = { [301] = true, [302] = true, [303] = true, [307] = true, [308] = true }

--- What another host must not learn. https://fetch.spec.whatwg.org/#http-redirect-fetch, and AWS's own
local SECRETS = {
  authorization = true, cookie = true, ["proxy-authorization"] = true, ["x-amz-security-token"] = true,
  ["x-api-key"] = true, host = true, -- which is not its name
}
local OF_THE_BODY = { ["content-type"] = true, ["content-length"] = true, ["content-encoding"] = true }

--- Scheme, host and port; the user goes, the default port too.
local function origin(url)
  local scheme, authority = string.match(string.lower(url), "^(https?)://([^/?#]*)")
  if not scheme then
    return nil
  end
  authority = string.gsub(authority, "^.*@", "")
  authority = string.gsub(authority, scheme == "https" and ":443$" or ":80$", "")
  return scheme, authority
end

---@param status integer
---@param location string?  as libcurl has resolved it
---@return boolean
function M.is_redirect(status, location)
  return STATUSES[status] == true and location ~= nil
end

local function with(names, more)
  local all = {}
  for name in next, names do
    all[name] = true
  end
  for name in next, more do
    all[name] = true
  end
  return all
end

--- The next hop; nil and the reason why it is not taken.
---@param hop lambda.http.Hop
---@param status integer
---@param location string
---@return lambda.http.Hop?
---@return string?
function M.follow(hop, status, location)
  local from_scheme, from_authority = origin(hop.url)
  local scheme, authority = origin(location)
  if not scheme then
    return nil, "the redirect leads to no http:// or https:// URL"
  elseif from_scheme == "https" and scheme == "http" then
    return nil, "the redirect leads from https to http"
  end
  local next_hop = {
    url = location, method = hop.method, body = hop.body, content_type = hop.content_type, left_out = hop.left_out,
  }
  if (status == 303 and hop.method ~= "HEAD") or ((status == 301 or status == 302) and hop.method == "POST") then
    next_hop.method, next_hop.body, next_hop.content_type = "GET", nil, nil
    next_hop.left_out = with(next_hop.left_out, OF_THE_BODY)
  end
  if scheme ~= from_scheme or authority ~= from_authority then
    next_hop.left_out = with(next_hop.left_out, SECRETS)
  end
  return next_hop
end

return M
