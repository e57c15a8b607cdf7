--- The headers of a request to S3, out of a call's options.
local canonical = require("lambda.aws.canonical")
local checked = require("lambda.aws.options")

-- A handler that forgets `local` may overwrite any global.
local find, lower, math_type, next, pcall, type = string.find, string.lower, math.type, next, pcall, type

local M = {}

--- What is wrong with their types: the caller's mistake.
---@param options lambda.aws.S3Options
---@return string?
function M.problem(options)
  local ok, problem = pcall(canonical.headers, options.headers or {}, "")
  if not ok then
    return problem
  end
  for name, value in next, options.metadata or {} do
    if type(name) ~= "string" or type(value) ~= "string" and not math_type(value) then
      return "metadata: names with a string each expected"
    end
  end
end

--- Those of an object to be stored; nil and why S3 would not take them.
---@param options lambda.aws.S3Options
---@return table<string, any>?
---@return string?
function M.of_object(options)
  local headers = checked.copy(options.headers)
  for name in next, options.content_type and options.headers or {} do
    if lower(name) == "content-type" then
      headers[name] = nil
    end
  end
  headers["Content-Type"] = options.content_type or headers["Content-Type"]
  for name, value in next, options.metadata or {} do
    if find(name .. value, "[\x80-\xFF]") then -- S3 would complain of the signature
      return nil, "metadata with more than ASCII in it, which S3 does not take in headers; encode it"
    end
    headers["x-amz-meta-" .. name] = value
  end
  return headers
end

return M
