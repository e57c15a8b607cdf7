--- Batches of SQS, Kinesis and DynamoDB streams, record by record: those that failed come again, the others do not.
--- The event source mapping must have ReportBatchItemFailures among its FunctionResponseTypes (docs/batch.md).
local errors = require("lambda.errors")
local frames = require("lambda.frames")
local json = require("lambda.json")
local native = require("lambda.native")

-- A handler that forgets `local` may overwrite any global.
local string = string
local error, ipairs, pcall, require, tostring, traceback, type, xpcall =
  error, ipairs, pcall, require, tostring, debug.traceback, type, xpcall

---@class lambda.Batch
local M = {}

--- Time kept for the answer: a record is not begun with less of it left.
local RESERVE_MS = 500
--- Failures of one batch that get a record of their own in the log.
local LOGGED_LIMIT = 20

---@class lambda.batch.Options
---@field context lambda.Context?     for the records' function, and for its remaining time
---@field reserve_ms integer?         500 unless given; records that would begin later are reported as failed
---@field raise_when_all_fail boolean?  true unless given

---@class lambda.batch.Answer
---@field batchItemFailures { itemIdentifier: string }[]

--- What a source means by a record's identity, and which records may not be run once another has failed.
--- group: failures stop the later records of the same group. nil: records are independent.
---@class lambda.batch.Source
---@field identifier fun(record: table): any
---@field group fun(record: table): any
---@field is_checkpoint boolean  a failed record takes all later ones with it, so only the first is named

local function message_group(record)
  local arn, attributes = record.eventSourceARN, record.attributes
  local is_fifo = type(arn) == "string" and string.sub(arn, -5) == ".fifo"
  return is_fifo and type(attributes) == "table" and (attributes.MessageGroupId or "") or nil
end

local function whole_batch()
  return true
end

---@type table<string, lambda.batch.Source>
local SOURCES = {
  ["aws:sqs"] = {
    identifier = function(record) return record.messageId end,
    group = message_group,
    is_checkpoint = false,
  },
  ["aws:kinesis"] = {
    identifier = function(record) return record.kinesis.sequenceNumber end,
    group = whole_batch,
    is_checkpoint = true,
  },
  ["aws:dynamodb"] = {
    identifier = function(record) return record.dynamodb.SequenceNumber end,
    group = whole_batch,
    is_checkpoint = true,
  },
}

--- The source of a record and its identifier there; nil and what is wrong with it.
---@return lambda.batch.Source?
---@return string identifier_or_reason
local function identify(record, index)
  if type(record) ~= "table" then
    return nil, string.format("Records[%d] is a %s and not an object", index, type(record))
  end
  local source = SOURCES[record.eventSource]
  if not source then
    return nil, string.format("Records[%d].eventSource is %s; batches are of aws:sqs, aws:kinesis or aws:dynamodb",
      index, tostring(record.eventSource))
  end
  local ok, identifier = pcall(source.identifier, record)
  if not ok or type(identifier) ~= "string" or identifier == "" then
    return nil, string.format("Records[%d] of %s has no identifier to report it by", index, record.eventSource)
  end
  return source, identifier
end

--- Every record known by its source before any is run: a record that could not be named would be lost.
local function check(event)
  local records = type(event) == "table" and event.Records
  if type(records) ~= "table" then
    error(errors.new("InvalidBatch", "the event is no batch: it has no Records; is the trigger SQS, Kinesis or "
      .. "a DynamoDB stream?"), 0)
  end
  local known = {}
  for index, record in ipairs(records) do
    local source, identifier = identify(record, index)
    if not source then
      error(errors.new("InvalidBatch", identifier), 0)
    end
    known[index] = { source = source, identifier = identifier }
  end
  return records, known
end

--- What is said of a failure in the log; never what the record holds.
local function report(count, identifier, raised, trace)
  if count <= LOGGED_LIMIT then
    local type_name, message = errors.read(raised)
    require("lambda.log").error("a record of the batch failed: " .. (message or errors.text(raised)), {
      recordId = identifier, recordErrorType = type_name, stackTrace = trace and frames.of(trace),
    })
  elseif count == LOGGED_LIMIT + 1 then
    require("lambda.log").error("more records of the batch failed; they are reported, but not logged one by one")
  end
end

--- Runs one record's function: nothing when all went well, else what it raised or returned behind nil.
local function attempt(fn, record, context)
  local trace
  local ok, result, failure = xpcall(fn, function(raised)
    trace = traceback("", 2)
    return raised
  end, record, context)
  if not ok then
    return true, result, trace
  elseif result == nil and failure ~= nil then
    return true, errors.returned(failure)
  end
  return false
end

