--- Where handlers and modules are found.
local bootstrap_process = require("bootstrap_process")

local ECHO = "return { handler = function(event) return event end }"
local WHERE = "return { handler = function() return require('where') end }"

local function answer(options)
  return bootstrap_process.answers(options)[1]
end

describe("a handler name", function()
  it("leads to a field of what the file returns", function()
    assert.equal("{}", answer({ files = { ["hello.lua"] = "return { greet = function(e) return e end }" },
                                handler = "hello.greet" }))
  end)

  it("leads to a global function where the file returns none", function()
    assert.equal('"global"', answer({ source = "function handler() return 'global' end" }))
  end)

  it("leads to the field rather than to the global", function()
    local source = "function handler() return 'global' end return { handler = function() return 'field' end }"
    assert.equal('"field"', answer({ source = source }))
  end)

  it("leads through folders and nested fields", function()
    local source = "return { api = { create = function() return 'made' end } }"
    local files = { ["src/orders.lua"] = source, ["a/b/c.lua"] = source }
    assert.equal('"made"', answer({ files = files, handler = "src/orders.api.create" }))
    assert.equal('"made"', answer({ files = files, handler = "a/b/c.api.create" }))
  end)

  it("leads to a file as a console editor may save it", function()
    local source = "\xEF\xBB\xBFreturn {\r\n  handler = function(event) return event end\r\n}\r\n"
    assert.equal("{}", answer({ source = source }))
    assert.equal("{}", answer({ source = "#!/usr/bin/env lua5.4\n" .. ECHO }))
  end)

  it("splits at the first dot after the last slash", function()
    assert.equal("{}", answer({ files = { ["v1.2/app.lua"] = ECHO }, handler = "v1.2/app.handler" }))
  end)

  it("leads to what can be called, though it is no function", function()
    local source = "return { handler = setmetatable({}, { __call = function(_, event) return event end }) }"
    assert.equal("{}", answer({ source = source }))
  end)

  it("may come as the first argument, as in a container", function()
    local options = { files = { ["hello.lua"] = ECHO }, handler = false, args = { "hello.handler" } }
    assert.equal("{}", answer(options))
  end)
end)

describe("require in a handler", function()
  local places = {
    "where.lua", "where/init.lua", "lua_modules/where.lua", "lua_modules/share/lua/5.4/where.lua",
    "lua_modules/share/lua/5.4/where/init.lua", "share/lua/5.4/where.lua", "share/lua/5.4/where/init.lua",
  }
  for _, place in ipairs(places) do
    it("finds " .. place, function()
      assert.equal('"here"', answer({ files = { ["app.lua"] = WHERE, [place] = "return 'here'" } }))
    end)
  end

  it("prefers the task root to its trees", function()
    local files = { ["app.lua"] = WHERE, ["where.lua"] = "return 'root'",
                    ["lua_modules/where.lua"] = "return 'modules'",
                    ["share/lua/5.4/where.lua"] = "return 'share'" }
    assert.equal('"root"', answer({ files = files }))
  end)

  it("finds folders by dots", function()
    local source = "return { handler = function() return require('a.b') end }"
    assert.equal("7", answer({ files = { ["app.lua"] = source, ["a/b.lua"] = "return 7" } }))
  end)

  it("finds modules although the working directory is another one", function()
    local options = { files = { ["app.lua"] = WHERE, ["where.lua"] = "return 'here'" }, plan = { "cd /" } }
    assert.equal('"here"', answer(options))
  end)

  it("has the layer's trees on its paths, for Lua and for C", function()
    local seen = bootstrap_process.run({ code = "return { package.path, package.cpath }" })
    local path, cpath = table.unpack(seen[1].document)
    for _, place in ipairs({ seen.root .. "/?.lua", "/opt/lua/?.lua", "/opt/share/lua/5.4/?.lua" }) do
      assert.matches(place, path, 1, true)
    end
    for _, place in ipairs({ seen.root .. "/?.so", seen.root .. "/lua_modules/lib/lua/5.4/?.so",
                             seen.root .. "/lib/lua/5.4/?.so", "/opt/lib/lua/5.4/?.so" }) do
      assert.matches(place, cpath, 1, true)
    end
    assert.is_true(path:find(seen.root .. "/?.lua", 1, true) < path:find("/opt/lua/?.lua", 1, true))
  end)

  it("honours LUA_PATH_5_4, with ;; for the usual places", function()
    local files = { ["app.lua"] = WHERE, ["where.lua"] = "return 'root'",
                    ["extra/where.lua"] = "return 'extra'" }
    assert.equal('"extra"', answer({ files = files, env = { LUA_PATH_5_4 = "extra/?.lua;;" } }))
    assert.equal('"root"', answer({ files = files, env = { LUA_PATH_5_4 = ";;extra/?.lua" } }))
  end)

  it("honours LUA_CPATH_5_4", function()
    local env = { LUA_CPATH_5_4 = "mine/?.so;;" }
    local seen = bootstrap_process.run({ code = "return package.cpath", env = env })
    assert.matches("^mine/%?%.so;.*/lib/lua/5%.4/%?%.so", seen[1].document)
  end)
end)

describe("require of what is built in", function()
  it("gives cjson and cjson.safe", function()
    local code = [[local ok, err = require("cjson.safe").decode("{")
      return { require("cjson").decode('[true]')[1], ok == nil, type(err) }]]
    assert.equal('[true,true,"string"]', answer({ code = code }))
  end)

  it("gives lambda and lambda.json", function()
    local code = [[return { type(require("lambda").raw), require("lambda.json").encode({ a = 1 }) }]]
    assert.equal('["function","{\\"a\\":1}"]', answer({ code = code }))
  end)
end)

describe("a task root whose name means something in package.path", function()
  local scratch = require("scratch")

  for _, name in ipairs({ "a;b", "a?b", "a%b" }) do
    it("is searched all the same, or refused by name: " .. name, function()
      local here <close> = scratch.new()
      here:write(name .. "/app.lua", "return { handler = function() return 1 end }")
      local seen = bootstrap_process.run({ root = here.path .. "/" .. name })
      assert.is_true(seen[1].body == "1" or seen[1].document.errorType == "Runtime.ConfigInvalid", seen[1].body)
    end)
  end
end)
