--- Why an HTTP request came to nothing.
local errors = require("lambda.errors")

local string = string

local M = {}

---@class lambda.http.Error: lambda.Error
---@field type "HttpError"
---@field kind "timeout"|"resolve"|"connect"|"tls"|"too_large"|"url"|"header"|"redirect"|"connection"|"protocol"
---|"memory"|"stopped"|"file"|"other"
---@field url string  without what is secret in it

--- A URL as it may be shown: without user, query and fragment, which can hold secrets.
---@param url string
---@return string
function M.shown(url)
  local shown = string.gsub(string.match(url, "^[^?#]*"), "^(%w+://)[^/]*@", "%1")
  return (string.gsub(string.sub(shown, 1, 200), "%c", "?"))
end

---@param kind string
---@param method string
---@param url string
---@param reason string
---@return lambda.http.Error
function M.new(kind, method, url, reason)
  local shown = M.shown(url)
  local err = errors.new("HttpError", string.format("%s %s: %s", method, shown, reason))
  err.kind, err.url = kind, shown
  return err
end

return M
