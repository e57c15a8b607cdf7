--- examples/slack-webhook: who gets in, and who does not.
local bootstrap_process = require("bootstrap_process")
local crypto = require("lambda.crypto")
local json = require("lambda.json")
local lfs = require("lfs")

local root = lfs.currentdir() .. "/examples/slack-webhook"
local SECRET = "8f742231b10e8888abcd99yyyzzz85a5" -- of the example in Slack's documentation

local function documented()
  local file = assert(io.open(root .. "/event.json"))
  local event = assert(json.decode(file:read("a")))
  file:close()
  return event
end

--- A request that was signed so many seconds ago.
local function signed(body, age_s, secret)
  local timestamp = tostring(os.time() - (age_s or 0))
  local mac = crypto.hmac_sha256(secret or SECRET, "v0:" .. timestamp .. ":" .. body)
  return {
    headers = { ["x-slack-request-timestamp"] = timestamp, ["x-slack-signature"] = "v0=" .. crypto.hex(mac) },
    body = body, isBase64Encoded = false,
  }
end

--- What the function answers to each event, statusCode and body, and what it logs.
local function answers(events)
  local texts = {}
  for i, event in ipairs(events) do
    texts[i] = assert(json.encode(event))
  end
  local seen = bootstrap_process.run({
    root = root, handler = "slack.handler", events = texts, env = { SLACK_SIGNING_SECRET = SECRET },
  })
  local list = {}
  for i, post in ipairs(seen) do
    assert.matches("/response$", post.path, nil, post.body)
    local answer = assert(json.decode(post.body))
    list[i] = { answer.statusCode, assert(json.decode(answer.body)) }
  end
  assert.equal(#events, #list)
  return list, seen.stderr
end

local REFUSED = { 401, { error = "not signed by Slack" } }

it("answers commands, events and the verification of its URL", function()
  local upper = signed("command=%2Fdo&text=caf%C3%A9+now")
  upper.headers = {
    ["X-Slack-Request-Timestamp"] = upper.headers["x-slack-request-timestamp"],
    ["X-Slack-Signature"] = upper.headers["x-slack-signature"],
  }
  local coded = signed('{"type":"url_verification","challenge":"3eZbrw1a"}')
  coded.body, coded.isBase64Encoded = crypto.base64(coded.body), true
  local list = answers({
    signed("command=%2Fdeploy&text=shop"), upper, coded, signed('{"type":"event_callback"}'), signed('{"type":'),
    signed("command=%2Fdeploy", 290), signed("command=%2Fdeploy", -290),
  })
  assert.same({ 200, { response_type = "ephemeral", text = "You said: /deploy shop" } }, list[1])
  assert.equal("You said: /do café now", list[2][2].text)
  assert.same({ 200, { challenge = "3eZbrw1a" } }, list[3])
  assert.same({ 200, { ok = true } }, list[4])
  assert.equal(400, list[5][1])
  assert.equal(200, list[6][1])
  assert.equal(200, list[7][1])
end)

it("refuses all others with one answer, and logs why, but never the body", function()
  local wrong_secret, changed, cut = signed("a=secretbody", 0, "other"), signed("a=secretbody"), signed("a=b")
  local old, early = signed("a=b", 310), signed("a=b", -310)
  changed.body = "a=c"
  cut.headers["x-slack-signature"] = cut.headers["x-slack-signature"]:sub(1, -2)
  local unsigned, untimed, odd = signed("a=b"), signed("a=b"), signed("a=b")
  local letters, long = signed("a=b"), signed("a=b")
  unsigned.headers["x-slack-signature"] = nil
  untimed.headers["x-slack-request-timestamp"] = nil
  odd.body, odd.isBase64Encoded = "a=b", true
  letters.headers["x-slack-request-timestamp"] = "0x5f000000"
  long.headers["x-slack-request-timestamp"] = ("9"):rep(400)
  local events = {
    documented(), wrong_secret, changed, cut, old, early, unsigned, untimed, odd, letters, long,
    {}, { headers = json.null }, { headers = { "x" }, body = 7 }, { headers = { ["x-slack-signature"] = json.null } },
  }
  local list, log = answers(events)
  for i = 1, #events do
    assert.same(REFUSED, list[i])
  end
  assert.matches("X%-Slack%-Signature does not match", log)
  assert.matches("more than five minutes away", log)
  assert.matches("no base64: byte 2 is no digit", log)
  assert.is_nil(log:find("secretbody", 1, true))
  assert.is_nil(log:find(SECRET, 1, true))
end)

it("agrees with the example in Slack's documentation at its time", function()
  local event = documented()
  local getenv = os.getenv
  finally(function()
    os.getenv = getenv -- luacheck: ignore
  end)
  os.getenv = function() -- luacheck: ignore
    return SECRET -- which the file wants in the environment
  end
  local slack = dofile(root .. "/slack.lua")
  local timestamp, signature = event.headers["x-slack-request-timestamp"], event.headers["x-slack-signature"]
  assert.equal("v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503", signature)
  assert.is_true(slack.verify(event.body, timestamp, signature, SECRET, 1531420618 + 300))
  assert.is_nil((slack.verify(event.body, timestamp, signature, SECRET, 1531420618 + 301)))
  assert.is_nil((slack.verify(event.body .. "&", timestamp, signature, SECRET, 1531420618)))
end)

it("does not start without its secret", function()
  for _, secret in ipairs({ false, "" }) do
    local env = { SLACK_SIGNING_SECRET = secret }
    local seen = bootstrap_process.run({ root = root, handler = "slack.handler", env = env })
    assert.equal("/2018-06-01/runtime/init/error", seen[1].path)
    assert.matches("SLACK_SIGNING_SECRET is not set", seen[1].body)
  end
end)
