--- Events of EventBridge, the scheduled ones among them.
--- https://docs.aws.amazon.com/eventbridge/latest/ref/events-structure.html
local facts = require("lambda.events.facts")
local json = require("lambda.json")

local M = {}

---@class lambda.events.Eventbridge
---@field detail_type string?   "OrderPaid"
---@field source string?        "com.example.shop"
---@field detail any?
---@field resources string[]?

local KNOWN = { detail_type = "string", source = "string", detail = "any", resources = "table" }

--- An event that a rule let through.
---@param options lambda.events.Eventbridge?
---@return table
function M.eventbridge(options)
  local o = facts.options("eventbridge", options, KNOWN, 2)
  local detail = o.detail
  if detail == nil then
    detail = json.object()
  end
  return {
    version = "0", id = facts.uuid(1), ["detail-type"] = o.detail_type or "OrderPaid",
    source = o.source or "com.example.shop", account = facts.ACCOUNT, time = facts.iso(facts.TIME_S),
    region = facts.REGION, resources = facts.array(o.resources), detail = detail,
  }
end

---@class lambda.events.Scheduled
---@field rule string?   "rule"

--- What a rule with a schedule sends.
---@param options lambda.events.Scheduled?
---@return table
function M.scheduled(options)
  local o = facts.options("scheduled", options, { rule = "string" }, 2)
  return M.eventbridge({
    detail_type = "Scheduled Event", source = "aws.events",
    resources = { ("arn:aws:events:%s:%s:rule/%s"):format(facts.REGION, facts.ACCOUNT, o.rule or "rule") },
  })
end

return M
