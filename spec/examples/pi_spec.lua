--- examples/pi: digits that are right to the last, and refusals of what would not be.
local bootstrap_process = require("bootstrap_process")
local crypto = require("lambda.crypto")
local json = require("lambda.json")
local lfs = require("lfs")
local scratch = require("scratch")

local example = lfs.currentdir() .. "/examples/pi"
local package_folder, pi, spigot

local function event(number)
  return { version = "2.0", queryStringParameters = { number = number } }
end

--- What bootstrap posts for these events.
local function answers(handler, events, env)
  local texts = {}
  for i, value in ipairs(events) do
    texts[i] = assert(json.encode(value))
  end
  local seen = bootstrap_process.run({ root = package_folder.path, handler = handler, events = texts, env = env })
  local list = {}
  for i, post in ipairs(seen) do
    assert.matches("/response$", post.path, nil, post.body)
    list[i] = assert(json.decode(post.body))
  end
  assert.equal(#events, #list)
  return list
end

--- bc's digits of pi, which are cut, not rounded, where the last ones are computed and thrown away.
local function digits_of_bc(count)
  local pipe = assert(io.popen(("echo 'scale=%d; 4*a(1)' | BC_LINE_LENGTH=0 bc -l"):format(count + 20)))
  local text = pipe:read("l")
  assert(pipe:close())
  return text:sub(1, count + 1)
end

setup(function()
  package_folder = scratch.new()
  assert(os.execute(("sh '%s/build.sh' '%s'"):format(example, package_folder.path)))
  pi = assert(package.loadlib(package_folder.path .. "/pi.so", "luaopen_pi"))()
  spigot = dofile(package_folder.path .. "/spigot.lua")
end)
teardown(function()
  getmetatable(package_folder).__close(package_folder)
end)

it("answers its event.json in C and in Lua alike", function()
  local file = assert(io.open(example .. "/event.json"))
  local given = assert(json.decode(file:read("a")))
  file:close()
  for _, handler in ipairs({ "pi.handler", "spigot.handler" }) do
    assert.same({ { message = "3.141592653" } }, answers(handler, { given }))
  end
end)

it("gives 1000 digits, right to the last", function()
  local message = answers("pi.handler", { event("1000") })[1].message
  assert.equal(1001, #message)
  assert.equal(digits_of_bc(1000), message)
  assert.equal("9216420198", message:sub(-10))
  -- Of the same digits by Machin's formula, in Python.
  assert.equal("2f77ba99f311974f0d188c0b19710260c11c70d6f4d96d78570d4a59c3b0dbe0",
    crypto.hex(crypto.sha256((message:gsub("%.", "")))))
end)

it("is right to the last digit at every length", function()
  local all = digits_of_bc(3000)
  for count = 2, 2999 do -- runs of nines and zeros among them: 999999 at 763 to 768
    local message = pi.handler(event(tostring(count))).message
    if message ~= all:sub(1, count + 1) then
      assert.equal(all:sub(1, count + 1), message)
    end
  end
  assert.equal("3", pi.handler(event("1")).message)
end)

it("takes the largest number it allows", function()
  local message = pi.handler(event("100000")).message
  assert.equal(100001, #message)
  assert.equal("5549362464", message:sub(-10)) -- the last of the first 100,000 is followed by a 6
end)

it("falls back to 10 digits where the C++ example does", function()
  local events = {
    {}, { queryStringParameters = json.null }, { queryStringParameters = {} }, event(7), event(true),
    event(json.null), event({ "5" }), { queryStringParameters = "number=7" }, "text", 42, json.null,
  }
  for _, handler in ipairs({ "pi.handler", "spigot.handler" }) do
    for _, answer in ipairs(answers(handler, events)) do
      assert.same({ message = "3.141592653" }, answer)
    end
  end
end)

describe("what nobody can mean", function()
  local HOSTILE = {
    "", "0", "-1", "1e3", "0x10", " 5", "5 ", "3.5", "100000000", ("9"):rep(100000), "18446744073709551617",
    "ten", "5\0", "٣",
  }

  for _, handler in ipairs({ "pi.handler", "spigot.handler" }) do
    it("is refused by " .. handler, function()
      local events = {}
      for i, number in ipairs(HOSTILE) do
        events[i] = event(number)
      end
      for i, answer in ipairs(answers(handler, events)) do
        assert.equal(400, answer.statusCode, HOSTILE[i])
        assert.equal("application/json", answer.headers["content-type"])
        assert.matches("number must be 1 to %d+", assert(json.decode(answer.body)).message)
      end
    end)
  end

  it("ends at 100000 digits", function()
    assert.equal(400, pi.handler(event("100001")).statusCode)
    assert.equal(10, #pi.handler(event("000000009")).message)
  end)
end)

it("stops before the deadline", function()
  local late = os.time() * 1000 - 1000
  local answer, err = pi.handler(event("100000"), { deadline_ms = late })
  assert.is_nil(answer)
  assert.equal("no time left to compute 100000 digits of pi", err)
  assert.is_table(pi.handler(event("1000"), { deadline_ms = (os.time() + 60) * 1000 }))
end)

it("does not pretend in plain Lua", function()
  local all = digits_of_bc(10)
  for count = 2, 10 do
    assert.equal(all:sub(1, count + 1), spigot.digits(count))
  end
  assert.equal("3", spigot.digits(1))
  for _, count in ipairs({ 11, 12, 1000 }) do
    assert.same({ nil, 10 }, { spigot.digits(count) })
  end
  local answer = spigot.handler(event("11"))
  assert.equal(400, answer.statusCode)
  assert.equal("64-bit integers are exact for 10 digits only: ask pi.handler, which has GMP",
    assert(json.decode(answer.body)).message)
end)

it("says so when the event is not JSON", function()
  local seen = bootstrap_process.run({ root = package_folder.path, handler = "pi.handler", events = { "{number" } })
  assert.equal("Runtime.UnmarshalError", assert(json.decode(seen[1].body)).errorType)
end)
