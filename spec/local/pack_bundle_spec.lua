local packing = require("packing")

local BARE = "lua_modules/share/lua/5.4/"

--- Files of a function, below app/.
local function place(files)
  local all = {}
  for path, text in pairs(files) do
    all["app/" .. path] = text
  end
  return packing.new(all)
end

--- Packs app/ into a bundle and unpacks that into out/; what was said on the way.
local function bundle(here, options)
  here:must("rm -rf out function.zip")
  local result = here:sh("lunambda pack app --bundle " .. (options or "--handler app.handler"))
  assert(result.status == 0, result.err)
  here:unpack("function.zip", "out")
  return (result.err:gsub("function%.zip: [^\n]+\n$", ""))
end

local function answer(here, folder, event)
  return here:sh(("cd %s && lunambda invoke app.handler '%s'"):format(folder, event or "{}")).out
end

local function refuses(status, message, here, command)
  local result = here:sh(command)
  assert.equal("lunambda: " .. message .. "\n", result.err)
  assert.equal(status, result.status)
end

local FOLDERS = { "", "lua_modules/", BARE, "share/lua/5.4/" }
local WAYS = { "require '%s'", 'require("%s")', "require [[%s]]", "select(2, pcall(require, '%s'))",
  "require(('%s' .. ''))" }

