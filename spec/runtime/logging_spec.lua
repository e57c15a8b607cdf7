--- What a function writes is there before its answer is posted, one line a record, in Lambda's two formats.
local bootstrap_process = require("bootstrap_process")
local cjson = require("cjson")

local STAMP = "%d%d%d%d%-%d%d%-%d%dT%d%d:%d%d:%d%d%.%d%d%dZ"

--- What CloudWatch takes as one event.
local EVENT_LIMIT_BYTES = 256 * 1024 - 26

local function run(code, env, options)
  options = options or {}
  options.code, options.env = code, env
  return bootstrap_process.run(options)
end

local function run_json(code, level, options)
  return run(code, { AWS_LAMBDA_LOG_FORMAT = "JSON", AWS_LAMBDA_LOG_LEVEL = level }, options)
end

--- The lines of a stream that are JSON records; each line must be one. What the runtime says when the plan is used up
--- is left out.
local function records(text)
  local list = {}
  for line in text:gmatch("[^\n]+") do
    local record = cjson.decode(line)
    list[#list + 1] = not record.message:find("^asking the Runtime API") and record or nil
  end
  return list
end

local function lines(text)
  local list = {}
  for line in text:gmatch("[^\n]+") do
    list[#list + 1] = not line:find("asking the Runtime API", 1, true) and line or nil
  end
  return list
end

describe("everything written before the answer", function()
  local code = [[
    local log = require("lambda").log
    io.write("without a newline")
    print("printed")
    log.info("logged")
    io.stderr:setvbuf("full")
    io.stderr:write("buffered by the handler\n")
    io.stdout:setvbuf("full")
    io.write("also buffered")
    os.execute("echo from a child")
    if event.fail then error("failed") end
    return 1 ]]

  for name, event in pairs({ response = "{}", error = '{"fail":true}' }) do
    it("is in the descriptors when /" .. name .. " arrives", function()
      local seen = run(code, nil, { events = { event } })
      assert.equal("/2018-06-01/runtime/invocation/req-1/" .. name, seen[1].path)
      assert.equal("without a newlineprinted\nfrom a child\nalso buffered", seen.stdout)
      assert.equal(#seen.stdout, seen[1].stdout_bytes)
      local before_the_answer = seen.stderr:sub(1, seen[1].stderr_bytes)
      assert.matches("\tlogged\nbuffered by the handler\n", before_the_answer, 1, true)
      if event ~= "{}" then
        assert.matches("\tERROR\tInvoke Error\t.*failed[^\n]*\n$", before_the_answer)
      end
    end)

    it("outlives a kill that comes with the answer to /" .. name, function()
      local seen = run(code, nil, { events = { event }, posts = { { status = 202, kill = true } } })
      assert.equal(9, seen.signal)
      assert.equal("without a newlineprinted\nfrom a child\nalso buffered", seen.stdout)
      assert.matches("\tlogged\nbuffered by the handler\n", seen.stderr, 1, true)
      assert.equal(event ~= "{}" and 1 or 0, bootstrap_process.count(seen.stderr, "Invoke Error"))
    end)
  end

  it("holds for what a file prints while it loads", function()
    local seen = bootstrap_process.run({ source = "io.stdout:setvbuf('full') io.write('loading') error('no')" })
    assert.equal("/2018-06-01/runtime/init/error", seen[1].path)
    assert.equal("loading", seen.stdout)
    assert.equal(7, seen[1].stdout_bytes)
    assert.matches("Init Error", seen.stderr:sub(1, seen[1].stderr_bytes), 1, true)
  end)

  it("holds for os.exit, too", function()
    local seen = run("io.stdout:setvbuf('full') io.write('last words') print('and more') os.exit(3)")
    assert.equal(3, seen.exit)
    assert.equal("last wordsand more\n", seen.stdout)
  end)
end)

describe("print", function()
  it("writes its line as it is in the text format", function()
    local code = "print() print('a', nil, 1, 2.0, true) print('x\\ny') " ..
      "print(setmetatable({}, { __tostring = function() return 'told' end })) return 1"
    assert.equal("\na\tnil\t1\t2.0\ttrue\nx\ny\ntold\n", run(code).stdout)
  end)

  it("writes a record of level INFO in the JSON format", function()
    local seen = run_json("print('a \"b\"', 1, '\\n') return 1")
    local record = records(seen.stdout)[1]
    assert.matches("^" .. STAMP .. "$", record.timestamp)
    assert.same({ "INFO", "req-1", 'a "b"\t1\t\n' }, { record.level, record.requestId, record.message })
    assert.equal(1, bootstrap_process.count(seen.stdout, "\n"))
  end)

  it("is filtered like INFO", function()
    assert.equal("", run_json("print('x') return 1", "WARN").stdout)
    assert.equal("x\n", run("print('x') return 1", { AWS_LAMBDA_LOG_LEVEL = "FATAL" }).stdout)
  end)

  it("keeps a line of any length whole, in the order of io.write", function()
    local seen = run("io.write('<') print(('x'):rep(1000000)) io.write('>') return 1")
    assert.equal("<" .. ("x"):rep(1000000) .. "\n>", seen.stdout)
  end)

  it("raises what a bad __tostring raises, as Lua's does", function()
    local seen = run("print(setmetatable({}, { __tostring = function() return {} end }))")
    assert.matches("'__tostring' must return a string", seen[1].document.errorMessage, 1, true)
  end)
end)

describe("io.write and C code", function()
  it("are passed on as they are in the JSON format, too", function()
    local seen = run_json("io.write('plain line\\n', 'and a part') os.execute('printf from-c') return 1")
    assert.equal("plain line\nfrom-cand a part", seen.stdout)
  end)
end)

describe("lambda.log", function()
  it("writes timestamp, request id, level and message between tabs", function()
    local seen = run([[
      local log = require("lambda").log
      for _, level in ipairs({ "trace", "debug", "info", "warn", "error", "fatal" }) do log[level]("m " .. level) end
      return 1 ]])
    local list = lines(seen.stderr)
    for index, level in ipairs({ "trace", "debug", "info", "warn", "error", "fatal" }) do
      assert.matches("^" .. STAMP .. "\treq%-1\t" .. level:upper() .. "\tm " .. level .. "$", list[index])
    end
    assert.equal(6, #list)
  end)

  it("is context.log", function()
    local code = "assert(context.log == require('lambda').log) context.log.info(context.aws_request_id) return 1"
    local seen = run(code, nil, { events = { "1", "2" } })
    assert.matches("\treq-1\tINFO\treq-1\n", seen.stderr, 1, true)
    assert.matches("\treq-2\tINFO\treq-2\n", seen.stderr, 1, true)
  end)

  it("has no request id while the file loads", function()
    local source = "require('lambda').log.info('loading') return { handler = function() return 1 end }"
    assert.matches("^" .. STAMP .. "\t\tINFO\tloading\n", bootstrap_process.run({ source = source }).stderr)
    local seen = bootstrap_process.run({ source = source, env = { AWS_LAMBDA_LOG_FORMAT = "JSON" } })
    assert.is_nil(records(seen.stderr)[1].requestId)
  end)

  it("tells the platform's keys first, then the caller's fields by name", function()
    local code = "context.log.warn('say \"café\"\\n', { zeta = { 1, 2 }, alpha = true, mid = 1.5 }) return 1"
    local event = { body = "{}", headers = { ["Lambda-Runtime-Aws-Tenant-Id"] = "blue" } }
    local seen = run_json(code, nil, { events = { event } })
    assert.matches('^{"timestamp":"' .. STAMP .. '","level":"WARN","requestId":"req%-1","message":"say \\"café\\"' ..
      '\\u000a","tenantId":"blue","alpha":true,"mid":1.5,"zeta":%[1,2%]}\n', seen.stderr)
  end)

  it("appends the fields as JSON in the text format", function()
    local seen = run("context.log.info('paid', { order = 42 }) return 1")
    assert.matches("\treq%-1\tINFO\tpaid\t{\"order\":42}\n", seen.stderr)
  end)

  it("keeps a record on one line", function()
    local seen = run("context.log.info('one\\ntwo\\r\\nthree', { text = 'a\\nb' }) return 1")
    assert.equal(1, #lines(seen.stderr))
    assert.matches("\tone\rtwo\rthree\t{\"text\":\"a\\nb\"}\n", seen.stderr, 1, true)
  end)

  for level, written in pairs({ TRACE = 6, debug = 5, INFO = 4, WARN = 3, error = 2, FATAL = 1 }) do
    it(("writes %d of six levels in the JSON format at %s"):format(written, level), function()
      local code = "for _, name in ipairs({ 'trace', 'debug', 'info', 'warn', 'error', 'fatal' }) do " ..
        "context.log[name](name) end return 1"
      assert.equal(written, #records(run_json(code, level).stderr))
    end)
  end

  it("holds back records of errors at FATAL, as the platform would: their caller is told all the same", function()
    local seen = run_json("error('boom', 0)", "FATAL")
    assert.equal("boom", seen[1].document.errorMessage)
    assert.not_matches("boom", seen.stderr, 1, true)
    assert.not_matches('"level":"ERROR"', seen.stderr, 1, true)
  end)

  it("writes INFO and above where no level is set", function()
    local code = "context.log.debug('d') context.log.info('i') return 1"
    assert.same({ "i" }, { records(run_json(code).stderr)[1].message })
  end)

  it("never fills more than one event of CloudWatch, and stays JSON", function()
    local seen = run_json([[
      local log = context.log
      log.info(("\1"):rep(2000000))
      log.info("fields", { big = ("\1"):rep(2000000), small = 1 })
      local many = {} for i = 1, 200000 do many["k" .. i] = i end
      log.info("many", many)
      log.info(("x"):rep(2000000), { big = ("x"):rep(120000) })
      print(("é"):rep(2000000))
      return 1 ]])
    for line in (seen.stderr .. seen.stdout):gmatch("[^\n]+") do
      assert.is_true(#line <= EVENT_LIMIT_BYTES)
    end
    local list = records(seen.stderr)
    assert.matches("...(cut)", list[1].message, 1, true)
    assert.equal(1, list[2].small)
    assert.matches("^%(left out: ", list[2].big)
    assert.is_true(list[3].fieldsLeftOut > 100000)
    assert.equal(1, list[3].k1)
    assert.equal(120000, #list[4].big)
    assert.matches("é...(cut)", records(seen.stdout)[1].message, 1, true)
  end)

  it("works when the handler has overwritten the globals, the first record that needs more than usual, too", function()
    local seen = run_json([[
      local log = require("lambda").log
      type, next, pairs, table, string, tostring, pcall, getmetatable, rawget, error = nil
      log.info("m", { f = function() end, level = 1 })
      return 1 ]])
    local record = records(seen.stderr)[1]
    assert.same({ "(left out: cannot encode $: a function has no JSON form)", 1 }, { record.f, record.level_ })
  end)

  it("never writes the event or the answer by itself", function()
    local seen = run("context.log.info('done') return { answer = 'marker-9902' }", nil,
      { events = { '{"question":"marker-9901"}' } })
    assert.not_matches("marker%-990", seen.stderr .. seen.stdout)
  end)
end)

describe("_LAMBDA_TELEMETRY_LOG_FD", function()
  it("does not reach what the handler starts", function()
    local seen = run("return os.getenv('_LAMBDA_TELEMETRY_LOG_FD')", { _LAMBDA_TELEMETRY_LOG_FD = "62" })
    assert.equal("null", seen[1].body)
  end)
end)

describe("an error", function()
  local header = { ["Lambda-Runtime-Aws-Tenant-Id"] = "blue" }

  it("is one record with the tenant, in the JSON format", function()
    local seen = run_json("error('marker-9903')", nil, { events = { { body = "{}", headers = header } } })
    local list = records(seen.stderr)
    assert.equal(1, #list)
    assert.same({ "ERROR", "req-1", "blue", "Function.LuaError" },
      { list[1].level, list[1].requestId, list[1].tenantId, list[1].errorType })
  end)

  it("is one record within the limit, however large all of its parts are", function()
    for _, format in ipairs({ "Text", "JSON" }) do
      local seen = run([[
        local names = setmetatable({}, { __index = function() end })
        local f = assert(load("local t, n = ... ; t[n] = function() error({ type = ('T'):rep(1e6), " ..
          "message = ('\1'):rep(1e6), data = ('\1'):rep(2e4) }) end ; return t[n]()"))
        return (f(names, ("\1"):rep(1e6))) ]], { AWS_LAMBDA_LOG_FORMAT = format })
      local list = lines(seen.stderr)
      assert.equal(1, #list)
      assert.is_true(#list[1] <= EVENT_LIMIT_BYTES and #list[1] > 64 * 1024)
      local document = cjson.decode(list[1]:match("({.*)"))
      assert.matches("^TTT", document.errorType)
      assert.equal(20000, #document.errorData)
    end
  end)
end)
