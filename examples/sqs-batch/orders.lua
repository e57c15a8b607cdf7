--- Ships orders from a queue. An order that cannot be shipped comes again, alone, and ends in the dead-letter queue.
local batch = require("lambda.batch")
local log = require("lambda.log")

local function ship(record)
  local order = assert(batch.json(record))
  if not order.address then
    return nil, "the order has no address"
  end
  log.info("shipped", { order = order.id })
end

return { handler = batch.handler(ship) }
