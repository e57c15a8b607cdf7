--- What clients are made with, checked. Apart from what sends requests, which is loaded with the first one.
local checked = require("lambda.aws.options")

-- A handler that forgets `local` may overwrite any global.
local error, format, require, type = error, string.format, require, type

local M = {}

local OPTIONS = {
  region = "string", endpoint = "string", retries = "count", timeout_ms = "count", raw = "boolean",
  ca_file = "string", credentials = true,
}

--- Raises for the caller's caller unless a client can be made with them.
---@param options table
function M.check(options)
  local problem = checked.problem(OPTIONS, options)
  if not problem and options.region and not require("lambda.aws.endpoint").is_region(options.region) then
    problem = "region: letters, digits and hyphens expected"
  elseif not problem and options.credentials ~= nil and type(options.credentials) ~= "function"
    and not checked.are_credentials(options.credentials) then
    problem = "credentials: access_key_id and secret_access_key, or a function that gives them, expected"
  end
  if problem then
    error(format("bad argument #2 to 'aws.client' (%s)", problem), 3)
  end
end

return M
