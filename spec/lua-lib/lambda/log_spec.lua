--- The log under a plain lua5.4, whose records go to standard error: each example runs a program and reads them.
local json = require("lambda.json")

--- Runs Lua code with `log` at hand; its standard error.
local function stderr_of(code, env)
  local script, output = os.tmpname(), os.tmpname()
  local file = assert(io.open(script, "w"))
  file:write(("package.path, package.cpath = %q, %q local log = require('lambda.log')\n")
    :format(package.path, package.cpath), code)
  file:close()
  local ok = os.execute(("env -u AWS_LAMBDA_LOG_FORMAT -u AWS_LAMBDA_LOG_LEVEL %s lua5.4 %s 2>%s")
    :format(env or "", script, output))
  file = assert(io.open(output, "rb"))
  local text = file:read("a")
  file:close()
  os.remove(script)
  os.remove(output)
  assert(ok, text)
  return text
end

--- The records that the code writes in the JSON format.
local function records(code, level)
  local list = {}
  local text = stderr_of(code, "AWS_LAMBDA_LOG_FORMAT=JSON AWS_LAMBDA_LOG_LEVEL=" .. (level or "TRACE"))
  for line in text:gmatch("[^\n]+") do
    list[#list + 1] = assert(json.decode(line))
  end
  return list
end

describe("lambda.log", function()
  it("works outside bootstrap, in the format of the environment", function()
    assert.matches("^%d+%-%d+%-%d+T[%d:.]+Z\t\tINFO\thello\n$", stderr_of("log.info('hello')"))
    assert.equal("hello", records("log.info('hello')")[1].message)
  end)

  it("has six levels, filtered in the JSON format only", function()
    local code = "for _, l in ipairs({ 'trace', 'debug', 'info', 'warn', 'error', 'fatal' }) do log[l](l) end"
    local list = records(code, "warn")
    assert.same({ "WARN", "ERROR", "FATAL" }, { list[1].level, list[2].level, list[3].level })
    assert.is_nil(list[4])
    assert.equal(6, select(2, stderr_of(code, "AWS_LAMBDA_LOG_LEVEL=FATAL"):gsub("\n", "")))
  end)

  it("does not look at what a level that is not written is given", function()
    local code = "local t = setmetatable({}, { __tostring = function() os.exit(9) end, __name = 'x' }) "
      .. "log.debug(t, { t = t }) "
    assert.same({}, records(code, "INFO"))
  end)
end)

describe("a field", function()
  it("of a reserved name gets another one", function()
    local record = records("log.info('real', { level = 1, level_ = 2, message = 3, timestamp = 4, requestId = 5, "
      .. "tenantId = 6, errorType = 7 })")[1]
    assert.same({ "INFO", "real" }, { record.level, record.message })
    assert.same({ 1, 2, 3, 4, 5, 6, 7 }, { record.level__, record.level_, record.message_, record.timestamp_,
      record.requestId_, record.tenantId_, record.errorType })
  end)

  it("that has no JSON form becomes a sentence, and the others stay", function()
    local record = records("local t = {} t.t = t log.info('m', { f = print, nan = 0/0, deep = t, ok = { 1 } })")[1]
    assert.matches("^%(left out: .*function", record.f)
    assert.matches("^%(left out: ", record.nan)
    assert.matches("^%(left out: ", record.deep)
    assert.same({ 1 }, { table.unpack(record.ok) })
  end)

  it("has invalid UTF-8 replaced, in names, too", function()
    local record = records([[log.info("m\xff", { ["n\xff"] = "v\xff" })]])[1]
    assert.equal("m\u{FFFD}", record.message)
    assert.equal("v\u{FFFD}", record["n\u{FFFD}"])
  end)

  it("may be null, an array, or raw JSON of several lines", function()
    local text = stderr_of("local json = require('lambda.json') "
      .. "log.info('m', { a = json.array(), n = json.null, r = json.raw('{\\n\"x\":1\\r\\n}') })")
    assert.matches('\tm\t{"a":[],"n":null,"r":{ "x":1  }}\n', text, 1, true)
  end)

  it("that is far too large becomes a sentence", function()
    local record = records("log.info('m', { big = ('x'):rep(1e6), small = 1 })")[1]
    assert.equal("(left out: 1000002 bytes are more than there is room for)", record.big)
    assert.equal(1, record.small)
  end)

  it("of a far too long name is cut", function()
    local record = records("log.info('m', { [('n'):rep(1e6)] = 1, [('o'):rep(1e6)] = ('x'):rep(1e6) })")[1]
    assert.equal(1, record[("n"):rep(512) .. "…"])
  end)
end)

describe("fields", function()
  for shown, fields in pairs({ ["42"] = "42", ['"text"'] = "'text'", ["[1,2]"] = "{ 1, 2 }", ["true"] = "true",
                               ['{"a":2,"1":1}'] = "{ 1, a = 2 }", ["7"] = "require('lambda.json').raw('7')" }) do
    it("that are no table of names go under that name: " .. fields, function()
      local text = stderr_of(("log.info('m', %s)"):format(fields))
      local value = json.decode(text:match("\t({.*})\n")).fields
      assert.same(json.decode(shown), value)
    end)
  end

  it("may be empty or nil", function()
    assert.matches("\tm\n$", stderr_of("log.info('m', {})"))
    assert.matches("\tm\n$", stderr_of("log.info('m', nil)"))
  end)

  it("are read without their metamethods", function()
    local code = "local function no() error('no') end log.info('m', setmetatable({ a = 1 }, "
      .. "{ __index = no, __pairs = no, __len = no, __tostring = no }))"
    assert.equal(1, records(code)[1].a)
  end)
end)

describe("a message", function()
  local told = {
    ["nil"] = "nil", ["42"] = "42", ["true"] = "true", ["{ 1, 2 }"] = "[1,2]", ["{ b = 1, a = 2 }"] = '{"a":2,"b":1}',
    ["setmetatable({}, { __tostring = function() return 'told' end })"] = "told",
    ["setmetatable({}, { __tostring = function() error('no') end })"] = "a table whose __tostring failed",
    ["setmetatable({}, { __tostring = function() return {} end })"] = "a table whose __tostring failed",
  }
  for code, text in pairs(told) do
    it("may be anything: " .. code, function()
      assert.equal(text, records(("log.info(%s)"):format(code))[1].message)
    end)
  end

  it("that is an error tells its type", function()
    local code = "log.error(require('lambda').error('OrderNotFound', 'no such order'), { errorType = 'mine', n = 1 })"
    local record = records(code)[1]
    assert.same({ "no such order", "OrderNotFound", "no such order", "mine", 1 },
      { record.message, record.errorType, record.errorMessage, record.errorType_, record.n })
  end)

  it("that only looks like an error is a table like any other", function()
    assert.equal('{"message":"m","type":7}', records("log.info({ type = 7, message = 'm' })")[1].message)
    assert.matches("^table: ", records("log.info(setmetatable({}, { __metatable = 1, "
      .. "__index = function() error('no') end }))")[1].message)
  end)
end)

describe("a log call", function()
  it("never raises, whatever it is given", function()
    assert.equal(42, #records([=[
      local odd = { print, coroutine.create(print), 0/0, "\xff", {}, io.stdout,
        setmetatable({}, { __index = error, __len = error, __pairs = error, __tostring = error, __name = {} }) }
      for i = 1, #odd do
        log.info(odd[i])
        log.info(odd[i], odd[i])
        log.info("m", odd[i])
        log.info("m", { odd[i] })
        log.info("m", { a = odd[i] })
        log.info({ type = "T", message = odd[i] }, { [odd[i] ~= odd[i] and 1 or odd[i]] = odd[i] })
      end ]=]))
  end)

  it("works when the handler has overwritten the globals", function()
    -- What is loaded later gets globals of its own in bootstrap alone (spec/runtime/logging_spec.lua).
    local list = records("log.info('m', { level = 1 }) "
      .. "type, next, pairs, table, string, tostring, pcall, getmetatable, rawget, error = nil "
      .. "log.info('m', { f = function() end, level = 2 }) log.info('m', { a = 1 })")
    assert.equal(1, list[1].level_)
    assert.equal("(left out: cannot encode $: a function has no JSON form)", list[2].f)
    assert.equal(1, list[3].a)
  end)
end)
