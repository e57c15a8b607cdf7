local batch = require("lambda.batch")
local lambda = require("lambda")

local function message(id, body)
  return { messageId = id, body = body or "{}", eventSource = "aws:sqs", attributes = {},
    eventSourceARN = "arn:aws:sqs:eu-west-1:123456789012:orders" }
end

local function fifo(id, group)
  local record = message(id)
  record.eventSourceARN = record.eventSourceARN .. ".fifo"
  record.attributes.MessageGroupId = group
  return record
end

local function kinesis(number, data)
  return { eventSource = "aws:kinesis", kinesis = { sequenceNumber = number, data = data } }
end

local function change(number)
  return { eventSource = "aws:dynamodb", dynamodb = { SequenceNumber = number, Keys = {} } }
end

local function names(answer)
  local list = {}
  for i, failure in ipairs(answer.batchItemFailures) do
    list[i] = failure.itemIdentifier
  end
  return list
end

local function identifier(record)
  return record.messageId or (record.kinesis and record.kinesis.sequenceNumber) or record.dynamodb.SequenceNumber
end

--- Runs a batch in which the records with these identifiers fail; what was run, and the answer.
local function run(records, bad, options)
  local failing, ran = {}, {}
  for _, id in ipairs(bad) do
    failing[id] = true
  end
  local answer = batch.process({ Records = records }, function(record)
    ran[#ran + 1] = identifier(record)
    if failing[identifier(record)] then
      error("cannot handle it")
    end
  end, options)
  return ran, names(answer)
end

describe("lambda.batch", function()
  local logged, real_log
  setup(function()
    real_log = package.loaded["lambda.log"]
    local function recorder(level)
      return function(text, fields)
        logged[#logged + 1] = { level = level, message = text, fields = fields }
      end
    end
    package.loaded["lambda.log"] = { error = recorder("error"), warn = recorder("warn") }
  end)
  teardown(function()
    package.loaded["lambda.log"] = real_log
  end)
  before_each(function()
    logged = {}
  end)

  it("answers an empty array when all went well", function()
    local answer = batch.process({ Records = { message("a"), message("b") } }, function() end)
    assert.equal('{"batchItemFailures":[]}', lambda.json.encode(answer))
    assert.equal('{"batchItemFailures":[]}', lambda.json.encode(batch.process({ Records = {} }, error)))
  end)

  it("names the messages of a standard queue that failed, and runs the others", function()
    local ran, failed = run({ message("a"), message("b"), message("c"), message("d") }, { "a", "c" })
    assert.same({ "a", "b", "c", "d" }, ran)
    assert.same({ "a", "c" }, failed)
  end)

  it("takes nil and an error for a failure, and any other result for success", function()
    local results = { a = {}, b = { nil, "no" }, c = { false }, d = { nil, { type = "Busy", message = "later" } } }
    local answer = batch.process({ Records = { message("a"), message("b"), message("c"), message("d") } },
      function(record)
        return table.unpack(results[record.messageId], 1, 2)
      end)
    assert.same({ "b", "d" }, names(answer))
  end)

  it("lets nothing overtake a failed message of a FIFO group, and goes on with other groups", function()
    local ran, failed = run({ fifo("a1", "a"), fifo("b1", "b"), fifo("a2", "a"), fifo("b2", "b"), fifo("a3", "a") },
      { "a2", "b1" })
    assert.same({ "a1", "b1", "a2" }, ran)
    assert.same({ "b1", "a2", "b2", "a3" }, failed)
  end)

  it("stops a stream at its first failure, for all that follows comes again", function()
    local ran, failed = run({ kinesis("1"), kinesis("2"), kinesis("3"), kinesis("4") }, { "2", "4" })
    assert.same({ "1", "2" }, ran)
    assert.same({ "2" }, failed)
    ran, failed = run({ change("1"), change("2"), change("3") }, { "3" })
    assert.same({ "1", "2", "3" }, ran)
    assert.same({ "3" }, failed)
  end)

  it("logs each failure with its record's identifier, never with what it holds", function()
    batch.process({ Records = { message("a", "secret"), message("b"), message("c") } }, function(record)
      if record.messageId ~= "c" then
        error(lambda.error("Busy", "try later"))
      end
    end)
    assert.equal(2, #logged)
    assert.equal("a record of the batch failed: try later", logged[1].message)
    assert.equal("a", logged[1].fields.recordId)
    assert.equal("Busy", logged[1].fields.recordErrorType)
    assert.is_nil(lambda.json.encode(logged):find("secret"))
  end)

  it("does not let a batch of failures flood the log", function()
    local records, bad = { message("good") }, {}
    for i = 1, 1000 do
      records[#records + 1], bad[i] = message("m" .. i), "m" .. i
    end
    local _, failed = run(records, bad)
    assert.equal(1000, #failed)
    assert.equal(21, #logged)
    assert.matches("^more records", logged[21].message)
  end)

  it("raises when none succeeded, unless told otherwise", function()
    local ok, err = pcall(run, { message("a"), message("b") }, { "a", "b" })
    assert.is_false(ok)
    assert.equal("BatchFailed", err.type)
    assert.matches("^none of the 2 records succeeded; the first error: .*cannot handle it$", err.message)
    local _, failed = run({ message("a"), message("b") }, { "a", "b" }, { raise_when_all_fail = false })
    assert.same({ "a", "b" }, failed)
    assert.is_false(pcall(run, { kinesis("1"), kinesis("2") }, { "1" }))
  end)

  it("reports what it has no time to begin, but always tries the first", function()
    local left_ms = 1000
    local context = { remaining_ms = function() return left_ms end }
    local ran = {}
    local function slow(record, given)
      assert.equal(context, given)
      ran[#ran + 1] = record.messageId
      left_ms = left_ms - 300
    end
    local answer = batch.process({ Records = { message("a"), message("b"), message("c"), message("d") } }, slow,
      { context = context })
    assert.same({ "a", "b" }, ran)
    assert.same({ "c", "d" }, names(answer))
    assert.same({ { level = "warn", message = "no time is left for the rest of the batch; it will come again",
      fields = { recordsLeft = 2 } } }, logged)

    ran, left_ms = {}, 10
    answer = batch.handler(function(record)
      ran[#ran + 1] = record.kinesis.sequenceNumber
    end)({ Records = { kinesis("1"), kinesis("2"), kinesis("3") } }, context)
    assert.same({ "1" }, ran)
    assert.same({ "2" }, names(answer))

    ran, left_ms = {}, 10
    answer = batch.handler(slow, { reserve_ms = -1000 })({ Records = { message("a"), message("b") } }, context)
    assert.same({ "a", "b" }, ran)
    assert.same({}, names(answer))
  end)

  it("refuses what is no batch before any record is run", function()
    local function refused(event)
      local ok, err = pcall(batch.process, event, function() error("ran") end)
      assert.is_false(ok)
      assert.equal("InvalidBatch", err.type)
      return err.message
    end
    assert.matches("has no Records", refused("text"))
    assert.matches("has no Records", refused({}))
    assert.matches("has no Records", refused({ Records = lambda.null }))
    assert.matches("^Records%[2%] is a string", refused({ Records = { message("a"), "x" } }))
    assert.matches("^Records%[1%].eventSource is aws:s3;", refused({ Records = { { eventSource = "aws:s3" } } }))
    assert.matches("^Records%[2%] of aws:sqs has no identifier",
      refused({ Records = { message("a"), { eventSource = "aws:sqs" } } }))
    assert.matches("^Records%[1%] of aws:kinesis has no identifier",
      refused({ Records = { { eventSource = "aws:kinesis", kinesis = lambda.null } } }))
  end)

  it("blames the caller for wrong arguments", function()
    local function blamed(expected, fn, ...)
      local ok, err = pcall(fn, ...)
      assert.is_false(ok)
      assert.matches(expected, err, 1, true)
    end
    blamed("bad argument #2 to 'batch.process' (a function expected, got nil)", batch.process, {})
    blamed("bad argument #3 to 'batch.process' (a table of options expected, got number)",
      batch.process, {}, error, 1)
    blamed("bad argument #1 to 'batch.handler' (a function expected, got table)", batch.handler, {})
    blamed("bad argument #1 to 'batch.data' (a record expected, got nil)", batch.data)
    batch.handler(setmetatable({}, { __call = function() end }))
  end)

  it("names each failed record exactly once, whatever fails", function()
    math.randomseed(20)
    for _ = 1, 300 do
      local records, bad, is_bad, closed, expected = {}, {}, {}, {}, {}
      for i = 1, math.random(1, 12) do
        local group = ("xyz"):sub(math.random(3)):sub(1, 1)
        records[i] = fifo("m" .. i, group)
        if math.random(4) == 1 then
          bad[#bad + 1], is_bad[i] = "m" .. i, true
        end
        if is_bad[i] or closed[group] then
          closed[group] = true
          expected[#expected + 1] = "m" .. i
        end
      end
      local ran, failed = run(records, bad, { raise_when_all_fail = false })
      assert.same(expected, failed)
      assert.is_true(#ran <= #records)
    end
  end)

  it("gives what a record carries", function()
    assert.equal("text", batch.data(message("a", "text")))
    assert.same({ id = 7 }, batch.json(message("a", '{"id":7}')))
    assert.equal("hello", batch.data(kinesis("1", "aGVsbG8=")))
    local value, err = batch.json(message("a", "{"))
    assert.is_nil(value)
    assert.matches("line 1", err)
    value, err = batch.data(change("1"))
    assert.is_nil(value)
    assert.equal("the record has neither a body (SQS) nor kinesis.data", err)
    assert.is_nil((batch.json(kinesis("1", "%%%"))))
  end)
end)
