--- A Slack app's endpoint, behind an HTTP API or a Function URL: slash commands and the Events API.
--- Nothing is looked at before the signature holds: api.slack.com/authentication/verifying-requests-from-slack.
local lambda = require("lambda")

local crypto, json = lambda.crypto, lambda.json

-- Older or newer requests are replays, or come from a clock that is wrong.
local WINDOW_S = 300

local SECRET = os.getenv("SLACK_SIGNING_SECRET")
if not SECRET or SECRET == "" then
  error("SLACK_SIGNING_SECRET is not set: it is the app's Signing Secret, under Basic Information at api.slack.com", 0)
end

local M = {}

--- The value of a header, whatever the case of its name: HTTP APIs and Function URLs make it lower, others do not.
local function header(event, name)
  for key, value in pairs(type(event.headers) == "table" and event.headers or {}) do
    if type(key) == "string" and key:lower() == name and type(value) == "string" then
      return value
    end
  end
end

--- The bytes that Slack sent and signed.
local function body_of(event)
  if type(event.body) ~= "string" then
    return ""
  elseif event.isBase64Encoded then
    return crypto.unbase64(event.body)
  end
  return event.body
end

--- Whether Slack signed these bytes, now.
---@param body string
---@param timestamp string?  X-Slack-Request-Timestamp
---@param signature string?  X-Slack-Signature
---@param secret string
---@param now_s integer      Unix time
---@return boolean?, string? reason  why not; for the log, never for the caller
function M.verify(body, timestamp, signature, secret, now_s)
  if not timestamp or not timestamp:find("^%d+$") or #timestamp > 11 then
    return nil, "no X-Slack-Request-Timestamp"
  elseif math.abs(now_s - math.tointeger(tonumber(timestamp))) > WINDOW_S then
    return nil, "X-Slack-Request-Timestamp is more than five minutes away"
  end
  local mac = crypto.hmac_sha256(secret, "v0:" .. timestamp .. ":" .. body)
  if not signature or not crypto.equal(signature, "v0=" .. crypto.hex(mac)) then
    return nil, "X-Slack-Signature does not match"
  end
  return true
end

local function answer(status, value)
  return {
    statusCode = status, headers = { ["content-type"] = "application/json" },
    body = assert(json.encode(value, { sort = true })),
  }
end

--- The fields of a form: command=%2Fdeploy&text=now
local function form(body)
  local fields = {}
  for name, value in body:gmatch("([^&=]+)=([^&]*)") do
    fields[name] = value:gsub("+", " "):gsub("%%(%x%x)", function(hex)
      return string.char(tonumber(hex, 16))
    end)
  end
  return fields
end

--- What the app does: it says back what it was told.
local function reply(body)
  if body:sub(1, 1) ~= "{" then
    local fields = form(body)
    return answer(200, { response_type = "ephemeral", text = ("You said: %s %s"):format(fields.command, fields.text) })
  end
  local event, err = json.decode(body)
  if not event then
    return answer(400, { error = err })
  elseif event.type == "url_verification" then -- Slack asks this once, when the URL is entered
    return answer(200, { challenge = event.challenge })
  end
  return answer(200, { ok = true })
end

---@param event table
---@param context lambda.Context
---@return table
function M.handler(event, context)
  local body, err = body_of(event)
  local signed = false
  if body then
    signed, err = M.verify(body, header(event, "x-slack-request-timestamp"), header(event, "x-slack-signature"), SECRET,
      os.time())
  end
  if not signed then
    context.log.warn("refused", { reason = err })
    return answer(401, { error = "not signed by Slack" })
  end
  return reply(body)
end

return M