local function has_time(options, is_first)
  local context = options.context
  local remaining_ms = context and not is_first and context:remaining_ms()
  return not remaining_ms or remaining_ms > (options.reserve_ms or RESERVE_MS)
end

---@class lambda.batch.Progress
---@field failures { itemIdentifier: string }[]
---@field stopped table<any, boolean>  groups that a failure has closed
---@field failed integer    records that failed, not those that were not begun
---@field succeeded integer
---@field first any         what the first failure was

local function note(progress, entry, group)
  local is_named = not (entry.source.is_checkpoint and progress.stopped[group])
  if is_named then
    progress.failures[#progress.failures + 1] = { itemIdentifier = entry.identifier }
  end
  if group ~= nil then
    progress.stopped[group] = true
  end
end

---@param progress lambda.batch.Progress
---@param entry { source: lambda.batch.Source, identifier: string }
---@param record table
---@param fn fun(record: table, context: lambda.Context?): any, any
---@param options lambda.batch.Options
local function step(progress, entry, record, fn, options)
  local group = entry.source.group(record)
  if progress.is_late or group ~= nil and progress.stopped[group] then
    return note(progress, entry, group)
  end
  local is_failed, raised, trace = attempt(fn, record, options.context)
  if not is_failed then
    progress.succeeded = progress.succeeded + 1
    return
  end
  progress.failed = progress.failed + 1
  if progress.failed == 1 then
    progress.first = raised
  end
  report(progress.failed, entry.identifier, raised, trace)
  note(progress, entry, group)
end

local function check_arguments(name, position, fn, options)
  if not native.is_callable(fn) then
    error(string.format("bad argument #%d to 'batch.%s' (a function expected, got %s)", position, name, type(fn)), 3)
  elseif options ~= nil and type(options) ~= "table" then
    error(string.format("bad argument #%d to 'batch.%s' (a table of options expected, got %s)",
      position + 1, name, type(options)), 3)
  end
end

--- Calls fn for each record. One that raises, or returns nil and an error, is logged and reported as failed, and the
--- others go on, but for those that must not overtake it: of a FIFO queue the later ones of its message group, of a
--- stream all later ones. Raises BatchFailed when records failed and none succeeded, so that the function's error
--- metric shows it, and InvalidBatch when the event is none.
---@param event table
---@param fn fun(record: table, context: lambda.Context?): any, any
---@param options lambda.batch.Options?
---@return lambda.batch.Answer
function M.process(event, fn, options)
  check_arguments("process", 2, fn, options)
  options = options or {}
  local records, known = check(event)
  ---@type lambda.batch.Progress
  local progress = { failures = json.array(), stopped = {}, failed = 0, succeeded = 0 }
  for index, record in ipairs(records) do
    if not progress.is_late and not has_time(options, index == 1) then
      progress.is_late = true
      require("lambda.log").warn("no time is left for the rest of the batch; it will come again",
        { recordsLeft = #records - index + 1 })
    end
    step(progress, known[index], record, fn, options)
  end
  if progress.failed > 0 and progress.succeeded == 0 and options.raise_when_all_fail ~= false then
    error(errors.new("BatchFailed", string.format("none of the %d records succeeded; the first error: %s",
      #records, errors.text(progress.first))), 0)
  end
  return { batchItemFailures = progress.failures }
end

--- A handler of batches: return { handler = batch.handler(function(record, context) … end) }.
---@param fn fun(record: table, context: lambda.Context): any, any
---@param options lambda.batch.Options?  its context is that of the invocation
---@return fun(event: table, context: lambda.Context): lambda.batch.Answer
function M.handler(fn, options)
  check_arguments("handler", 1, fn, options)
  options = options or {}
  return function(event, context)
    return M.process(event, fn, {
      context = context, reserve_ms = options.reserve_ms, raise_when_all_fail = options.raise_when_all_fail,
    })
  end
end

--- What a record carries, as bytes: the body of an SQS message, the data of a Kinesis record.
---@param record table
---@return string?, string?  nil and why there is none
function M.data(record)
  if type(record) ~= "table" then
    error(string.format("bad argument #1 to 'batch.data' (a record expected, got %s)", type(record)), 2)
  elseif type(record.body) == "string" then
    return record.body
  elseif type(record.kinesis) == "table" and type(record.kinesis.data) == "string" then
    return require("lambda.crypto").unbase64(record.kinesis.data)
  end
  return nil, "the record has neither a body (SQS) nor kinesis.data"
end

--- The same, decoded from JSON.
---@param record table
---@return any, string?  nil and why there is none
function M.json(record)
  local data, err = M.data(record)
  if not data then
    return nil, err
  end
  return json.decode(data)
end

return M
