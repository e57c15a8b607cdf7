--- Every report of an error carries its cause for X-Ray: one line of ASCII, at most 32 KiB.
local bootstrap_process = require("bootstrap_process")
local cjson = require("cjson")

local HEADER = "Lambda-Runtime-Function-XRay-Error-Cause"

--- The cause of the only report of a run, its header, and what was seen.
local function cause(options)
  local seen = bootstrap_process.run(options)
  assert.equal(1, #seen)
  assert.matches("/error$", seen[1].path)
  local header = seen[1].headers[HEADER]
  assert.is_string(header)
  assert.not_matches("[^ -~]", header)
  assert.is_true(#header <= 32 * 1024)
  return cjson.decode(header), header, seen
end

describe("the X-Ray cause", function()
  it("has folder, exception, frames and paths", function()
    local source = "local function inner() error('deep') end\nreturn { handler = function()\n  inner()\nend }"
    local document, _, seen = cause({ source = source })
    assert.equal(seen.root, document.working_directory)
    local exception = document.exceptions[1]
    assert.equal("Function.LuaError", exception.type)
    assert.matches("app%.lua:1: deep$", exception.message)
    assert.same({ path = "[C]", line = 0, label = "error" }, exception.stack[1])
    assert.matches("app%.lua$", exception.stack[2].path)
    assert.same({ 1, "inner" }, { exception.stack[2].line, exception.stack[2].label })
    assert.equal(3, exception.stack[3].line)
    assert.same({ "[C]", exception.stack[2].path }, document.paths)
    assert.same(1, #document.exceptions)
  end)

  it("has whole numbers for lines and arrays where nothing is in them", function()
    local _, header = cause({ code = "return nil, 'no such order'" })
    assert.matches('"stack":[]', header, 1, true)
    assert.matches('"paths":[]', header, 1, true)
    _, header = cause({ code = "error('x')" })
    assert.matches('"line":%d+[,}]', header)
  end)

  for what, options in pairs({
    ["an event that is no JSON"] = { code = "return 1", events = { "{" } },
    ["a result that cannot be encoded"] = { code = "return print" },
    ["a result that is too large"] = { code = "return ('x'):rep(7000000)" },
    ["a typed error"] = { code = "error({ type = 'OrderNotFound', message = 'no' })" },
    ["a stack overflow"] = { code = "local function f() return 1 + f() end return f()" },
    ["a file that raises"] = { source = "error('no')" },
    ["a file that is missing"] = { files = {} },
    ["a wrong setting"] = { code = "return 1", env = { LUNAMBDA_EVENT = "jsno" } },
  }) do
    it("goes with " .. what, function()
      local document, _, seen = cause(options)
      local exception = document.exceptions[1]
      assert.equal(seen[1].document.errorType, exception.type)
      assert.equal(seen[1].document.errorMessage, exception.message)
      assert.equal(seen.root, document.working_directory)
    end)
  end

  it("keeps text of any language by escapes", function()
    local document = cause({ code = [[error("café 日本 🐜 \127 \n\r\t \0", 0)]] })
    assert.equal("café 日本 🐜 \127 \n\r\t \0", document.exceptions[1].message)
  end)

  it("has invalid UTF-8 replaced", function()
    local document = cause({ code = [[error("a\xffb\xed\xa0\x80", 0)]] })
    assert.matches("^a\u{FFFD}b[\u{FFFD}]+$", document.exceptions[1].message)
  end)

  it("cannot smuggle a header", function()
    local _, _, seen = cause({ code = [[error({ type = "T\r\nX-Evil: 1", message = "\r\n\r\nX-Evil: 1" })]] })
    assert.is_nil(seen[1].headers["X-Evil"])
  end)

  it("drops frames before it shortens the message", function()
    local document, header = cause({ code = [[
      local t = {}
      local name = ("é"):rep(100000)
      t[name] = function(n) if n == 0 then error(("ü"):rep(20000), 0) end local x = t[name](n - 1) return x end
      return (t[name](30)) ]] })
    assert.is_true(#header > 8 * 1024)
    assert.equal("", (document.exceptions[1].message:gsub("ü", ""):gsub("…$", "")))
    assert.is_true(#document.exceptions[1].stack < 22)
  end)
end)

describe("a report of an error", function()
  math.randomseed(20261120)
  local bytes = { "x", '"', "\\", "\n", "\0", "\1", "\127", "\255", "\195", "é", "日", "🐜", "\r\n", "%", "\u{2028}" }

  local function text()
    local parts = {}
    for i = 1, math.random(1, 4) do
      parts[i] = bytes[math.random(#bytes)]:rep(math.random(0, 1) == 0 and math.random(8) or math.random(100000))
    end
    return table.concat(parts)
  end

  --- Events of { type, message, data, name }, each of which the handler raises from a function of that name.
  local function hostile_events(count)
    local events = {}
    for i = 1, count do
      local fields = { type = text(), message = text(), data = text(), name = text() }
      for key, value in pairs(fields) do
        fields[key] = ("%q"):format((value:gsub(".", function(c) return ("%02x"):format(c:byte()) end)))
      end
      events[i] = ('{"type":%s,"message":%s,"data":%s,"name":%s}')
        :format(fields.type, fields.message, fields.data, fields.name)
    end
    return events
  end

  it("is small enough, valid, and carries its cause, whatever is raised", function()
    local events = hostile_events(24)
    local seen = bootstrap_process.run({ events = events, code = [[
      local function unhex(s) return (s:gsub("%x%x", function(h) return string.char(tonumber(h, 16)) end)) end
      local name, t = unhex(event.name), {}
      t[name] = function(n)
        if n == 0 then
          error({ type = unhex(event.type), message = unhex(event.message), data = { unhex(event.data) } })
        end
        local x = t[name](n - 1)
        return x
      end
      return (t[name](5)) ]] })
    assert.equal(#events, #seen)
    for _, post in ipairs(seen) do
      assert.matches("/error$", post.path)
      assert.is_true(#post.body <= 256 * 1024)
      assert.is_truthy(utf8.len(post.body))
      assert.is_string(post.document.errorMessage)
      assert.is_true(#post.document.stackTrace >= 5)
      local header = post.headers[HEADER]
      assert.is_true(#header <= 32 * 1024)
      assert.not_matches("[^ -~]", header)
      assert.is_string(cjson.decode(header).exceptions[1].message)
      assert.matches("^Function%.%a+$", post.headers["Lambda-Runtime-Function-Error-Type"])
    end
    assert.equal(#events, bootstrap_process.count(seen.stderr, "Invoke Error"))
  end)
end)
