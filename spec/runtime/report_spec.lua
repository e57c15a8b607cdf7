--- LUNAMBDA_REPORT tells what each invocation took.
local bootstrap_process = require("bootstrap_process")
local cjson = require("cjson")
local scratch = require("scratch")

local KEYS = { "collections", "decodeMs", "encodeMs", "handlerMs", "vmLiveBytes", "vmPeakBytes", "wallMs" }

local function assert_measured(report, least_ms)
  for _, key in ipairs(KEYS) do
    assert.equal("number", type(report[key]), key)
  end
  assert.is_true(report.handlerMs >= least_ms)
  assert.is_true(report.wallMs + 0.002 >= report.decodeMs + report.handlerMs + report.encodeMs) -- all rounded
  assert.is_true(report.vmPeakBytes >= report.vmLiveBytes and report.vmLiveBytes > 10000)
end

describe("the report", function()
  local busy = "local t = os.clock() + 0.02 while os.clock() < t do end "
    .. "if event == 2 then error('no') end return event"

  it("is one line per invocation, failed ones too, before the answer is posted", function()
    local seen = bootstrap_process.run({ code = busy, events = { "1", "2" }, env = { LUNAMBDA_REPORT = "1" } })
    local reports = {}
    for id, json in seen.stderr:gmatch("\t(req%-%d)\tINFO\tReport\t([^\n]*)") do
      reports[#reports + 1] = id
      local report = cjson.decode(json)
      assert_measured(report, 20)
      assert.matches('"wallMs":%d+%.%d%d%d,', json)
    end
    assert.same({ "req-1", "req-2" }, reports)
  end)

  it("has its figures among the record's members in JSON", function()
    local seen = bootstrap_process.run({
      code = busy, env = { LUNAMBDA_REPORT = "1", AWS_LAMBDA_LOG_FORMAT = "JSON" },
    })
    local record = cjson.decode(seen.stderr:match("[^\n]*Report[^\n]*"))
    assert.same({ "Report", "INFO", "req-1" }, { record.message, record.level, record.requestId })
    assert_measured(record, 20)
  end)

  it("is a line of CloudWatch's metrics where these are asked for, in either format of the log", function()
    for _, format in ipairs({ "Text", "JSON" }) do
      local seen = bootstrap_process.run({
        code = busy, events = { "1", "2" }, env = { LUNAMBDA_REPORT = "metrics", AWS_LAMBDA_LOG_FORMAT = format },
      })
      local ids = {}
      for text in seen.stderr:gmatch("[^\n]*CloudWatchMetrics[^\n]*") do
        local line = cjson.decode(text)
        assert_measured(line, 20)
        local directive = line._aws.CloudWatchMetrics[1]
        assert.same({ "lunambda", { { "FunctionName" } } }, { directive.Namespace, directive.Dimensions })
        assert.equal("scripted", line.FunctionName)
        assert.is_true(math.abs(line._aws.Timestamp / 1000 - os.time()) < 600)
        local names = {}
        for _, metric in ipairs(directive.Metrics) do
          names[#names + 1] = metric.Name
        end
        table.sort(names)
        assert.same(KEYS, names)
        ids[#ids + 1] = line.requestId
      end
      assert.same({ "req-1", "req-2" }, ids)
      assert.not_matches("\tReport\t", seen.stderr)
    end
  end)

  it("takes no notice of the decimal comma of a locale that a handler set", function()
    local here <close> = scratch.new()
    local made = os.execute(
      ("localedef -i de_DE -f UTF-8 '%s/de_DE.UTF-8' >'%s/log' 2>&1"):format(here.path, here.path))
    if not made then
      return pending("no locale with a decimal comma can be made here: localedef or its sources are missing")
    end
    local seen = bootstrap_process.run({
      code = "assert(os.setlocale('de_DE.UTF-8')) return ('%.1f'):format(1.5)",
      env = { LUNAMBDA_REPORT = "1", LOCPATH = here.path },
    })
    assert.equal('"1,5"', seen[1].body)
    assert_measured(cjson.decode(seen.stderr:match("\tReport\t([^\n]*)")), 0)
  end)

  it("is not there unless it is asked for", function()
    for _, value in ipairs({ "0", "" }) do
      local seen = bootstrap_process.run({ code = busy, env = { LUNAMBDA_REPORT = value } })
      assert.not_matches("Report", seen.stderr, 1, true)
    end
  end)

  it("refuses another value", function()
    local seen = bootstrap_process.run({ code = busy, env = { LUNAMBDA_REPORT = "yes" } })
    assert.equal("LUNAMBDA_REPORT is 'yes', which is none of: 0, 1, metrics", seen[1].document.errorMessage)
  end)
end)
