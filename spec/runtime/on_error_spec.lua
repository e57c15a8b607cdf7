--- lambda.on_error sees each failed invocation before its error is posted, and cannot make it worse.
local bootstrap_process = require("bootstrap_process")

--- Runs a handler whose module has registered fn, given as source.
local function run(fn, code, options)
  options = options or {}
  fn = bootstrap_process.tick(fn)
  options.source = ("local lambda = require('lambda')\nlambda.on_error(%s)\n"):format(fn)
    .. ("return { handler = function(event, context) %s end }"):format(code)
  return bootstrap_process.run(options)
end

describe("lambda.on_error", function()
  it("rewrites the document, the header and the log", function()
    local seen = run("function(err, context) err.type, err.message = 'Hidden', 'ask about ' .. context.aws_request_id "
      .. "err.data = { was = err.raised.message } end", "error(lambda.error('Secret', 'token 9904'))")
    local document = seen[1].document
    assert.same({ "Hidden", "ask about req-1", "token 9904" },
      { document.errorType, document.errorMessage, document.errorData.was })
    assert.equal("Function.Hidden", seen[1].headers["Lambda-Runtime-Function-Error-Type"])
    assert.not_matches("Secret", seen.stderr, 1, true)
    assert.equal(1, bootstrap_process.count(seen.stderr, "Invoke Error"))
  end)

  it("is asked once for each failure, with the context of its own event", function()
    local fn = "function(err, context) lambda.log.warn('asked', { id = context.aws_request_id }) "
      .. "err.message = context.aws_request_id end"
    local seen = run(fn, "if event == 1 then return 1 elseif event == 2 then error('x') else return nil, 'y' end",
      { events = { "1", "2", "{", "3" } })
    assert.same({ "req-2", "req-3", "req-4" },
      { seen[2].document.errorMessage, seen[3].document.errorMessage, seen[4].document.errorMessage })
    assert.equal("Runtime.UnmarshalError", seen[3].document.errorType)
    assert.equal(3, bootstrap_process.count(seen.stderr, "asked"))
    for number = 2, 4 do
      assert.matches(("\treq-%d\tWARN\tasked\t{\"id\":\"req-%d\"}\n"):format(number, number), seen.stderr, 1, true)
    end
  end)

  for what, fn in pairs({
    ["raises"] = "function() error('broken') end",
    ["overflows the stack"] = "function() local function f() return 1 + f() end f() end",
    ["leaves no message"] = "function(err) err.message = nil end",
  }) do
    it("hides nothing when it " .. what, function()
      local seen = run(fn, "error('the original')", { events = { "1", "2" } })
      assert.matches("the original$", seen[1].document.errorMessage)
      assert.equal("Function.LuaError", seen[1].document.errorType)
      assert.matches("the original$", seen[2].document.errorMessage)
      assert.equal(2, bootstrap_process.count(seen.stderr, "on_error failed, and the error goes out as it was: "))
      assert.equal(2, bootstrap_process.count(seen.stderr, "Invoke Error"))
      assert.matches("\treq-1\tERROR\ton_error failed", seen.stderr, 1, true)
    end)
  end

  it("loses no error when it loops for ever: the deadline guard stops it", function()
    local event = { body = "1", deadline_ms = 1500 }
    local seen = run("function() while true do pcall(function()\nwhile true do TICK end end) end end",
      "error(lambda.error('OrderNotFound', 'the original', { order = 7 }))",
      { events = { event, event }, plan = { "limit 15000" } })
    assert.same({ 2, 0 }, { #seen, seen.unused }, seen.stderr)
    for _, post in ipairs(seen) do
      assert.same({ "OrderNotFound", "the original", 7 },
        { post.document.errorType, post.document.errorMessage, post.document.errorData.order })
    end
    assert.matches("\treq%-2\tERROR\ton_error failed, and the error goes out as it was: "
      .. "[^\n]*app.lua:3: still running", seen.stderr)
    assert.equal(2, bootstrap_process.count(seen.stderr, "Invoke Error"))
  end)

  it("has a second where no time is left", function()
    local seen = run("function(err) err.message = 'rewritten' while err.raised == 'loop' do TICK end end",
      "error(event, 0)", { plan = { "limit 15000" }, events = {
        { body = '"short"', headers = { ["Lambda-Runtime-Deadline-Ms"] = "1000" } },
        { body = '"loop"', headers = { ["Lambda-Runtime-Deadline-Ms"] = "1000" } },
      } })
    assert.same({ "rewritten", "loop" }, { seen[1].document.errorMessage, seen[2].document.errorMessage })
    assert.matches("still running [^\n]*past the time%-out", seen.stderr)
  end)

  it("is not asked about a file that raises while it loads", function()
    local seen = bootstrap_process.run({
      source = "require('lambda').on_error(function(err) err.message = 'rewritten' end) error('no database')" })
    assert.matches("no database$", seen[1].document.errorMessage)
  end)

  it("is no way to lose an error: neither is a __tostring that never ends", function()
    local code = "error(setmetatable({}, { __tostring = function() while true do TICK end end }))"
    local seen = run("function() end", bootstrap_process.tick(code),
      { events = { { body = "1", deadline_ms = 1500 } }, plan = { "limit 15000" } })
    assert.equal("Function.LuaError", seen[1].document.errorType)
    assert.matches("a table was raised", seen[1].document.errorMessage, 1, true)
  end)

  it("is not asked about what lambda.after raises: no error is posted for that", function()
    local seen = bootstrap_process.run({ source = [[
      local lambda = require("lambda")
      lambda.on_error(function(err) io.stdout:write("asked about ", err.message, "\n") end)
      lambda.after(function() error("afterwards", 0) end)
      return { handler = function() return 1 end }
    ]] })
    assert.equal("", seen.stdout)
    assert.matches("After Error", seen.stderr, 1, true)
  end)
end)
