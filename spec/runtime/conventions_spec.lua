--- How the event reaches the handler, and what makes the answer.
local bootstrap_process = require("bootstrap_process")
local cjson = require("cjson")

local function run(convention, source, events, options)
  options = options or {}
  options.source, options.events = source, events
  options.env = options.env or {}
  options.env.LUNAMBDA_EVENT = convention
  return bootstrap_process.run(options)
end

local function bodies(...)
  local list = {}
  for index, post in ipairs(run(...)) do
    list[index] = post.body
  end
  return list
end

local HTTP = cjson.encode({
  rawPath = "/orders", rawQueryString = "id=7",
  requestContext = { http = { method = "POST" }, domainName = "x.lambda-url.eu-central-1.on.aws" }, body = "hi",
})

describe("one script under the four conventions", function()
  local SOURCE = [[
    return { handler = function(event, second, context, log)
      local read = io.read(0) and io.read("a")
      print("printed")
      local function kind(value) return type(value) == "table" and (getmetatable(value) or {}).__name or type(value) end
      io.stderr:write(("[%s, %s, %s, %s, %s]"):format(kind(event), type(second), type(context), type(log),
        read and #read))
      return type(event) ~= "table" and "text" or event.kind and second or { 1 }
    end }
  ]]

  local function observe(convention, env)
    local seen = run(convention, SOURCE, { { body = HTTP } }, env and { env = env })
    return seen[1].body, seen.stdout, seen.stderr:match("%[(.-)%]")
  end

  it("json: a value and the context in, a value out, print to the log", function()
    for _, convention in ipairs({ "json", "JSON", false }) do
      local body, log, arguments = observe(convention)
      assert.same({ "[1]", "printed\n", "table, table, nil, nil, nil" }, { body, log, arguments })
    end
  end)

  it("string: bytes and the headers in, bytes out, print to the log", function()
    local body, log, arguments = observe("string")
    assert.same({ "text", "printed\n", "string, table, nil, nil, nil" }, { body, log, arguments })
  end)

  it("stdio: nothing in but standard input, and what is printed out", function()
    local body, log, arguments = observe("stdio")
    assert.same({ "printed\n", "", "nil, nil, nil, nil, " .. #HTTP }, { body, log, arguments })
  end)

  it("http: request, response, context and log in, the response out, print to the log", function()
    local body, log, arguments = observe("http")
    assert.same({ statusCode = 200, headers = {}, body = "", isBase64Encoded = false }, cjson.decode(body))
    assert.same({ "printed\n", "lambda.request, table, table, table, nil" }, { log, arguments })
  end)
end)

describe("a module's own convention", function()
  it("wins over the environment", function()
    local source = "return { handler = function(body) return body .. '!' end, convention = 'string' }"
    for _, convention in ipairs({ "json", "string", "stdio", "http" }) do
      assert.same({ "x!" }, bodies(convention, source, { { body = "x" } }))
    end
    assert.same({ '"json"' }, bodies("stdio",
      "return { handler = function(event) return event end, convention = 'json' }", { '"json"' }))
  end)

  it("is that of the table that holds the function", function()
    local source = "local function echo(body) return body end return { convention = 'stdio', " ..
      "api = { convention = 'string', echo = echo }, own = { convention = 'string', handler = echo }, " ..
      "object = setmetatable({ convention = 'string' }, { __call = function(_, body) return body end }) }"
    for _, name in ipairs({ "api.echo", "own", "object" }) do
      assert.same({ "no JSON" }, bodies("json", source, { { body = "no JSON" } }, { handler = "app." .. name }))
    end
  end)

  it("holds for an expression", function()
    assert.same({ "x" }, bodies("json", "return { handler = function(b) return b end, convention = 'string' }",
      { { body = "x" } }, { handler = "=require'app'" }))
  end)

  it("holds for a table of functions, which must share it", function()
    local options = { handler = "app.all" }
    local source = "local function f(body) return body end " ..
      "return { convention = 'string', all = { scripted = f, live = { handler = f, convention = 'string' } } }"
    assert.same({ "x" }, bodies("json", source, { { body = "x" } }, options))
    source = source:gsub("f, convention = 'string'", "f, convention = 'stdio'")
    local seen = run("json", source, { "1" }, { handler = "app.all" })
    assert.equal("Runtime.ConfigInvalid", seen[1].document.errorType)
    assert.matches("must share their convention, but these have: stdio, string", seen[1].document.errorMessage, 1, true)
  end)

  it("takes a table of functions under stdio and http, too", function()
    local source = "return { all = { default = function() io.write('default ', io.read('a')) end } }"
    assert.same({ "default x" }, bodies("stdio", source, { { body = "x" } }, { handler = "app.all" }))
    source = "return { all = { default = function(req, res) res:send(req.path) end } }"
    assert.equal("/orders", cjson.decode(bodies("http", source, { HTTP }, { handler = "app.all" })[1]).body)
  end)

  for what, value in pairs({ ["'sting'"] = "'sting', which is none of", ["{}"] = "a table, which is none of" }) do
    it("that does not exist is an init error: " .. what, function()
      local seen = run("json", ("return { handler = print, convention = %s }"):format(what))
      assert.equal("/2018-06-01/runtime/init/error", seen[1].path)
      assert.equal("Runtime.ConfigInvalid", seen[1].document.errorType)
      assert.matches("convention is " .. value .. ": json, string, stdio, http", seen[1].document.errorMessage, 1, true)
    end)
  end

  it("does not exist in the environment either", function()
    local seen = run("xml", "return {}")
    assert.equal("Runtime.ConfigInvalid", seen[1].document.errorType)
    assert.matches("LUNAMBDA_EVENT is 'xml', which is none of: json, string, stdio, http",
      seen[1].document.errorMessage, 1, true)
  end)

  it("may be stdio: os.exit and print follow", function()
    local source = "return { convention = 'stdio', handler = function() print(io.read('a')) os.exit(true) end }"
    assert.same({ "a\n", "b\n" }, bodies("json", source, { { body = "a" }, { body = "b" } }))
  end)

  it("under stdio leaves a global context of the handler's own alone", function()
    local source = "context = 'mine' local lambda = require('lambda') return { convention = 'stdio', " ..
      "handler = function() lambda.after(function() io.stderr:write('<', context, '>') end) " ..
      "io.write(type(context)) if io.read('a') == '2' then error('no') end end }"
    local seen = run("json", source, { "1", "2", "3" })
    assert.same({ "table", "table" }, { seen[1].body, seen[3].body })
    assert.equal(3, #(seen.stderr:gsub("[^<]", "")))
    assert.matches("<mine>", seen.stderr, 1, true)
  end)
end)

describe("the convention string", function()
  local ECHO = "return { handler = function(body) return body end }"

  it("loses no byte, and decodes nothing", function()
    local bytes = "\0\xff\xfe{not json" .. ("\xC3"):rep(3)
    for _, encoding in ipairs({ "strict", "replace" }) do
      local events = { { body = bytes }, { body = "" }, { body = "1e999" } }
      assert.same({ bytes, "", "1e999" }, bodies("string", ECHO, events, { env = { LUNAMBDA_ENCODING = encoding } }))
    end
  end)

  it("answers other values as JSON", function()
    for value, json in pairs({ ["nil"] = "null", ["42"] = "42", ["{ 1, 'a' }"] = '[1,"a"]', ["true"] = "true",
                               ["''"] = "" }) do
      assert.same({ json }, bodies("string", ("return { handler = function() return %s end }"):format(value)))
    end
  end)

  it("takes lambda.raw and lambda.stream as answers, and `nil, err` as an error", function()
    local source = "local lambda = require('lambda') return { handler = function(body) " ..
      "if body == 'raw' then return lambda.raw('<p>', 'text/html') end " ..
      "if body == 'stream' then return lambda.stream('streamed') end return nil, 'failed' end }"
    local seen = run("string", source, { { body = "raw" }, { body = "stream" }, { body = "err" } })
    assert.same({ "<p>", "text/html" }, { seen[1].body, seen[1].headers["content-type"] })
    assert.equal("streamed", seen[2].body)
    assert.equal("failed", seen[3].document.errorMessage)
  end)

  it("gives the headers in any case, in pairs, and nothing else there", function()
    local source = "return { handler = function(_, headers) local names = {} for name in pairs(headers) do " ..
      "names[#names + 1] = name end table.sort(names) " ..
      "return { headers['LAMBDA-Runtime-Aws-Request-Id'], headers.nothing == nil, headers[1] == nil, names } end }"
    local seen = run("string", source)
    local answer = cjson.decode(seen[1].body)
    assert.same({ "req-1", true, true }, { answer[1], answer[2], answer[3] })
    local names = " " .. table.concat(answer[4], " ") .. " "
    assert.matches(" lambda-runtime-aws-request-id ", names, 1, true)
    assert.not_matches("_", names, 1, true)
  end)

  it("has the context's fields and methods behind the headers", function()
    local source = "return { handler = function(_, context) return { context.aws_request_id, context.function_name, " ..
      "context:remaining_ms() > 0, context.headers == context } end }"
    assert.same({ '["req-1","scripted",true,true]' }, bodies("string", source))
  end)

  it("has the names of the runtime of 2019, as the text that they were there", function()
    local source = "return { handler = function(_, context) return { context.request_id, " ..
      "type(context.deadline), tonumber(context.deadline) == context.deadline_ms, " ..
      "context.invoked_function_arn ~= nil, context.cognito_identity } end }"
    assert.same({ '["req-1","string",true,true,"{\\"a\\":1}"]' }, bodies("string", source,
      { { body = "", headers = { ["Lambda-Runtime-Cognito-Identity"] = '{"a":1}' } } }))
  end)

  it("answers up to the limit", function()
    local source = "return { handler = function(body) return ('x'):rep(tonumber(body)) end }"
    local limit = 6 * 1024 * 1024 + 100
    local seen = run("string", source, { tostring(limit), tostring(limit + 1) })
    assert.equal(limit, #seen[1].body)
    assert.equal("Function.ResponseSizeTooLarge", seen[2].document.errorType)
  end)

  it("is stopped before its deadline", function()
    local seen = run("string",
      bootstrap_process.tick("return { handler = function() while true do TICK end end }"),
      { { body = "", deadline_ms = 300 } })
    assert.equal("Function.DeadlineExceeded", seen[1].document.errorType)
  end)
end)

describe("the convention http", function()
  it("answers what res holds", function()
    local source = [[return { handler = function(req, res, context, log)
      log.info("asked", { path = req.path })
      res.status = 201
      res.headers["X-Id"] = context.aws_request_id
      return res:cookie("a", "b"):json({ method = req.method, id = req.query.id, body = req.body })
    end }]]
    local answer = cjson.decode(bodies("http", source, { HTTP })[1])
    assert.same({ 201, "req-1", "application/json", false },
      { answer.statusCode, answer.headers["x-id"], answer.headers["content-type"], answer.isBase64Encoded })
    assert.same({ "a=b; Path=/; Secure; HttpOnly" }, answer.cookies)
    assert.same({ method = "POST", id = "7", body = "hi" }, cjson.decode(answer.body))
  end)

  it("has the body that was sent or set, and behind it what was written", function()
    local cases = {
      ["res:write('a'):write('b')"] = "ab", ["res:send('a'):write('b')"] = "ab", ["res:write('a'):send('b')"] = "b",
      ["res.body = 'a'"] = "a", ["res.body = 'a' res:write('b')"] = "ab", ["res:json({ 1 })"] = "[1]", [""] = "",
      ["res:redirect('/there')"] = "",
    }
    for code, body in pairs(cases) do
      local answer = bodies("http", ("return { handler = function(_, res) %s end }"):format(code), { HTTP })[1]
      assert.equal(body, cjson.decode(answer).body, code)
    end
    local source = "return { handler = function(_, res) res:redirect('/there', 308) end }"
    local answer = cjson.decode(bodies("http", source, { HTTP })[1])
    assert.same({ 308, "/there" }, { answer.statusCode, answer.headers.location })
  end)

  it("says what a body sent without a type is", function()
    for code, content_type in pairs({ ["'text'"] = "text/plain; charset=utf-8",
                                      ["'\\xff'"] = "application/octet-stream",
                                      ["'<p>', 'text/html'"] = "text/html" }) do
      local source = ("return { handler = function(_, res) res:send(%s) end }"):format(code)
      assert.equal(content_type, cjson.decode(bodies("http", source, { HTTP })[1]).headers["content-type"])
    end
  end)

  it("sets cookies with all their attributes", function()
    local source = "return { handler = function(_, res) res:cookie('a', 'b', { path = '/x', domain = 'example.org', " ..
      "max_age = 0.0, same_site = 'Lax', secure = false, http_only = false }) end }"
    assert.same({ "a=b; Path=/x; Domain=example.org; Max-Age=0; SameSite=Lax" },
      cjson.decode(bodies("http", source, { HTTP })[1]).cookies)
  end)

  it("streams what res:stream gets, with status, headers and cookies before it", function()
    local source = [[return { handler = function(req, res)
      res.status, res.headers["x-a"], res.headers["content-type"] = 202, { "1", "2" }, "text/csv"
      res:cookie("a", "b")
      res:stream(function(out) out:write("one,"); out:write(req.query.id) end)
    end }]]
    local seen = run("http", source, { HTTP })
    local prelude, body = seen[1].body:match("^(.-)\0\0\0\0\0\0\0\0(.*)$")
    assert.equal("one,7", body)
    assert.same({ statusCode = 202, headers = { ["x-a"] = "1, 2", ["content-type"] = "text/csv" },
                  cookies = { "a=b; Path=/; Secure; HttpOnly" } }, cjson.decode(prelude))
    assert.equal("application/vnd.awslambda.http-integration-response", seen[1].headers["content-type"])
  end)

  it("streams nothing to a load balancer, and loses nothing that was written before", function()
    local alb = cjson.encode({ requestContext = { elb = {} }, httpMethod = "GET", path = "/" })
    local seen = run("http", "return { handler = function(_, res) res:stream('x') end }", { alb })
    assert.matches("a load balancer takes no streamed answer", seen[1].document.errorMessage, 1, true)
    seen = run("http", "return { handler = function(_, res) res:write('a'):stream('x') end }", { HTTP })
    assert.matches("what was sent or written before would be lost", seen[1].document.errorMessage, 1, true)
  end)

  it("refuses an event that is no request, and names what it misses", function()
    for event, message in pairs({ ["{}"] = "it has neither requestContext.http nor an httpMethod",
                                  ["7"] = "it is a number", ["null"] = "it is null" }) do
      local document = run("http", "return { handler = print }", { event })[1].document
      assert.equal("Runtime.UnmarshalError", document.errorType)
      assert.matches("the event is no HTTP request", document.errorMessage, 1, true)
      assert.matches(message, document.errorMessage, 1, true)
    end
  end)

  it("refuses a returned value that would be lost, and takes `nil, err`, lambda.raw and res", function()
    local seen = run("http", "return { handler = function() return { status = 200 } end }", { HTTP })
    assert.matches("answers through res, but this one returned a table", seen[1].document.errorMessage, 1, true)
    seen = run("http", "return { handler = function() return nil, 'broken' end }", { HTTP })
    assert.equal("broken", seen[1].document.errorMessage)
    seen = run("http", "return { handler = function() return require('lambda').raw('as it is') end }", { HTTP })
    assert.equal("as it is", seen[1].body)
  end)

  it("fails for an answer that cannot be, rather than send another", function()
    local cases = {
      ["res.status = 1000"] = "the status must be an integer from 100 to 599, not 1000",
      ["res.status = '200'"] = "the status must be an integer from 100 to 599, not the text \"200\"",
      ["res.headers['x-a'] = 'b\\r\\nset-cookie: c'"] = "the header x-a must be text in UTF-8 without control",
      ["res.headers['a b'] = 'c'"] = "is no name of a header",
      ["res.cookies[1] = 'a\\nb'"] = "a cookie must be text",
      ["res.body = 7"] = "the body must be a string, not a number",
      ["res.headers = 7"] = "headers and cookies must be tables",
      ["res:send(7)"] = "bad argument #1 to 'res:send' (a string expected, got number)",
      ["res:write({})"] = "bad argument #1 to 'res:write'",
      ["res:json(0/0)"] = "res:json cannot encode this",
      ["res:cookie('a', 'b;c')"] = "is no cookie",
      ["res:cookie('a b', 'c')"] = "is no cookie",
      ["res.cookie('a', 'b')"] = "bad argument #2 to 'res:cookie' (a string expected, got nil)",
      ["res:cookie('a', 'b', { path = '/; Domain=c' })"] = "the path \"/; Domain=c\" is no text without semicolons",
      ["res:cookie('a', 'b', { max_age = 1.5 })"] = "the max_age \"1.5\" is no text without semicolons, nor an integer",
      ["res:cookie('a', 'b', { domain = {} })"] = "the domain \"table: ",
      ["res:stream()"] = "bad argument #1 to 'res:stream'",
    }
    for code, message in pairs(cases) do
      local seen = run("http", ("return { handler = function(_, res) %s end }"):format(code), { HTTP })
      assert.matches(message, seen[1].document.errorMessage, 1, true, code)
    end
  end)
end)
