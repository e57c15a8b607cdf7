--- What is the process's own, and must not be a worker's: used where several share a process
--- (docs/concurrency.md).
local TRACE_VARIABLE = "_X_AMZN_TRACE_ID"

local M = {}

--- Gives this state an os.getenv that knows the trace id of its own event (the process's environment has none),
--- and an os.setlocale that leaves the others' locale alone.
---@param new_context fun(headers: string): lambda.Context
---@return fun(headers: string): lambda.Context # the same, which tells os.getenv of each context
function M.enter(new_context)
  local getenv, current = os.getenv, nil

  function os.getenv(name) -- luacheck: ignore 122
    if name == TRACE_VARIABLE then
      return current and current.trace_id
    end
    return getenv(name)
  end

  --- The C locale is the one that is set; another one is refused, as the manual allows.
  function os.setlocale(locale) -- luacheck: ignore 122
    return (locale == nil or locale == "C" or locale == "POSIX") and "C" or nil
  end

  return function(headers)
    current = new_context(headers)
    return current
  end
end

return M
