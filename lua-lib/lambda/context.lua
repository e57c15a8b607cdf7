--- The second argument of a handler: every header of the invocation, and what follows from them.
--- Fields are made on first use, so an invocation pays only for what its handler reads.

-- A handler that forgets `local` may overwrite any global.
local require, setmetatable = require, setmetatable

local M = {}

---@class lambda.Settings  what C knows of the environment; absent is nil
---@field handler string
---@field task_root string
---@field executable string?
---@field function_name string?
---@field function_version string?
---@field memory_limit_in_mb integer?
---@field log_group_name string?
---@field log_stream_name string?
---@field region string?
---@field init_type string?

---@class lambda.Context: lambda.Settings
---@field headers table<string, string>  every header of the event, names compared without case
---@field aws_request_id string
---@field invoked_function_arn string?
---@field deadline_ms integer?    Unix epoch
---@field trace_id string?        X-Ray
---@field tenant_id string?
---@field client_context any      decoded JSON; a mobile SDK's client, custom and env
---@field identity any            decoded JSON; a Cognito identity
---@field log lambda.Log
---@field remaining_ms fun(self: lambda.Context): integer?  never below 0
---@field get_remaining_time_in_millis fun(self: lambda.Context): integer?  the same, by Python's name

--- Holds the header block until `headers` is asked for; no string, so that no field can meet it.
local BLOCK = {}

--- A function from an invocation's header block to its context.
---@param settings lambda.Settings
---@return fun(block: string): lambda.Context
function M.factory(settings)
  local mt = {}
  function mt.__index(context, key)
    require("lambda.context_fields")(mt, settings, BLOCK)
    return mt.__index(context, key)
  end
  function mt.__pairs(context)
    require("lambda.context_fields")(mt, settings, BLOCK)
    return mt.__pairs(context)
  end

  return function(block)
    return setmetatable({ [BLOCK] = block }, mt)
  end
end

return M
