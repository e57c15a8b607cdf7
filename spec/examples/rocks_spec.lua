--- examples/rocks: a rock in Lua and one in C, laid out as LuaRocks does.
local bootstrap_process = require("bootstrap_process")
local json = require("lambda.json")
local lfs = require("lfs")
local scratch = require("scratch")

local example = lfs.currentdir() .. "/examples/rocks"
local app

setup(function()
  app = scratch.new()
  assert(os.execute(("cp -R '%s'/. '%s' && sh '%s/fetch.sh' '%s'"):format(example, app.path, example, app.path)))
end)
teardown(function()
  getmetatable(app).__close(app)
end)

--- What is posted for these events, and where.
local function answers(events)
  local seen = bootstrap_process.run({ root = app.path, handler = "rocks.handler", events = events })
  local list = {}
  for i, post in ipairs(seen) do
    list[i] = { post.path:match("[^/]+$"), assert(json.decode(post.body)) }
  end
  assert.equal(#events, #list)
  return list
end

local function event(rule, reading)
  return assert(json.encode({ rule = rule, reading = reading or json.object({}) }))
end

it("answers its event.json", function()
  assert.same({ "response", { matches = true, fields = { "door", "humidity", "temperature" } } },
    answers({ app:read("event.json") })[1])
end)

it("takes its rocks from the tree, and from nowhere else", function()
  app:write("where.lua", [[
    return { handler = function()
      require("pl.Set") require("lpeg") require("re")
      return { package.searchpath("pl.Set", package.path), package.searchpath("lpeg", package.cpath),
        package.searchpath("re", package.path) }
    end }]])
  local seen = bootstrap_process.run({ root = app.path, handler = "where.handler" })
  assert.same({
    app.path .. "/lua_modules/share/lua/5.4/pl/Set.lua", app.path .. "/lua_modules/lib/lua/5.4/lpeg.so",
    app.path .. "/lua_modules/share/lua/5.4/re.lua",
  }, assert(json.decode(seen[1].body)))
end)

it("evaluates rules", function()
  local reading = { t = 30, door = "open", _x1 = -2.5 }
  local rules = {
    ["t > 29"] = true, ["t > 30"] = false, ["t >= 30"] = true, ["t<30"] = false, ["t <= 30"] = true, ["t = 30"] = true,
    ["door = open"] = true, ["door=shut"] = false, ["door > 3"] = false, ["missing = 1"] = false,
    ["not missing = 1"] = true, ["_x1 = -2.5"] = true, ["t > 1 and t > 2 and t > 99"] = false,
    ["t > 99 or door = open"] = true, ["t > 99 and t > 1 or door = open"] = true,
    ["t > 99 and (t > 1 or door = open)"] = false, ["not (not (t = 30))"] = true, [" t = 30\t"] = true,
    ["android = 1"] = false, ["not not t = 30"] = true,
  }
  local events, expected = {}, {}
  for rule, matches in pairs(rules) do
    events[#events + 1], expected[#expected + 1] = event(rule, reading), matches
  end
  for i, answer in ipairs(answers(events)) do
    assert.same({ "response", expected[i] }, { answer[1], answer[2].matches }, events[i])
  end
end)

it("refuses what is no rule", function()
  local deep = ("("):rep(450) .. "t = 1" .. (")"):rep(450)
  local events = {
    event(""), event("t"), event("t >"), event("t = 1 and"), event("(t = 1"), event("t = 1)"), event("and = 1"),
    event("t == 1"), event("t = 1x"), event(deep), event(("t"):rep(1025)), event(7), "{}", '{"rule":"t = 1"}',
  }
  for i, answer in ipairs(answers(events)) do
    assert.equal("error", answer[1], events[i])
    assert.matches(i <= 10 and "^no rule: " or "^an event is", answer[2].errorMessage)
  end
end)

it("says which package is missing", function()
  local empty <close> = scratch.new()
  empty:write("bin/dpkg-query", "#!/bin/sh\nexit 1\n")
  local command = "cd '%s' && chmod +x bin/dpkg-query && PATH=\"$PWD/bin:$PATH\" sh '%s/fetch.sh' app 2>&1"
  local pipe = assert(io.popen(command:format(empty.path, example)))
  assert.equal("fetch.sh: lua-penlight is not installed, or has nothing for Lua 5.4: "
    .. "sudo apt-get install lua-penlight\n", pipe:read("a"))
  assert.is_nil((pipe:close()))
end)
