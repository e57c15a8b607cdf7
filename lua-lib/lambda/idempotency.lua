--- Handlers whose effect happens once, however often the same event comes (docs/idempotency.md).
local errors = require("lambda.errors")
local json = require("lambda.json")
local native = require("lambda.native")
local records = require("lambda.idempotency.record")

-- A handler that forgets `local` may overwrite any global.
local string = string
local math_type = math.type
local error, getenv, getmetatable, next, pcall, require, setmetatable, tostring, type =
  error, os.getenv, getmetatable, next, pcall, require, setmetatable, tostring, type
local raw_mt, stream_mt = native.json.raw_mt, native.stream_mt

---@class lambda.idempotency
local M = {}

local TTL_S = 3600
local IN_PROGRESS_TTL_S = 900 -- no function runs longer
local ATTEMPTS = 3 -- to claim what expires, or is released, while it is looked at
local SORTED = { sort = true }

--- Where records are. Each method may fail with nil and an error.
---@class lambda.idempotency.Store
--- Takes the record unless there is another under its id that is not over at that time; false then. In one step.
---@field begin fun(self: lambda.idempotency.Store, record: lambda.idempotency.Record, now_ms: integer): boolean?, any
---@field read fun(self: lambda.idempotency.Store, id: string): lambda.idempotency.Record?, any
--- Puts data, status and expiration into the record of the same owner; false when it has another one. In one step.
---@field complete fun(self: lambda.idempotency.Store, record: lambda.idempotency.Record): boolean?, any
--- Removes the record if it has the same owner. In one step.
---@field release fun(self: lambda.idempotency.Store, record: lambda.idempotency.Record): boolean?, any

---@alias lambda.idempotency.Pick string|fun(event: any): any  a path like "order.id", or a function

---@class lambda.idempotency.Options
---@field table string?    the name of the DynamoDB table; or
---@field store lambda.idempotency.Store?
---@field key lambda.idempotency.Pick        what makes two events the same; a function may give false: not this one
---@field validate lambda.idempotency.Pick?  what must be the same, too, when the key is
---@field ttl_s integer?   for how long an answer is kept: 3600
---@field in_progress_ttl_s integer?  how long an execution may take where no deadline is known: 900
---@field prefix string?   of the ids; the function's name

local function store_error(what, err)
  local code = type(err) == "table" and err.code or nil
  local message = type(err) == "table" and (err.reason or err.message) or err
  local failure = errors.new("IdempotencyStoreError", string.format("the record could not be %s: %s%s", what,
    code and tostring(code) .. ": " or "", tostring(message)))
  failure.code = code
  return failure
end

--- What a record that is there means for an event: the record when it has the answer, else the error.
local function judge(existing, record)
  if existing.validation and record.validation and existing.validation ~= record.validation then
    return nil, errors.new("IdempotencyMismatch", "an event with the same key came before, but it was another one")
  elseif existing.status == "COMPLETED" then
    return existing
  end
  return nil, errors.new("IdempotencyInProgress", "the same event is being handled by another execution")
end

--- true when the record is ours now; the record of an earlier execution that has the answer; nil and an error.
local function claim(store, record)
  for _ = 1, ATTEMPTS do
    local is_ours, err = store:begin(record, native.now_ms())
    if is_ours then
      return true
    elseif is_ours == nil then
      return nil, store_error("written", err)
    end
    local existing, problem = store:read(record.id)
    if problem then
      return nil, store_error("read", problem)
    elseif existing and existing.owner == record.owner then
      return true -- written, but the answer to that was lost and the request sent again
    elseif existing and not records.is_over(existing, native.now_ms()) then
      return judge(existing, record)
    end
  end
  return nil, errors.new("IdempotencyInProgress", "other executions keep taking the same event")
end

local function log_failure(what, err)
  require("lambda.log").error(store_error(what, err).message .. "; the event may be handled again")
end

--- An execution: ends without an answer when it is closed before `done`.
local execution_mt = {}
function execution_mt.__close(execution)
  if not execution.is_done then
    local ok, is_released, err = pcall(execution.store.release, execution.store, execution.record)
    if not ok or not is_released then
      log_failure("removed", ok and err or is_released)
    end
  end
end

--- The answer as JSON; raises when it cannot be kept.
local function answer_text(answer)
  local mt = getmetatable(answer)
  local text, problem
  if mt == raw_mt or mt == stream_mt then
    problem = "it was made by lambda." .. (mt == raw_mt and "raw" or "stream")
  else
    text, problem = json.encode(answer == nil and json.null or answer, SORTED)
  end
  if not text then
    error(errors.new("IdempotencyAnswerError", "the answer cannot be kept: " .. problem), 0)
  end
  return text
