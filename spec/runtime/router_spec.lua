--- lambda.router in bootstrap: what it does beyond what it does under plain lua5.4.
local bootstrap_process = require("bootstrap_process")
local events = require("lambda.events")
local json = require("lambda.json")

local function event(path, options)
  options = options or {}
  options.path = path
  return assert(json.encode(events.function_url(options)))
end

local function run(routes, options)
  options.source = ([[
    local lambda = require("lambda")
    local app = lambda.router.new()
    %s
    return { handler = app:handler() }
  ]]):gsub("%%s", function() return routes end)
  return bootstrap_process.run(options)
end

describe("lambda.router in bootstrap", function()
  it("answers, and logs an error once, with the stack of the handler alone and the request's id", function()
    local seen = run([[
      app:use(function(req, res, context, next) next() end)
      local function find(id)
        error("kaput")
      end
      app:get("/orders/{id}", function(req)
        return { order = find(req.params.id) }
      end)
      app:get("/", function() return { fine = true } end)
    ]], { events = { event("/"), event("/orders/secret", { query = { token = "secret" } }), event("/") },
          env = { AWS_LAMBDA_LOG_FORMAT = "JSON" } })
    assert.equal(3, #seen)
    assert.same({ fine = true }, json.decode(json.decode(seen[1].body).body))
    assert.equal("/2018-06-01/runtime/invocation/req-2/response", seen[2].path)
    local answer = json.decode(seen[2].body)
    assert.equal(500, answer.statusCode)
    assert.same({ message = "Internal Server Error", requestId = "req-2" }, json.decode(answer.body))
    local record = assert(json.decode(seen.stderr:match("[^\n]*")))
    assert.equal(1, bootstrap_process.count(seen.stderr, '"ERROR"'))
    assert.same({ "ERROR", "req-2", "Function.LuaError", "/orders/{id}" },
      { record.level, record.requestId, record.errorType, record.route })
    assert.matches("app.lua:5: kaput$", record.message)
    local stack = table.concat(record.stackTrace, "\n")
    assert.matches("app.lua:5: in upvalue 'find'\n[^\n]*app.lua:8: in function <", stack)
    assert.is_nil(stack:find("lunambda", 1, true))
    assert.is_nil(stack:find("xpcall", 1, true))
    assert.is_nil(seen.stderr:find("secret"))
  end)

  it("streams, with what CORS and middleware added, and nothing to HEAD", function()
    local seen = run([[
      app:cors{ origins = { "https://a.example" } }
      app:use(function(req, res, context, next)
        next()
        res.headers["x-after"] = "1"
      end)
      app:get("/rows", function(req, res)
        res.headers["content-type"] = "text/csv"
        res:stream(function(out)
          for n = 1, 3 do out:write(n .. "\n") end
        end)
      end)
    ]], { events = { event("/rows", { headers = { origin = "https://a.example" } }),
                     event("/rows", { method = "HEAD" }) } })
    assert.equal("streaming", seen[1].headers["Lambda-Runtime-Function-Response-Mode"])
    local prelude, body = seen[1].body:match("^(.-)\0\0\0\0\0\0\0\0(.*)$")
    assert.equal("1\n2\n3\n", body)
    prelude = json.decode(prelude)
    assert.same({ ["access-control-allow-origin"] = "https://a.example", ["content-type"] = "text/csv", vary = "Origin",
                  ["x-after"] = "1" }, prelude.headers)
    local head = json.decode(seen[2].body)
    assert.same({ 200, "", "text/csv" }, { head.statusCode, head.body, head.headers["content-type"] })
  end)

  it("lets the deadline pass, and answers the next request", function()
    local seen = run(bootstrap_process.tick([[
      app:on_error(function() return "hidden" end)
      app:use(function(req, res, context, next) next() end)
      app:get("/slow", function()
        while true do
          pcall(function() while true do TICK end end)
        end
      end)
      app:get("/", function() return "well" end)
    ]]), { events = { { body = event("/slow"), deadline_ms = 1500 }, event("/") } })
    assert.equal("/2018-06-01/runtime/invocation/req-1/error", seen[1].path, seen[1].body)
    assert.equal("Function.DeadlineExceeded", seen[1].headers["Lambda-Runtime-Function-Error-Type"])
    assert.matches("app.lua:%d+: still running", seen[1].document.errorMessage)
    assert.equal("well", json.decode(seen[2].body).body)
    assert.equal(1, bootstrap_process.count(seen.stderr, "ERROR"))
  end)

  it("lets the end of memory pass", function()
    local seen = run([[
      app:on_error(function() return "hidden" end)
      app:use(function(req, res, context, next) next() end)
      app:get("/greedy", function()
        local all = {}
        for i = 1, math.huge do all[i] = { i } end
      end)
    ]], { events = { event("/greedy") }, env = { AWS_LAMBDA_FUNCTION_MEMORY_SIZE = "128" } })
    assert.equal("Runtime.OutOfMemory", seen[1].document.errorType, seen[1].body)
    assert.equal(1, seen.exit)
    seen = run([[
      app:get("/one", function() return ("x"):rep(200 << 20) end)
    ]], { events = { event("/one") }, env = { AWS_LAMBDA_FUNCTION_MEMORY_SIZE = "128" } })
    assert.equal("Runtime.OutOfMemory", seen[1].document.errorType, seen[1].body)
  end)

  it("survives a stack that overflows", function()
    local seen = run([[
      local function deeper(n) return 1 + deeper(n + 1) end
      app:get("/deep", function() return deeper(1) end)
    ]], { events = { event("/deep"), event("/deep") } })
    for i = 1, 2 do
      assert.equal(500, json.decode(seen[i].body).statusCode)
    end
    assert.equal(2, bootstrap_process.count(seen.stderr, "stack overflow"))
  end)

  it("fails a stream that breaks off, and answers the next request", function()
    local seen = run([[
      app:get("/rows", function(_, res)
        res:stream(function(out)
          out:write("1\n")
          error("torn")
        end)
      end)
      app:get("/", function() return "well" end)
    ]], { events = { event("/rows"), event("/") } })
    assert.matches("torn", seen.stderr)
    assert.equal(1, bootstrap_process.count(seen.stderr, "ERROR"))
    assert.equal("well", json.decode(seen[2].body).body)
  end)

  it("refuses a stream to a load balancer, and logs that", function()
    local seen = run([[
      app:get("/rows", function(_, res) res:stream("x") end)
    ]], { events = { assert(json.encode(events.alb({ path = "/rows" }))) } })
    local answer = json.decode(seen[1].body)
    assert.same({ 500, "500 Internal Server Error" }, { answer.statusCode, answer.statusDescription })
    assert.matches("a load balancer takes no streamed answer", seen.stderr)
  end)

  it("answers as JSON says where the environment has another convention", function()
    local seen = bootstrap_process.run({
      source = [[
        local app = require("lambda.router").new()
        app:get("/", function() return "well" end)
        return { handler = app:handler(), convention = "json" }
      ]],
      events = { event("/") }, env = { LUNAMBDA_EVENT = "http" },
    })
    assert.equal("well", json.decode(seen[1].body).body)
  end)

  it("says for an event of another kind that it is no request", function()
    local seen = run("app:get('/', print)", { events = { '{"Records":[]}' } })
    assert.equal("Runtime.UnmarshalError", seen[1].document.errorType)
  end)

  it("costs nothing when it is not used", function()
    local seen = bootstrap_process.run({ code = [[
      local loaded = {}
      for name in pairs(package.loaded) do
        loaded[#loaded + 1] = name:find("router") and name
      end
      return #loaded
    ]] })
    assert.equal("0", seen[1].body)
  end)

  it("loads no more at a start than a first event needs, nor do the log, http and a client of AWS", function()
    local file = assert(io.open("bench/handlers/api.lua"))
    local source = file:read("a")
    file:close()
    local seen = bootstrap_process.run({ source = ([[
      local api = (function() %s end)()
      local names = {}
      for name in pairs(package.loaded) do
        names[#names + 1] = name:match("^lambda%%.?(.*)") or nil
      end
      table.sort(names)
      return { handler = function() return names end }
    ]]):format(source) })
    assert.same({
      "", "aws", "aws.client", "aws.services", "boot", "context", "exchange", "handler", "http", "json", "loader",
      "log", "native", "paths", "request", "request_text", "response", "router", "router.chain", "router.cors",
      "router.dispatch", "router.group", "router.pattern", "router.trie",
    }, json.decode(seen[1].body))
  end)
end)
