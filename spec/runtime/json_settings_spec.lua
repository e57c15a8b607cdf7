--- What LUNAMBDA_BIGINT and LUNAMBDA_ENCODING change between event and answer.
local bootstrap_process = require("bootstrap_process")

local BIG = "123456789012345678901234567890"
local CAFE = "caf\xE9" -- Latin-1

--- What is posted for one event.
local function answer_of(code, event, env)
  local seen = bootstrap_process.run({ code = code, events = { event }, env = env })
  assert.equal(1, #seen)
  return seen[1]
end

describe("LUNAMBDA_BIGINT", function()
  local KINDS = "return { type(event.id), event.id, math.type(event.small) }"
  local EVENT = ('{"id":%s,"small":7}'):format(BIG)

  it("=string keeps every digit of an integer beyond 64 bits", function()
    local post = answer_of(KINDS, EVENT, { LUNAMBDA_BIGINT = "string" })
    assert.equal(('["string","%s","integer"]'):format(BIG), post.body)
  end)

  it("is float unless it is set", function()
    assert.equal('["number",1.2345678901234568e29,"integer"]', answer_of(KINDS, EVENT).body)
  end)
end)

describe("LUNAMBDA_ENCODING", function()
  local REPLACE = { LUNAMBDA_ENCODING = "replace" }

  it("=replace puts U+FFFD into an event that is not UTF-8", function()
    local post = answer_of("return { event == 'caf\\u{FFFD}', event }", ('"%s"'):format(CAFE), REPLACE)
    assert.equal('[true,"caf\u{FFFD}"]', post.body)
  end)

  it("=replace puts U+FFFD into an answer that is not UTF-8", function()
    assert.equal('"caf\u{FFFD}"', answer_of("return 'caf\\xE9'", "{}", REPLACE).body)
  end)

  it("is strict unless it is set: such an event fails", function()
    local post = answer_of("return event", ('"%s"'):format(CAFE))
    assert.equal("Runtime.UnmarshalError", post.document.errorType)
  end)

  it("is strict unless it is set: such an answer fails", function()
    local post = answer_of("return 'caf\\xE9'", "{}")
    assert.equal("Runtime.MarshalError", post.document.errorType)
  end)
end)