end

--- Takes what the handler returned, and passes it on.
local function finish(settings, execution, ...)
  local answer, failure = ...
  if answer == nil and failure ~= nil then
    return ...
  end
  local record = execution.record
  record.data, record.status = answer_text(answer), "COMPLETED"
  record.expiration = native.now_ms() // 1000 + settings.ttl_s
  execution.is_done = true -- the effect has happened: from here on nothing may say otherwise
  local ok, is_kept, err = pcall(execution.store.complete, execution.store, record)
  if not ok or is_kept == nil then
    log_failure("completed", ok and err or is_kept)
  elseif not is_kept then
    require("lambda.log").error("this execution took longer than its record allowed; another one has begun")
  end
  return ...
end

local function execute(settings, record, handler, ...)
  local execution <close> = setmetatable({ store = settings.store, record = record }, execution_mt)
  return finish(settings, execution, handler(...))
end

--- What an earlier execution answered.
local function saved_answer(record)
  local answer, problem = nil, "it has no text"
  if type(record.data) == "string" then
    answer, problem = json.decode(record.data)
  end
  if problem then
    return nil, store_error("understood", problem)
  end
  return answer
end

local function is_pick(value)
  return type(value) == "function" or type(value) == "string" and string.find(value, "[^.]") ~= nil
end

local function is_name(value)
  return type(value) == "string" and value ~= ""
end

local function is_seconds(value)
  return math_type(value) == "integer" and value > 0 and value < 1 << 32
end

local CHECKS = {
  table = { is_name, "a table's name expected" },
  store = {
    function(value)
      return type(value) == "table" and value.begin ~= nil and value.read ~= nil and value.complete ~= nil
        and value.release ~= nil
    end, "a store expected, as idempotency.memory() makes",
  },
  key = { is_pick, "a path like 'order.id' or a function expected" },
  validate = { is_pick, "a path like 'order.amount' or a function expected" },
  ttl_s = { is_seconds, "a whole number of seconds expected" },
  in_progress_ttl_s = { is_seconds, "a whole number of seconds expected" },
  prefix = { is_name, "a string expected" },
}

local function options_problem(options)
  if type(options) ~= "table" then
    return string.format("a table of options expected, got %s", type(options))
  end
  for name, value in next, options do
    local check = CHECKS[name]
    if not check then
      return string.format("there is no option '%s'", tostring(name))
    elseif not check[1](value) then
      return string.format("%s: %s", name, check[2])
    end
  end
  if options.key == nil then
    return "key: " .. CHECKS.key[2]
  elseif (options.table == nil) == (options.store == nil) then
    return "either a table or a store expected"
  end
end

--- Makes handlers idempotent: for events with the same key, one execution; the others get its answer, or
--- nil and the error IdempotencyInProgress while there is none. An execution that fails has not been one.
---@param options lambda.idempotency.Options
---@return fun(handler: function): function
function M.wrap(options)
  local problem = options_problem(options)
  if problem then
    error(string.format("bad argument #1 to 'idempotency.wrap' (%s)", problem), 2)
  end
  ---@class lambda.idempotency.Settings
  local settings = {
    key = options.key, validate = options.validate, ttl_s = options.ttl_s or TTL_S,
    in_progress_ttl_s = options.in_progress_ttl_s or IN_PROGRESS_TTL_S,
    prefix = options.prefix or getenv("AWS_LAMBDA_FUNCTION_NAME") or "lunambda",
    store = options.store or M.dynamodb(options.table),
  }
  return function(handler)
    if type(handler) ~= "function" then
      error(string.format("bad argument #1 to 'idempotency.wrap{…}' (a function expected, got %s)", type(handler)), 2)
    end
    return function(event, context, ...)
      local record, err = records.new(settings, event, context)
      if record == nil then
        return nil, err
      elseif not record then
        return handler(event, context, ...)
      end
      local claimed
      claimed, err = claim(settings.store, record)
      if claimed == true then
        return execute(settings, record, handler, event, context, ...)
      elseif claimed then
        return saved_answer(claimed)
      end
      return nil, err
    end
  end
end

--- Records in this Lua state: for tests.
---@return lambda.idempotency.Store
function M.memory()
  return require("lambda.idempotency.memory").new()
end

--- Records in a DynamoDB table.
---@param table_name string
---@param client any  of lambda.aws, where it is not the usual one
---@return lambda.idempotency.Store
function M.dynamodb(table_name, client)
  if type(table_name) ~= "string" or table_name == "" then
    error("bad argument #1 to 'idempotency.dynamodb' (a table's name expected)", 2)
  end
  return require("lambda.idempotency.dynamodb").new(table_name, client)
end

return M