--- The i-th module of a random program; the first is the handler's, each third one lies in sub.
local function random_path(i)
  if i == 0 then
    return "app.lua"
  end
  return FOLDERS[math.random(#FOLDERS)] .. (i % 3 == 0 and "sub/m" or "m") .. i ..
    (math.random(3) == 1 and "/init.lua" or ".lua")
end

--- It says who it is, and what those say that it requires: some of those behind it.
local function random_source(i, count)
  local parts = { ("local own = { '%d', (...) }"):format(i) }
  for k = i + 1, count do
    if math.random(3) == 1 then
      local call = WAYS[math.random(#WAYS)]:format((k % 3 == 0 and "sub.m" or "m") .. k)
      parts[#parts + 1] = ("%sown[#own + 1] = %s"):format(("\n"):rep(math.random(0, 2)), call)
    end
  end
  parts[#parts + 1] = i == 0 and "return { handler = function() return own end }" or "return own"
  return table.concat(parts, math.random(2) == 1 and "\n" or " ")
end

describe("lunambda pack --bundle", function()
  it("puts what the handler requires, and that in turn, into its file", function()
    local here <close> = place({
      ["app.lua"] = "local a = require('a')\nreturn { handler = function() return a.name .. require 'x.y'.name end }",
      ["a.lua"] = "local b = require\"b\" return { name = 'a' .. b.name }", ["b/init.lua"] = "return { name = 'b' }",
      ["x/y.lua"] = "return { name = 'y', b = require('b') }", ["data.txt"] = "data", ["other.lua"] = "return 1",
    })
    assert.equal("", bundle(here))
    assert.equal("app.lua\ndata.txt\nother.lua\n", here:must("cd out && find * -type f | sort"))
    assert.equal('"aby"\n', answer(here, "out"))
  end)

  it("finds modules in each folder of the search path, in its order", function()
    local files, calls = {}, {}
    for i = 1, 4 do
      for k = i, 4 do -- folder i is the first that has it
        files[FOLDERS[k] .. "m" .. i .. ".lua"] = ("return '%d of %d'"):format(k, i)
        files[FOLDERS[k] .. "d" .. i .. "/init.lua"] = ("return 'init %d of %d'"):format(k, i)
      end
      calls[#calls + 1] = ("(require 'm%d'), (require 'd%d')"):format(i, i)
    end
    files["app.lua"] = ("local t = { %s } return { handler = function() return t end }")
      :format(table.concat(calls, ", "))
    local here <close> = place(files)
    bundle(here)
    local expected = answer(here, "app")
    assert.truthy(expected:find('"4 of 4"', 1, true))
    assert.equal(expected, answer(here, "out"))
    assert.is_nil(here:read("out/m1.lua"))
    assert.truthy(here:read("out/lua_modules/m1.lua")) -- hidden by the one before: nobody required it
  end)

  it("keeps files and lines in errors and stack traces", function()
    local here <close> = place({
      ["app.lua"] = "#!/usr/bin/env lua\n-- first\nlocal deep = require('lib.deep')\nreturn {\n" ..
        "  handler = function(e)\n    return deep.fail(e)[1]\n  end,\n}\n",
      ["lib/deep.lua"] = "\nlocal M = {}\nfunction M.fail(e)\n  if e.raise then\n    error('deep ]=] trouble')\n" ..
        "  end\n  return nil\nend\nreturn M -- no newline",
    })
    bundle(here)
    for _, event in ipairs({ '{"raise":true}', "{}" }) do
      local plain = answer(here, "app", event):gsub(here.path:gsub("%p", "%%%0") .. "/app/", "")
      assert.equal(plain, answer(here, "out", event))
    end
    local raised = answer(here, "out", '{"raise":true}')
    assert.truthy(raised:find('"errorMessage":"lib/deep.lua:5: deep ]=] trouble"', 1, true))
    assert.truthy(answer(here, "out"):find('"app.lua:6: in function', 1, true))
  end)

  it("gives each module its name and its file, and runs it once, when it is required", function()
    local here <close> = place({
      ["app.lua"] = "local log = require('log') log('app', ...)\n" ..
        "return { handler = function() require('late') require('late') require('sub.m') return log() end }",
      ["log.lua"] = "local list = {} return function(...) if ... then list[#list + 1] = table.concat({ ... }, ' ') " ..
        "end return list end",
      ["late.lua"] = "require('log')('late', ...)", ["sub/m.lua"] = "require('log')('m', ...) return false",
    })
    bundle(here)
    local plain = answer(here, "app"):gsub("/app/", "/out/")
    assert.truthy(plain:find('"late late ' .. here.path .. '/out/late.lua"', 1, true))
    assert.equal(plain, answer(here, "out"))
  end)

  it("takes sources of any form", function()
    local texts = {
      crlf = "local s = [[a\r\nb]]\r\nreturn s .. 'c\\\r\nd'\r\n", bom = "\u{feff}return 'bom'",
      bang = "#! x\nreturn 'bang'", brackets = "return [=[ ]] ]==] ]=] .. ']===]' -- ]====]",
      nul = "return 'a\0b' --\0", empty = "", dash = "return 1 --",
      bytes = "return '\xff\xfe\x80'", ends = "return a --[[ ]]--]",
    }
    local calls, files = {}, {}
    for name, text in pairs(texts) do
      files[name .. ".lua"] = text
      calls[#calls + 1] = ("  %s = require('%s'),\n"):format(name, name)
    end
    table.sort(calls)
    files["app.lua"] = "local t = {\n" .. table.concat(calls) .. "}\nlocal out = {}\nfor k, v in pairs(t) do\n" ..
      "  out[k] = tostring(v):gsub('.', function(c) return ('%02x'):format(c:byte()) end)\nend\n" ..
      "return { handler = function() return require('lambda.json').encode(out, { sort = true }) end }"
    local here <close> = place(files)
    bundle(here)
    local plain = answer(here, "app")
    assert.truthy(plain:find("626f6d", 1, true))
    assert.equal(plain, answer(here, "out"))
    bundle(here, "--bytecode --handler app.handler")
    assert.equal(plain, answer(here, "out"))
  end)

  it("leaves to bootstrap what is built in, and to files what is no Lua text", function()
    local here <close> = place({
      ["app.lua"] = "local cjson = require('cjson') require('lambda') require('string')\nrequire('native.thing')\n" ..
        "return { handler = function() return cjson.encode(1) end }",
      ["cjson.lua"] = "return { encode = function() return 'mine' end }", ["lib/lua/5.4/native/thing.so"] = "no ELF",
    })
    assert.equal("", bundle(here))
    assert.truthy(here:read("out/lib/lua/5.4/native/thing.so"))
    assert.truthy(here:read("out/cjson.lua"))
  end)

  it("warns of what it cannot know, and of what is not there", function()
    local here <close> = place({
      ["app.lua"] = "local name = 'plug'\nlocal p = require('plugins.' .. name)\npcall(require, 'optional')\n" ..
        "local ok = pcall(function() return require('redis') end)\n" ..
        "return { handler = function() return { p, ok } end }",
      ["plugins/plug.lua"] = "return 'plugged'",
    })
    assert.equal("lunambda: warning: app.lua:2: require of a name that only the running program knows: what is " ..
      "found so is not in the bundle, but stays a file\n" ..
      "lunambda: warning: app.lua:4: 'redis' is not on the package's search path: a layer must bring it, or a " ..
      "package.path of the program's own\n", bundle(here))
    assert.equal('["plugged",false]\n', answer(here, "out"))
  end)

  it("takes modules that require each other, and the handler's file", function()
    local here <close> = place({
      ["app.lua"] = "local M = { n = 0 } package.loaded.app = M\nlocal a = require('a')\n" ..
        "function M.handler() return { a.n(), a.b().n() } end\nreturn M",
      ["a.lua"] = "local M = {} package.loaded.a = M local b = require('b')\n" ..
        "function M.n() require('app').n = require('app').n + 1 return require('app').n end\n" ..
        "function M.b() return b end return M",
      ["b.lua"] = "local a = require('a') return { n = function() return a.n() end }",
    })
    bundle(here)
    assert.equal("[1,2]\n", answer(here, "out"))
  end)

  it("finds the handler's file as the runtime does", function()
    local here <close> = place({ ["src/v1.2/api.lua"] = "return { get = function() return require('m') end }",
      ["m.lua"] = "return 'm'" })
    here:must("lunambda pack app --bundle --handler ./src/v1.2/api.get")
    here:unpack("function.zip", "out")
    assert.equal('"m"\n', here:must("cd out && lunambda invoke src/v1.2/api.get"))
    assert.is_nil(here:read("out/m.lua"))
    here:must("rm -rf out; mkdir one; echo 'return { handler = function() return 1 end }' >one/only.lua")
    here:must("lunambda pack one --bundle && unzip -q function.zip -d out")
    assert.equal("1\n", here:must("cd out && lunambda invoke only.handler"))
  end)

  it("refuses a handler that it cannot find", function()
    local here <close> = place({ ["a.lua"] = "", ["b.lua"] = "" })
    here:must("mkdir none && echo >none/readme.txt")
    refuses(2, "--bundle must know the handler (.lua files at the root: a.lua, b.lua); add --handler, such as " ..
      "--handler app.handler", here, "lunambda pack app --bundle")
    refuses(2, "--bundle must know the handler (.lua files at the root: none); add --handler, such as " ..
      "--handler app.handler", here, "lunambda pack none --bundle")
    refuses(1, "the handler c.handler needs a file c.lua, but there is none", here,
      "lunambda pack app --bundle --handler c.handler")
    refuses(2, "--handler '=f()' names no file: --bundle takes file.function, such as app.handler", here,
      "lunambda pack app --bundle --handler '=f()'")
  end)

  it("refuses a file that does not compile, by its line", function()
    local here <close> = place({ ["app.lua"] = "require 'm'", ["m.lua"] = "\n\nreturn = 1" })
    refuses(1, "m.lua:3: unexpected symbol near '='", here, "lunambda pack app --bundle --handler app.f")
    assert.is_nil(here:read("function.zip"))
  end)

  for _, options in ipairs({ "", "--bytecode", "--bundle --handler report.lua",
    "--bundle --bytecode --handler report.lua" }) do
    it("packs scripts too: " .. options, function()
      local here <close> = place({
        ["report.lua"] = "#!/usr/bin/env lua\nlocal words = require('words')\n" ..
          "for line in io.lines() do print(words.count(line)) end\n",
        ["words.lua"] = "return { count = function(text) return select(2, text:gsub('%a+', '')) end }",
      })
      here:must("lunambda pack app " .. options .. " --noop && lunambda pack app " .. options)
      here:unpack("function.zip", "out")
      assert.equal("2\n1\n", here:must("cd out && lunambda invoke report.lua 'a b\nc'"))
    end)
  end

  it("answers as the folder does, whatever requires what", function()
    for seed = 1, 8 do
      math.randomseed(seed)
      local files, count = {}, math.random(2, 12)
      for i = 0, count do
        files[random_path(i)] = random_source(i, count)
      end
      local here <close> = place(files)
      bundle(here, (seed % 2 == 0 and "--bytecode " or "") .. "--handler app.handler")
      local expected = answer(here, "app")
      assert.truthy(expected:find('^%["0","app"'), expected)
      assert.equal(expected, answer(here, "out"), "seed " .. seed)
    end
  end)

  it("is the same wherever the folder lies", function()
    local here <close> = place({ ["app.lua"] = "require 'm' require 'n'", ["m.lua"] = "return 1", ["n.lua"] = "" })
    here:must("cp -r app else && lunambda pack app --bundle --handler app.f && lunambda pack else --bundle " ..
      "--handler app.f -o b.zip && cmp function.zip b.zip")
  end)
end)
