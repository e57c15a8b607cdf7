--- What modules of lua-lib/ do inside of bootstrap, beyond what they do under plain lua5.4.
local bootstrap_process = require("bootstrap_process")
local json = require("lambda.json")

describe("lambda.batch in bootstrap", function()
  it("logs a failed record under the request, with the stack of the handler alone", function()
    local seen = bootstrap_process.run({
      source = [[
        local lambda = require("lambda")
        local function ship(record)
          error("no ship for " .. record.messageId)
        end
        return { handler = lambda.batch.handler(function(record)
          if record.messageId == "m-2" then
            ship(record)
          end
        end) }
      ]],
      events = { [[{"Records":[{"eventSource":"aws:sqs","messageId":"m-1","body":"1"},
        {"eventSource":"aws:sqs","messageId":"m-2","body":"secret"}]}]] },
      env = { AWS_LAMBDA_LOG_FORMAT = "JSON" },
    })
    assert.equal('{"batchItemFailures":[{"itemIdentifier":"m-2"}]}', seen[1].body)
    local record = assert(json.decode(seen.stderr:match("[^\n]*")))
    assert.equal("req-1", record.requestId)
    assert.matches("app.lua:3: no ship for m%-2$", record.message)
    assert.equal("m-2", record.recordId)
    local stack = table.concat(record.stackTrace, "\n")
    assert.matches("app.lua:3: in upvalue 'ship'\n[^\n]*app.lua:7: in function <", stack)
    assert.is_nil(stack:find("lunambda", 1, true))
    assert.is_nil(seen.stderr:find("secret"))
  end)

  it("is not called late: what the deadline leaves no time for is reported", function()
    local seen = bootstrap_process.run({
      source = [[
        local batch = require("lambda.batch")
        return { handler = batch.handler(function() end, { reserve_ms = 900000 }) }
      ]],
      events = { [[{"Records":[{"eventSource":"aws:sqs","messageId":"m-1"},
        {"eventSource":"aws:sqs","messageId":"m-2"}]}]] },
    })
    assert.equal('{"batchItemFailures":[{"itemIdentifier":"m-2"}]}', seen[1].body)
  end)
end)

describe("lambda.metrics in bootstrap", function()
  it("has written its line before the answer when the handler is wrapped, and after it when nobody flushes", function()
    local seen = bootstrap_process.run({
      source = [[
        local m = require("lambda.metrics").new{ namespace = "shop", dimensions = { service = "orders" } }
        local wrapped = m:wrap(function() m:add("A", 1) end)
        return { handler = function(event)
          if event == 1 then
            return wrapped(event)
          end
          m:add("B", 2)
        end }
      ]],
      events = { "1", "2" },
      env = { AWS_LAMBDA_LOG_FORMAT = "JSON" },
    })
    local first, second = seen.stdout:match("^(%b{})\n(%b{})\n$")
    assert.equal(1, json.decode(first).A)
    assert.equal(2, json.decode(second).B)
    assert.equal(#first + 1, seen[1].stdout_bytes)
    assert.equal(#first + 1, seen[2].stdout_bytes)
    assert.equal(#seen.stdout, seen.nexts[3].stdout_bytes)
  end)
end)

describe("lambda.http in bootstrap", function()
  local http_server = require("http_server")
  local server
  setup(function()
    server = http_server.start()
  end)
  teardown(function()
    server:stop()
  end)

  it("keeps a connection from one event to the next", function()
    local seen = bootstrap_process.run({
      source = ([[
        local http = require("lambda").http
        return { handler = function()
          return assert(http.get("%s/connections")).body
        end }
      ]]):format(server.url),
      events = { "1", "2", "3" },
    })
    assert.matches('^"%d+"$', seen[1].body)
    assert.same({ seen[1].body, seen[1].body }, { seen[2].body, seen[3].body })
  end)

  it("gives up before the deadline, so that the handler can say why", function()
    local seen = bootstrap_process.run({
      source = ([[
        local http = require("lambda.http")
        return { handler = function(event, context)
          local response, err = http.get("%s/never")
          return { kind = err.kind, left = context:remaining_ms() > 50 }
        end }
      ]]):format(server.url),
      events = { { body = "1", deadline_ms = 1000 } },
    })
    assert.same({ kind = "timeout", left = true }, json.decode(seen[1].body), seen.stderr)
  end)

  it("answers rocks that ask for LuaSocket where there is none", function()
    local seen = bootstrap_process.run({
      source = ([[
        local http, ltn12 = require("socket.http"), require("ltn12")
        return { handler = function()
          local body, status = http.request("%s/bytes/3")
          return { body, status, type(ltn12.sink.table) }
        end }
      ]]):format(server.url),
      env = { LUA_PATH_5_4 = false, LUA_CPATH_5_4 = false },
    })
    assert.equal('["xxx",200,"function"]', seen[1].body, seen.stderr)
  end)
end)
