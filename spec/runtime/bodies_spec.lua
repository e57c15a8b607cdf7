--- Events of every size, plain and chunked, come back as they were.
local bootstrap_process = require("bootstrap_process")

local SIZES = { 1, 2, 2047, 2048, 2049, 16384, 100000, 1048577, 6291556 }

--- A JSON text of so many bytes, no two neighbourhoods alike.
local function text_of(bytes)
  if bytes < 3 then
    return ("7"):rep(bytes)
  end
  local parts, len = { '"' }, 2
  while len < bytes do
    local part = ("%d,"):format(len):sub(1, bytes - len)
    parts[#parts + 1], len = part, len + #part
  end
  return table.concat(parts) .. '"'
end

local function bodies(chunks)
  local events, texts = {}, {}
  for index, bytes in ipairs(SIZES) do
    texts[index] = text_of(bytes)
    assert(#texts[index] == bytes)
    events[index] = { body = texts[index], chunks = chunks }
  end
  return events, texts
end

--- Compares without printing megabytes.
local function assert_same_texts(texts, answers)
  assert.equal(#texts, #answers)
  for index, text in ipairs(texts) do
    assert.is_true(text == answers[index], ("%d bytes went, %d came"):format(#text, #answers[index]))
  end
end

describe("an event", function()
  it("of any size comes back", function()
    local events, texts = bodies(nil)
    assert_same_texts(texts, bootstrap_process.answers({ code = "return event", events = events }))
  end)

  for _, chunks in ipairs({ { 1, 7, 4096 }, { 1000 }, { 65536 }, { 8 * 1024 * 1024 } }) do
    it(("of any size comes back from chunks of %s bytes"):format(table.concat(chunks, ", ")), function()
      local events, texts = bodies(chunks)
      assert_same_texts(texts, bootstrap_process.answers({ code = "return event", events = events }))
    end)
  end

  it("comes back when it trickles in", function()
    local text = text_of(100000)
    local events = { { body = text, pause = { 1, 20 } },
                     { body = text, chunks = { 3 }, pause = { 300001, 20 } } }
    assert_same_texts({ text, text }, bootstrap_process.answers({ code = "return event", events = events }))
  end)

  it("may hold escaped NULs", function()
    local event = '"a\\u0000b"'
    local answers = bootstrap_process.answers({ code = "return { #event, event }", events = { event } })
    assert.same({ "[3," .. event .. "]" }, answers)
  end)

  it("with bare NULs is no JSON, is reported, and goes no further", function()
    local events = { '"a\0b"', '{"n":1}\0', "\0", '"well"' }
    local seen = bootstrap_process.run({ code = "return event", events = events })
    assert.equal(4, #seen)
    for index = 1, 3 do
      assert.equal("Runtime.UnmarshalError", seen[index].document.errorType)
    end
    assert.equal('"well"', seen[4].body)
  end)

  it("of 0 bytes is no JSON, plain or chunked", function()
    local events = { "", { body = "", chunks = { 1 } }, "1" }
    local seen = bootstrap_process.run({ code = "return event", events = events })
    assert.equal("Runtime.UnmarshalError", seen[1].document.errorType)
    assert.equal("Runtime.UnmarshalError", seen[2].document.errorType)
    assert.equal("1", seen[3].body)
  end)

  it("leaves nothing of itself in a shorter one after it", function()
    local events = { '"' .. ("x"):rep(5000) .. '"', "1", { body = "[]", chunks = { 1 } }, "2" }
    local answers = bootstrap_process.answers({ code = "return event", events = events })
    assert.same({ "1", "[]", "2" }, { answers[2], answers[3], answers[4] })
  end)
end)

describe("an answer", function()
  it("may hold NULs, raw", function()
    local code = [[return require("lambda").raw(("\0"):rep(3000), "application/octet-stream")]]
    assert.same({ ("\0"):rep(3000) }, bootstrap_process.answers({ code = code }))
  end)

  it("may be empty, raw", function()
    local seen = bootstrap_process.run({ code = [[return require("lambda").raw("")]] })
    assert.same({ "", "0" }, { seen[1].body, seen[1].headers["content-length"] })
  end)
end)
