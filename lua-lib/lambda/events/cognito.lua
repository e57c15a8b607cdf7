--- Triggers of a Cognito user pool. A handler returns the event, its response filled in.
--- The Cognito developer guide has them under "Customizing user pool workflows with Lambda triggers".
local facts = require("lambda.events.facts")
local json = require("lambda.json")

local M = {}

---@class lambda.events.Cognito
---@field trigger string?   "PreSignUp_SignUp"
---@field user_name string?
---@field attributes table<string, string>?  of the user
---@field request table?    further members of the request

local KNOWN = { trigger = "string", user_name = "string", attributes = "table", request = "table" }

--- What a trigger finds in `response`, to be filled in.
local RESPONSES = {
  PreSignUp_SignUp = { autoConfirmUser = false, autoVerifyEmail = false, autoVerifyPhone = false },
  DefineAuthChallenge_Authentication = {
    challengeName = json.null, issueTokens = json.null, failAuthentication = json.null,
  },
}

--- A trigger's event.
---@param options lambda.events.Cognito?
---@return table
function M.cognito(options)
  local o = facts.options("cognito", options, KNOWN, 2)
  local trigger = o.trigger or "PreSignUp_SignUp"
  local request = { userAttributes = o.attributes or { email = "ada@example.com" } }
  for name, value in pairs(o.request or {}) do
    request[name] = value
  end
  local response = json.object()
  for name, value in pairs(RESPONSES[trigger] or {}) do
    response[name] = value
  end
  return {
    version = "1", triggerSource = trigger, region = facts.REGION, userPoolId = facts.REGION .. "_MadeUp123",
    userName = o.user_name or "ada", callerContext = { awsSdkVersion = "made-up", clientId = "made-up-client" },
    request = request, response = response,
  }
end

return M
