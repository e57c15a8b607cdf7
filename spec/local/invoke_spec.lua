local tool = require("lunambda_tool")

local ECHO = "return { handler = function(event) return event end }"
local FIELD = "return { handler = function(_, context) return { %s } end }"

--- What the function's context gives for an expression of Lua.
local function context(expression, args, call)
  return tool.invoke(FIELD:format("v = " .. expression), args, call).out
end

describe("lunambda invoke", function()
  it("prints the answer alone on stdout, as one line", function()
    local result = tool.invoke("print('a log line') io.stderr:write('and another\\n')" .. ECHO, { '{"n":1}' })
    assert.equal('{"n":1}\n', result.out)
    assert.equal(0, result.status)
    assert.truthy(result.err:find("a log line\n", 1, true))
    assert.truthy(result.err:find("and another\n", 1, true))
  end)

  it("writes Lambda's lines around the function's own", function()
    local result = tool.invoke("return { handler = function() io.stderr:write('no newline') return 1 end }",
      { "--memory", "512" })
    local id, log, same, report = result.err:match(
      "^START RequestId: ([%x-]+) Version: $LATEST\n(.-)\nEND RequestId: ([%x-]+)\n(.*)\n$")
    assert.equal(36, #id)
    assert.equal("no newline", log)
    assert.equal(id, same)
    assert.truthy(report:find("^REPORT RequestId: " .. id:gsub("%-", "%%-") .. "\tDuration: %d+%.%d%d ms\t" ..
      "Billed Duration: %d+ ms\tMemory Size: 512 MB\tMax Memory Used: %d+ MB\t" ..
      "Init Duration: %d+%.%d%d ms\t$"))
  end)

  it("bills the initialisation with the first event, and rounds up", function()
    local result = tool.invoke(ECHO, { "--count", "2" })
    local reports = {}
    for line in result.err:gmatch("REPORT [^\n]+") do
      reports[#reports + 1] = line
    end
    local duration, billed,
      init = reports[1]:match("Duration: ([%d.]+) ms\tBilled Duration: (%d+) ms.*Init Duration: ([%d.]+) ms")
    assert.is_true(math.abs(math.ceil(duration + init) - billed) <= 1)
    duration, billed = reports[2]:match("Duration: ([%d.]+) ms\tBilled Duration: (%d+) ms")
    assert.is_true(math.abs(math.ceil(tonumber(duration)) - billed) <= 1)
    assert.is_nil(reports[2]:find("Init Duration", 1, true))
  end)

  it("takes the event from a file, from stdin, and as {} by default", function()
    assert.equal("[7]\n", tool.invoke(ECHO, { "-e", "in.json" }, { files = { ["in.json"] = "[7]\n" } }).out)
    assert.equal("[8]\n", tool.invoke(ECHO, { "-e", "-" }, { stdin = "[8]" }).out)
    assert.equal("{}\n", tool.invoke(ECHO).out)
    assert.equal("-5\n", tool.invoke(ECHO, { "-5" }).out)
  end)

  it("passes an event that is not JSON on, for the runtime to say where", function()
    local result = tool.invoke(ECHO, { "{nope" })
    assert.truthy(result.out:find('"errorType":"Runtime.UnmarshalError"', 1, true))
    assert.equal(1, result.status)
    result = tool.invoke(ECHO, { "-e", "-" }, { stdin = "" })
    assert.truthy(result.out:find('"errorType":"Runtime.UnmarshalError"', 1, true))
  end)

  it("carries 6 MiB in and out", function()
    local event = '"' .. ("y"):rep(6 * 1024 * 1024 - 2) .. '"'
    assert.is_true(event .. "\n" == tool.invoke(ECHO, { "-e", "-", "--timeout", "50" },
      { stdin = event }).out)
  end)

  it("repeats the event, one answer a line, in one sandbox", function()
    local result = tool.invoke("local n = 0 return { handler = function() n = n + 1 return n end }",
      { "--count", "3" })
    assert.equal("1\n2\n3\n", result.out)
    local ids = {}
    for id in result.err:gmatch("START RequestId: ([%x-]+)") do
      ids[#ids + 1] = id
    end
    assert.equal(3, #ids)
    assert.are_not.equal(ids[1], ids[2])
  end)

  it("prints a function's error as its answer, and goes on with the next event", function()
    local result = tool.invoke("local n = 0 return { handler = function() n = n + 1 " ..
      "if n == 1 then return nil, 'not yet' end return n end }", { "--count", "2" })
    assert.equal('{"errorMessage":"not yet","errorType":"Function.Error","stackTrace":[]}\n2\n', result.out)
    assert.truthy(result.err:find("\tStatus: error\tError Type: Function.Error\n", 1, true))
    assert.equal(1, result.status)
  end)

  it("gives the function what Lambda gives it", function()
    assert.equal('{"v":"app"}\n', context("context.function_name"))
    assert.equal('{"v":"$LATEST"}\n', context("context.function_version"))
    assert.equal('{"v":"arn:aws:lambda:us-east-1:123456789012:function:app"}\n',
      context("context.invoked_function_arn"))
    assert.equal('{"v":"256"}\n', context("os.getenv('AWS_LAMBDA_FUNCTION_MEMORY_SIZE')", { "--memory",
      "256" }))
    assert.equal('{"v":"on-demand"}\n', context("os.getenv('AWS_LAMBDA_INITIALIZATION_TYPE')"))
    assert.equal('{"v":"/aws/lambda/app"}\n', context("os.getenv('AWS_LAMBDA_LOG_GROUP_NAME')"))
    assert.equal('{"v":":UTC en_US.UTF-8"}\n', context("os.getenv('TZ') .. ' ' .. os.getenv('LANG')"))
    assert.equal('{"v":true}\n', context("os.getenv('LAMBDA_TASK_ROOT') == os.getenv('PWD')"))
    assert.equal('{"v":true}\n', context("#context.headers['lambda-runtime-invocation-id'] == 36"))
    assert.equal('{"v":true}\n', context("context:remaining_ms() > 1000 and context:remaining_ms() <= 3000"))
    assert.equal('{"v":true}\n', context("context:remaining_ms() > 30000", { "--timeout", "60" }))
  end)

  it("keeps the user's region, credentials and variables", function()
    local env = { AWS_REGION = "eu-west-1", AWS_ACCESS_KEY_ID = "AKIA", MINE = "1" }
    assert.equal('{"v":"eu-west-1 AKIA 1"}\n',
      context("os.getenv('AWS_REGION') .. ' ' .. os.getenv('AWS_ACCESS_KEY_ID') .. ' ' .. os.getenv('MINE')",
        {}, { env = env }))
    assert.equal('{"v":"us-east-1"}\n', context("os.getenv('AWS_REGION')", {}, { env = { AWS_REGION = "",
      AWS_DEFAULT_REGION = "" } }))
  end)

  it("drops what belongs to another Lambda", function()
    local env = { _HANDLER = "other.x", AWS_LAMBDA_MAX_CONCURRENCY = "4",
      AWS_LAMBDA_RUNTIME_API = "nowhere:1" }
    assert.equal('{"v":"app.handler nil"}\n',
      context("os.getenv('_HANDLER') .. ' ' .. tostring(os.getenv('AWS_LAMBDA_MAX_CONCURRENCY'))", {},
        { env = env }))
  end)

  it("adds variables with --env, the last one counting", function()
    assert.equal('{"v":"2 c=d"}\n', context("os.getenv('A') .. ' ' .. os.getenv('B')",
      { "--env", "A=1", "--env", "B=c=d", "--env=A=2" }, { env = { A = "0" } }))
  end)

  it("passes the client context and the trace id", function()
    assert.equal('{"v":"x"}\n', context("context.client_context.custom.k", { "--client-context",
      '{"custom":{"k":"x"}}' }))
    assert.equal('{"v":"Root=1-a;Sampled=1"}\n', context("os.getenv('_X_AMZN_TRACE_ID')", { "--trace",
      "Root=1-a;Sampled=1" }))
    assert.equal('{"v":true}\n', context("context.trace_id == nil", { "--trace", "" }))
    assert.truthy(context("context.trace_id"):find('^{"v":"Root=1%-%x+%-%x+;Parent=%x+;Sampled=0"}\n$'))
  end)

  it("resolves handlers below the current folder, absolute ones, and --root", function()
    local files = { ["src/my.app/orders.lua"] = "return { api = { create = function() " ..
      "return os.getenv('_HANDLER') end } }" }
    local function out(...)
      return tool.run({ files = files, args = { "invoke", ... } }).out
    end
    assert.equal('"src/my.app/orders.api.create"\n', out("src/my.app/orders.api.create"))
    assert.equal('"src/my.app/orders.api.create"\n', out("./src/my.app/orders.api.create"))
    assert.equal('"orders.api.create"\n', out("@DIR/src/my.app/orders.api.create"))
    assert.equal('"orders.api.create"\n', out("orders.api.create", "--root", "src/my.app"))
    assert.equal('"my.app/orders.api.create"\n', out("@DIR/src/my.app/orders.api.create", "--root",
      "@DIR/src"))
  end)

  it("listens on 127.0.0.1 alone", function()
    local result = tool.invoke([[
      return { handler = function()
        local port = ("%04X"):format(os.getenv("AWS_LAMBDA_RUNTIME_API"):match("^127%.0%.0%.1:(%d+)$"))
        local found = {}
        for _, table_name in ipairs({ "tcp", "tcp6" }) do
          local file = io.open("/proc/net/" .. table_name)
          for line in file and file:lines() or function() end do
            local address, listens = line:match("^%s*%d+: (%x+):" .. port .. " %x+:%x+ (%x+)")
            if listens == "0A" then
              found[#found + 1] = address
            end
          end
        end
        return table.concat(found, " ")
      end }]])
    assert.equal('"0100007F"\n', result.out)
  end)

  it("ends with 2 when nobody takes the answer", function()
    local result = tool.invoke(ECHO, {}, { around = "@RUN >/dev/full" })
    assert.truthy(result.err:find("lunambda: cannot write the answer to stdout: No space left on device\n",
      1, true))
    assert.equal(2, result.status)
  end)

  it("names an error of initialisation", function()
    local result = tool.invoke("error('boom')")
    assert.truthy(result.out:find('"errorType":"Function.InitError"', 1, true))
    assert.truthy(result.err:find("INIT_REPORT Init Duration: ", 1, true))
    assert.equal(1, result.status)
  end)
end)

describe("lunambda invoke, at the end", function()
  it("lets a handler with lambda.on_shutdown hear of it", function()
    local result = tool.invoke([[
      require("lambda").on_shutdown(function() print("bye") end)
      return { handler = function() return 1 end }
    ]])
    assert.equal("1\n", result.out)
    assert.matches("\nbye\n", result.err, 1, true)
    assert.equal(0, result.status)
  end)

  it("does not wait longer than Lambda for it", function()
    local result = tool.invoke([[
      require("lambda").on_shutdown(function() os.execute("sleep 30") end)
      return { handler = function() return 1 end }
    ]])
    assert.equal("1\n", result.out)
    assert.equal(0, result.status)
  end)
end)
