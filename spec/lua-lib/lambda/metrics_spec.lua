local json = require("lambda.json")
local metrics = require("lambda.metrics")
local native = require("lambda.native")

describe("lambda.metrics", function()
  local lines, real_line
  setup(function()
    real_line = native.log.line
    native.log.line = function(text)
      lines[#lines + 1] = assert(json.decode(text))
      assert.is_nil(text:find("\n"))
    end
  end)
  teardown(function()
    native.log.line = real_line
  end)
  before_each(function()
    lines = {}
  end)

  local function new(dimensions)
    return metrics.new({ namespace = "shop", dimensions = dimensions or { service = "orders" } })
  end

  it("writes one line in the Embedded Metric Format", function()
    local before = native.now_ms()
    local m = new({ service = "orders", region = "eu-west-1" })
    m:add("Paid", 1, "Count"):add("Latency", 12.5, "Milliseconds", 1):property("orderId", "A-42")
    assert.same({}, lines)
    m:flush()
    assert.equal(1, #lines)
    local at = lines[1]._aws.Timestamp
    assert.is_true(at >= before and at <= native.now_ms())
    assert.same({
      _aws = { Timestamp = at, CloudWatchMetrics = { {
        Namespace = "shop", Dimensions = { { "region", "service" } },
        Metrics = { { Name = "Paid", Unit = "Count" },
          { Name = "Latency", Unit = "Milliseconds", StorageResolution = 1 } },
      } } },
      service = "orders", region = "eu-west-1", Paid = 1, Latency = 12.5, orderId = "A-42",
    }, lines[1])
  end)

  it("writes nothing where nothing was noted, and nothing twice", function()
    local m = new()
    m:property("orderId", 1):flush()
    m:add("Paid", 1):flush()
    m:flush()
    assert.equal(1, #lines)
    assert.is_nil(lines[1].orderId) -- it belonged to the event before
  end)

  it("keeps the values of one name together", function()
    local m = new()
    m:add("Size", 1, "Bytes"):add("Size", 2, "Bytes"):add("Size", 3, "Bytes")
    m:flush()
    assert.same({ 1, 2, 3 }, lines[1].Size)
    assert.equal(1, #lines[1]._aws.CloudWatchMetrics[1].Metrics)
  end)

  it("begins another line at the format's limits, and loses no value", function()
    local m = new()
    for i = 1, 250 do
      m:add("Size", i)
    end
    for i = 1, 150 do
      m:add("Metric" .. i, 1)
    end
    m:flush()
    local sizes, named = 0, 0
    for _, line in ipairs(lines) do
      assert.is_true(#line._aws.CloudWatchMetrics[1].Metrics <= 100)
      for name, value in pairs(line) do
        if name == "Size" then
          assert.is_true(#value <= 100)
          sizes = sizes + #value
        elseif name:find("^Metric") then
          named = named + value
        end
      end
    end
    assert.equal(250, sizes)
    assert.equal(150, named)
  end)

  it("has further dimensions in lines of their own", function()
    local m = new()
    local bob = m:with({ tenant = "bob" })
    m:add("Paid", 1)
    bob:add("Paid", 2)
    bob:with({ plan = 3 }):add("Paid", 3)
    m:flush()
    assert.equal(3, #lines)
    local by_tenant = {}
    for _, line in ipairs(lines) do
      by_tenant[#line._aws.CloudWatchMetrics[1].Dimensions[1]] = line
    end
    assert.equal(1, by_tenant[1].Paid)
    assert.equal("bob", by_tenant[2].tenant)
    assert.same({ "plan", "service", "tenant" }, by_tenant[3]._aws.CloudWatchMetrics[1].Dimensions[1])
    assert.equal("3", by_tenant[3].plan)
    bob:add("Paid", 4) -- kept from one event to the next
    m:flush()
    assert.equal(4, #lines)
  end)

  it("forgets the properties of further dimensions too, where no metric came", function()
    local m = new()
    local bob = m:with({ tenant = "bob" })
    bob:property("orderId", "of the first event")
    m:flush()
    bob:add("Paid", 1)
    m:flush()
    assert.equal(1, #lines)
    assert.is_nil(lines[1].orderId)
  end)

  it("keeps values of another unit or resolution apart", function()
    local m = new()
    m:add("Took", 5, "Milliseconds"):add("Took", 6):add("Took", 1, "Seconds"):add("Took", 2, "Seconds", 1)
    m:flush()
    local seen = {}
    for i, line in ipairs(lines) do
      local definition = line._aws.CloudWatchMetrics[1].Metrics[1]
      seen[i] = { line.Took, definition.Unit, definition.StorageResolution }
    end
    assert.same({ { { 5, 6 }, "Milliseconds" }, { 1, "Seconds" }, { 2, "Seconds", 1 } }, seen)
  end)

  it("takes the function's name for a dimension unless told otherwise", function()
    local m = metrics.new({ namespace = "shop" })
    m:add("Paid", 1):flush()
    local dimensions = lines[1]._aws.CloudWatchMetrics[1].Dimensions
    assert.same(os.getenv("AWS_LAMBDA_FUNCTION_NAME") and { { "FunctionName" } } or { {} }, dimensions)
  end)

  it("flushes a wrapped handler's metrics, also when it fails, and keeps its results and errors", function()
    local m = new()
    local handler = m:wrap(function(event, context)
      m:add("Seen", 1)
      if event.bad then
        error("no good")
      end
      return event, context, nil
    end)
    assert.same({ {}, "context", n = 3 }, table.pack(handler({}, "context")))
    local trace
    assert.is_false(xpcall(handler, function(raised)
      trace = debug.traceback(raised)
    end, { bad = true }))
    assert.matches("no good", trace)
    assert.matches("metrics_spec.lua:%d+: in function <", trace)
    assert.equal(2, #lines)
  end)

  it("is flushed after each event when it was made while the file loaded", function()
    local lifecycle = require("lambda.lifecycle")
    local real_after, was_loaded, registered = lifecycle.after, native.hooks.is_loaded, nil
    lifecycle.after, native.hooks.is_loaded = function(hook) registered = hook end, nil
    local m = new()
    lifecycle.after, native.hooks.is_loaded = real_after, was_loaded
    m:add("Paid", 1)
    registered()
    assert.equal(1, #lines)
  end)

  it("blames the caller for what CloudWatch would drop in silence", function()
    local m = new()
    local function blamed(expected, fn, ...)
      local ok, err = pcall(fn, ...)
      assert.is_false(ok)
      assert.matches(expected, err, 1, true)
    end
    blamed("bad argument #1 to 'metrics.new' (a table of options expected, got nil)", metrics.new)
    blamed("a namespace expected", metrics.new, {})
    blamed("a namespace expected", metrics.new, { namespace = "AWS/Lambda" })
    blamed("a namespace expected", metrics.new, { namespace = "a b" })
    blamed("dimensions: a table expected", metrics.new, { namespace = "a", dimensions = "x" })
    blamed("the dimension 'a' must be", new, { a = "" })
    blamed("the dimension 'a' must be", new, { a = "é" })
    blamed("the dimension 'a' must be", new, { a = true })
    blamed("is no name", new, { [":a"] = "x" })
    local many = {}
    for i = 1, 31 do
      many["d" .. i] = i
    end
    blamed("31 dimensions are more than 30", new, many)
    blamed("a table of dimensions expected", m.with, m)
    blamed("bad argument #1 to 'metrics.add' (a name expected, got nil)", m.add, m)
    blamed("is no name", m.add, m, "")
    blamed("is no name", m.add, m, "_aws", 1)
    blamed("is no name", m.add, m, ("x"):rep(256), 1)
    blamed("is no name", m.add, m, "a\nb", 1)
    blamed("a number expected, got string", m.add, m, "A", "1")
    blamed("outside of what CloudWatch stores", m.add, m, "A", 0 / 0)
    blamed("outside of what CloudWatch stores", m.add, m, "A", math.huge)
    blamed("outside of what CloudWatch stores", m.add, m, "A", -2.0 ^ 361)
    blamed("'Pounds' is no unit", m.add, m, "A", 1, "Pounds")
    blamed("a resolution of 1 or 60", m.add, m, "A", 1, nil, 5)
    blamed("'service' is a dimension or a property already", m.add, m, "service", 1)
    m:add("A", 1)
    blamed("'A' is a dimension or a metric already", m.property, m, "A", 1)
    blamed("bad argument #2 to 'metrics.property'", m.property, m, "f", print)
    blamed("a function expected", m.wrap, m, {})
    local _, err = pcall(function() m:add("", 1) end)
    assert.matches("^spec/lua%-lib/lambda/metrics_spec.lua:%d+: ", err)
  end)
end)

describe("a line of metrics", function()
  it("is the only thing on its line of standard output", function()
    local command = "lua5.4 -e 'local m = require(\"lambda.metrics\").new{ namespace = \"n\", dimensions = {} } "
      .. "io.write(\"before\\n\") m:add(\"A\", 1):flush() print(\"after\")'"
    local pipe = assert(io.popen("LUA_PATH_5_4='lua-lib/?.lua;lua-lib/?/init.lua;;' " .. command))
    local said = pipe:read("a")
    pipe:close()
    local line = said:match("^before\n(%b{})\nafter\n$")
    assert.equal(1, assert(json.decode(line)).A)
  end)
end)
