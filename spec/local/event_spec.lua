--- lunambda event NAME, and invoke --event NAME.
local events = require("lambda.events")
local json = require("lambda.json")
local tool = require("lunambda_tool")

local ECHO = "return { handler = function(event) return event end }"

--- The event that the tool prints.
local function made(...)
  local result = tool.run({ args = { "event", ... } })
  assert.equal("", result.err)
  assert.equal(0, result.status)
  return assert(json.decode(result.out)), result.out
end

local function refused(call)
  local result = tool.run(call)
  assert.equal(2, result.status)
  assert.equal("", result.out)
  return result.err
end

describe("lunambda event", function()
  it("prints each event as lambda.events makes it", function()
    for _, name in ipairs(events.names()) do
      assert.same(events[name](), (made(name)))
    end
  end)

  it("gives the builder its options", function()
    assert.same(events.sqs({ bodies = { "a", { b = 1 } } }), (made("sqs", '{"bodies":["a",{"b":1}]}')))
    assert.same(events.apigw_v2(), (made("apigw-v2", '{"method":null}')))
  end)

  it("reads the options from a file, and from standard input", function()
    local options = '{"message":"x"}'
    local from_file = tool.run({ args = { "event", "sns", "-e", "o.json" }, files = { ["o.json"] = options } })
    local from_stdin = tool.run({ args = { "event", "-e", "-", "sns" }, stdin = options })
    assert.same(events.sns({ message = "x" }), json.decode(from_file.out))
    assert.equal(from_file.out, from_stdin.out)
  end)

  it("takes names with - for _", function()
    assert.same(events.function_url(), (made("function-url")))
    assert.same(events.authorizer_v2(), (made("authorizer-v2")))
  end)

  it("prints text for people, with a newline at its end", function()
    local _, text = made("scheduled")
    assert.matches('^{\n  "account": "123456789012",\n', text)
    assert.matches("\n}\n$", text)
  end)

  it("lists the names", function()
    local expected = table.concat(events.names(), "\n") .. "\n"
    assert.equal(expected, tool.run({ args = { "event", "list" } }).out)
    assert.equal(expected, tool.run({ args = { "invoke", "--event", "list" } }).out)
    assert.equal(expected, tool.run({ args = { "invoke", "app.handler", "--event=list" } }).out)
  end)

  it("names what there is where it gets what there is not", function()
    local names = table.concat(events.names(), ", ")
    assert.equal("lunambda: there is no event 'sqss', but " .. names .. "\n", refused({ args = { "event", "sqss" } }))
    assert.equal("lunambda: there is no event 'names', but " .. names .. "\n", refused({ args = { "event", "names" } }))
    assert.equal("lunambda: events.sqs has no option 'body'; it has bodies, groups, queue\n",
      refused({ args = { "event", "sqs", '{"body":1}' } }))
    assert.equal("lunambda: no NAME of an event: lunambda event list prints them\n", refused({ args = { "event" } }))
  end)

  it("says what is wrong with the options", function()
    assert.matches("^lunambda: the options of the event sqs are not JSON: invalid JSON at line 1, column 2 ",
      refused({ args = { "event", "sqs", "{oops" } }))
    for _, value in ipairs({ "[]", " [1]", "1", '"a"', "true", "null" }) do
      assert.equal("lunambda: the options of the event sqs must be a JSON object, such as {}\n",
        refused({ args = { "event", "sqs", value } }))
    end
    assert.equal("lunambda: events.sqs: the option 'bodies' must be a table, got a string\n",
      refused({ args = { "event", "sqs", '{"bodies":"a"}' } }))
    assert.equal("lunambda: events.dynamodb: changes[1] must be a table like { keys =, new =, old = }\n",
      refused({ args = { "event", "dynamodb", '{"changes":[1]}' } }))
    assert.equal("lunambda: cannot read the event from none.json: No such file or directory\n",
      refused({ args = { "event", "sqs", "-e", "none.json" } }))
  end)

  it("takes none of invoke's options", function()
    assert.equal("lunambda: event takes no --count: it prints an event and runs nothing\n",
      refused({ args = { "event", "sqs", "--count", "2" } }))
  end)

  it("refuses an event beyond what Lambda takes", function()
    local options = json.encode({ bodies = { ("x"):rep(6 * 1024 * 1024 - 100) } })
    assert.equal("lunambda: the event sqs has more than 6291456 bytes\n",
      refused({ args = { "event", "sqs", "-e", "-" }, stdin = options }))
  end)
end)

describe("lunambda invoke --event", function()
  it("sends the event that it names", function()
    local result = tool.invoke(ECHO, { "--event", "s3" })
    assert.equal(0, result.status)
    assert.same(events.s3(), json.decode(result.out))
  end)

  it("takes EVENT for the builder's options", function()
    local result = tool.invoke(ECHO, { "--event", "sqs", '{"bodies":["a"]}' })
    assert.equal("a", json.decode(result.out).Records[1].body)
    result = tool.invoke(ECHO, { "--event=apigw-v1", "-e", "o.json" }, { files = { ["o.json"] = '{"path":"/x"}' } })
    assert.equal("/x", json.decode(result.out).path)
  end)

  it("sends it as often as --count says", function()
    local result = tool.invoke("return { handler = function(event) return #event.Records end }",
      { "--event", "sqs", '{"bodies":[1,2,3]}', "--count", "2" })
    assert.equal("3\n3\n", result.out)
  end)

  it("starts nothing when there is no such event", function()
    local result = tool.invoke("error('loaded')", { "--event", "sqz" })
    assert.equal(2, result.status)
    assert.matches("^lunambda: there is no event 'sqz', but alb, .*, sqs\n$", result.err)
    result = tool.invoke(ECHO, { "--event", "sqs", "--event", "s3" })
    assert.equal("lunambda: --event is given twice (sqs, s3): one event a call, --count repeats it\n", result.err)
  end)

  it("is not for check", function()
    assert.equal("lunambda: check takes no --event: it loads the handler without an event\n",
      refused({ args = { "check", "a.b", "--event", "sqs" } }))
  end)
end)
