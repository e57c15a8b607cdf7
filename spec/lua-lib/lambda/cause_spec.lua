local cause = require("lambda.cause")
local json = require("lambda.json")

local function cut(text, limit_bytes)
  return text:sub(1, limit_bytes)
end

local function stack_of(...)
  return json.decode(cause.encode("T", "m", { ... }, cut)).exceptions[1].stack
end

describe("lambda.cause", function()
  it("takes frames apart as luaL_traceback writes them", function()
    assert.same({
      { path = "[C]", line = 0, label = "error" },
      { path = "/var/task/app.lua", line = 12, label = "inner" },
      { path = "app.lua", line = 3, label = "function <app.lua:1>" },
      { path = "app.lua", line = 1, label = "main chunk" },
      { path = "[C]", line = 0, label = "?" },
      { path = "a: b:7", line = 8, label = "it's" },
    }, { table.unpack(stack_of("[C]: in function 'error'", "/var/task/app.lua:12: in upvalue 'inner'",
      "app.lua:3: in function <app.lua:1>", "app.lua:1: in main chunk", "[C]: in ?", "a: b:7:8: in method 'it's'")) })
  end)

  it("leaves out what is no frame", function()
    assert.same({}, { table.unpack(stack_of("(...tail calls...)", "...", "", "(skipping 12 levels)")) })
  end)

  it("names each path once, in order", function()
    local document = json.decode(cause.encode("T", "m", { "b.lua:1: in x", "a.lua:2: in y", "b.lua:3: in z" }, cut))
    assert.same({ "b.lua", "a.lua" }, { table.unpack(document.paths) })
    assert.equal(io.popen("pwd -P"):read("l"), document.working_directory)
  end)

  it("escapes all that is no printable ASCII", function()
    local text = cause.encode("T", "\0\31\127é\u{FFFF}🐜\u{10FFFF}\"\\", {}, cut)
    assert.matches('"message":"\\u0000\\u001F\\u007f\\u00e9\\uffff\\ud83d\\udc1c\\udbff\\udfff\\"\\\\"', text, 1, true)
  end)

  it("drops outer frames first, and keeps the message then", function()
    local frames = {}
    for i = 1, 1000 do
      frames[i] = ("file%d.lua:%d: in function 'f'"):format(i, i)
    end
    local document = json.decode(cause.encode("T", ("m"):rep(10000), frames, cut))
    assert.equal(10000, #document.exceptions[1].message)
    assert.equal("file1.lua", document.exceptions[1].stack[1].path)
    assert.is_true(#document.exceptions[1].stack > 100)
  end)

  it("shortens the message when there are no frames left to drop", function()
    local text = cause.encode("T", ("\1"):rep(100000), { "a.lua:1: in x" }, cut)
    assert.is_true(#text <= 32 * 1024)
    assert.equal(4096, #json.decode(text).exceptions[1].message)
  end)

  it("is left out when the type alone is too long", function()
    assert.is_nil(cause.encode(("T"):rep(40000), "m", { "a.lua:1: in x" }, cut))
  end)
end)
