--- A worker as a handler: what it is told of an event, and how its answer becomes the result. docs/worker.md is the
--- manual.
local errors = require("lambda.errors")
local json = require("lambda.json")

-- A handler that forgets `local` may overwrite any global.
local error, format, ipairs, tostring = error, string.format, ipairs, tostring

local M = {}

--- What a program is told of the context.
local CONTEXT_FIELDS = {
  "aws_request_id", "invoked_function_arn", "deadline_ms", "function_name", "function_version", "memory_limit_in_mb",
  "log_group_name", "log_stream_name", "identity", "client_context", "tenant_id", "trace_id", "region",
}

local function context_data(context)
  local data = {}
  for _, name in ipairs(CONTEXT_FIELDS) do
    data[name] = context and context[name]
  end
  return json.object(data)
end

--- How the answer becomes the handler's result.
local readers = {
  json = function(answer, file)
    local value, why = json.decode(answer)
    if why then
      return nil, errors.new("WorkerAnswerInvalid", format("%s answered what is no JSON: %s", file, why))
    end
    return value
  end,
  text = function(answer)
    return answer
  end,
  raw = function(answer)
    return json.raw(answer)
  end,
}

--- Raises at the caller's caller.
---@param worker lambda.Worker
---@param file string  its program, for messages
---@param answer "json"|"text"|"raw"|nil
---@return fun(event: any, context: lambda.Context): any, lambda.Error?
function M.new(worker, file, answer)
  local read = readers[answer or "json"]
  if not read then
    error(format("lambda.worker: a handler's answer must be one of json, text, raw, not '%s'", tostring(answer)), 3)
  end
  return function(event, context)
    if event == nil then
      event = json.null
    end
    local text, why = json.encode({ event = event, context = context_data(context) })
    if not text then
      return nil, errors.new("WorkerMessageInvalid", why)
    end
    local reply, err = worker:call(text)
    if not reply then
      return nil, err
    end
    return read(reply, file)
  end
end

return M
