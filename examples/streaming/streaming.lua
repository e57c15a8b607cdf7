--- An answer that is sent while it is made: server-sent events, one for each number up to event.count.
local lambda = require("lambda")

local M = {}

---@param event { count: integer? }
---@return lambda.Stream
function M.handler(event)
  local count = event.count or 3
  return lambda.stream({
    status = 200,
    headers = { ["cache-control"] = "no-store" },
    content_type = "text/event-stream",
    body = function(out)
      for n = 1, count do
        if not out:write(("data: %d of %d\n\n"):format(n, count)) then
          break -- the client has gone
        end
      end
    end,
  })
end

return M
