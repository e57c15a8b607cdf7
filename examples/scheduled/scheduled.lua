--- Called by a schedule, to close the books of the day before. What it works on comes from the event, not from the
--- clock: an event that is tried again, or late, names the same day.
local lambda = require("lambda")

local M = {}

---@class ScheduledEvent  what EventBridge sends: "detail-type" is "Scheduled Event"
---@field time string          "2026-11-20T03:00:00Z"
---@field resources string[]   ARN of the rule

--- The day before the one of a time stamp: "2026-03-01T03:00:00Z" → "2026-02-28".
---@param time string
---@return string? day
local function day_before(time)
  local year, month, day = time:match("^(%d%d%d%d)%-(%d%d)%-(%d%d)T")
  if not year then
    return nil
  end
  return os.date("%Y-%m-%d", os.time({ year = year, month = month, day = day - 1, hour = 12 })) --[[@as string]]
end

---@param event ScheduledEvent
---@param context lambda.Context
---@return { rule: string, day: string }
function M.handler(event, context)
  local day = event["detail-type"] == "Scheduled Event" and day_before(event.time)
  if not day then
    error(lambda.error("NotScheduled", "this function takes the events of a schedule, with their time", {
      detail_type = event["detail-type"], time = event.time,
    }))
  end
  local rule = event.resources[1]:match("[^/]+$")
  context.log.info("closing the books", { rule = rule, day = day })
  return { rule = rule, day = day }
end

return M
