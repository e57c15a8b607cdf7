--- Makes the event of a request that Slack would have signed just now, for trying slack.handler at home.
local lambda = require("lambda")

local crypto = lambda.crypto

local M = {}

---@param body string
---@return table event
function M.handler(body)
  local timestamp = tostring(os.time())
  local mac = crypto.hmac_sha256(os.getenv("SLACK_SIGNING_SECRET"), "v0:" .. timestamp .. ":" .. body)
  return {
    version = "2.0", routeKey = "$default", rawPath = "/", isBase64Encoded = true, body = crypto.base64(body),
    headers = { ["x-slack-request-timestamp"] = timestamp, ["x-slack-signature"] = "v0=" .. crypto.hex(mac) },
  }
end

return M
