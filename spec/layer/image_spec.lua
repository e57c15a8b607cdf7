--- The Dockerfile as far as it can be proved without Docker, and the scripts that its stages run.
local lfs = require("lfs")
local scratch = require("scratch")
local stand_ins = require("stand_ins")

local function read(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read("a")
  file:close()
  return text
end

--- The instructions of a Dockerfile in order: { word, rest }, continued lines joined.
local function instructions(text)
  local list = {}
  for line in text:gsub("\\\n%s*", ""):gmatch("[^\n]+") do
    if not line:find("^#") then
      local word, rest = line:match("^(%u+) (.+)$")
      assert(word, "no instruction: " .. line)
      list[#list + 1] = { word, rest }
    end
  end
  return list
end

--- Reads the stages; raises at the first thing that Docker would refuse.
local function stages_of(text)
  local stages, current = {}, nil
  local handle = {
    FROM = function(rest)
      assert(not rest:find("$", 1, true), "FROM " .. rest)
      local base, name = rest:gsub("^%-%-platform=%S+ ", ""):match("^(%S+) AS (%l+)$")
      assert(name and not stages[name], "FROM " .. rest)
      current = { base = base, args = {}, copied = {}, runs = {}, parent = stages[base],
        is_amd64 = rest:find("^%-%-platform=linux/amd64 ") or (stages[base] and stages[base].is_amd64) }
      stages[name] = current
      stages.last = name
    end,
    ARG = function(rest)
      current.args[rest:match("^[%w_]+")] = true
    end,
    COPY = function(rest)
      local from, path = rest:match("^%-%-from=(%l+) (%S+) %S+$")
      assert(from and stages[from] and stages[from] ~= current or rest:find("^%S+ %S+$"), "COPY " .. rest)
      current.copied[#current.copied + 1] = { from = from, path = path or rest:match("^%S+") }
    end,
    RUN = function(rest)
      for name in rest:gmatch("%$(%u+)") do
        assert(current.args[name], "no ARG " .. name .. " in this stage, for: RUN " .. rest)
      end
      current.runs[#current.runs + 1] = rest
    end,
    WORKDIR = function(rest)
      assert(rest:sub(1, 1) == "/")
    end,
  }
  for _, instruction in ipairs(instructions(text)) do
    local word = assert(handle[instruction[1]], "an instruction that the spec does not know: " .. instruction[1])
    word(instruction[2])
  end
  return stages
end

describe("the Dockerfile", function()
  local stages = stages_of(read("Dockerfile"))

  it("has the stages that its users name, and ends with the image", function()
    for _, name in ipairs({ "test", "build", "layer", "image" }) do
      assert(stages[name], name)
    end
    assert.equal("image", stages.last)
    assert.equal("public.ecr.aws/lambda/provided:al2023", stages.image.base)
    assert.equal("debian:12", stages.source.base)
  end)

  it("builds where the cross compiler for arm64 is, on an arm64 machine too", function()
    for name, stage in pairs(stages) do
      if name ~= "last" and #stage.runs > 0 then
        assert(stage.is_amd64, name)
      end
    end
  end)

  it("can be told the commit, which lies outside of its context, and whose lua-cjson to take", function()
    assert.is_true(stages.build.args.LUNAMBDA_COMMIT and stages.build.args.LUNAMBDA_CJSON)
    assert.is_true(stages.test.args.LUNAMBDA_CJSON)
  end)

  it("copies what is there", function()
    for name, stage in pairs(stages) do
      for _, copy in ipairs(name ~= "last" and stage.copied or {}) do
        -- From a stage only what layer/image-files was told to make.
        local made = copy.from and table.concat(stages[copy.from].runs, " "):find(copy.path:gsub("/$", ""), 1, true)
        assert(made or (not copy.from and lfs.attributes(copy.path)), copy.path)
      end
    end
  end)

  local verbs = {} -- of ./dev, as its case names them
  for line in read("dev"):match("\ncase %$verb in\n(.-)\nesac"):gmatch("[^\n]+") do
    for verb in (line:match("^  ([%l| -]+)%)") or ""):gmatch("[%l-]+") do
      verbs[verb] = true
    end
  end

  for name, stage in pairs(stages) do
    for _, command in ipairs(name ~= "last" and stage.runs or {}) do
      local program, verb = command:match("^(%S+) (%S+)")
      it(("has a script behind RUN %s %s"):format(program, verb), function()
        assert.matches("x", lfs.attributes(program, "permissions"))
        assert(program ~= "./dev" or verbs[verb], "./dev has no verb " .. verb)
      end)
    end
  end

  it("leaves what was built elsewhere out of its context", function()
    local ignored = "\n" .. read(".dockerignore")
    assert.matches("\nbuild\n", ignored, 1, true)
    assert.matches("\n.git\n", ignored, 1, true)
  end)

  for what, text in pairs({
    ["a stage that is not there"] = "FROM debian:12 AS a\nCOPY --from=b /x /y\n",
    ["a stage of its own"] = "FROM debian:12 AS a\nCOPY --from=a /x /y\n",
    ["an ARG that is not declared in the stage"] = "FROM debian:12 AS a\nARG ROCKS\nFROM a AS b\nRUN echo $ROCKS\n",
    ["a name given twice"] = "FROM debian:12 AS a\nFROM debian:12 AS a\n",
    ["a typing error"] = "FORM debian:12 AS a\n",
  }) do
    it("would be refused with " .. what, function()
      assert.has_error(function()
        stages_of(text)
      end)
    end)
  end
end)

--- A checkout with the script under test, where ./dev and what it built are stand-ins.
local function checkout(script)
  local here = scratch.new()
  here:write("checkout/layer/" .. script, read("layer/" .. script))
  here:write("checkout/dev",
    '#!/bin/sh\necho "dev $*" >>"$CALLS"\nmkdir -p "$3/lib/lua/5.4"\n: >"$3/lib/lua/5.4/x.so"\n')
  here:write("checkout/build/sdk/bin/lunambda", '#!/bin/sh\necho "lunambda $*" >>"$CALLS"\nexit "${UNFIT:-0}"\n')
  assert(os.execute(("cd '%s/checkout' && chmod +x dev layer/* build/sdk/bin/*"):format(here.path)))
  return here
end

describe("LIBRARIES.txt", function()
  local function libraries(commit)
    local here = scratch.new()
    here:folder("source")
    here:write("script.cmake", ([[
      set(LUNAMBDA_PINNED ON)
      set(LUNAMBDA_CJSON debian)
      set(PROJECT_VERSION 1.2.3)
      set(PROJECT_SOURCE_DIR "%s/source")
      set(PROJECT_BINARY_DIR "%s")
      include("%s/cmake/pinned/sources.cmake")
      include("%s/cmake/LunambdaLibraries.cmake")
    ]]):format(here.path, here.path, lfs.currentdir(), lfs.currentdir()))
    local ok = os.execute(("LUNAMBDA_COMMIT='%s' cmake -P '%s/script.cmake' >'%s/said' 2>&1")
      :format(commit, here.path, here.path))
    local text, said = here:read("LIBRARIES.txt"), here:read("said")
    here:remove()
    return ok and text, said
  end

  it("names the commit that the environment tells, where there is no repository", function()
    assert.matches("^lunambda 1%.2%.3, licence MIT, from commit 0f1e2d3c\n", libraries("0f1e2d3c"))
    assert.matches("^lunambda 1%.2%.3, licence MIT, from commit unknown\n", libraries(""))
  end)

  it("takes no commit that would be code", function()
    local text, said = libraries('";x')
    assert.is_falsy(text)
    assert.matches("it must be the name of a commit", said:gsub("%s+", " "), 1, true)
  end)
end)

describe("layer/image-files", function()
  local function furnish()
    local here = checkout("image-files")
    for _, architecture in ipairs({ "x86_64", "arm64" }) do
      here:write("stage/bootstrap", architecture)
      here:write("stage/lib/lua/5.4/lambda/curl.so", architecture)
      here:write("stage/LIBRARIES.txt", "Lua")
      assert(os.execute(("cd '%s/stage' && cmake -E tar cf ../zip-%s --format=zip ."):format(here.path, architecture)))
      here:write(("checkout/build/layer/lunambda-layer-%s.zip"):format(architecture), here:read("zip-" .. architecture))
    end
    return here
  end

  for platform, architecture in pairs({ amd64 = "x86_64", arm64 = "arm64" }) do
    it("lays out the image for " .. platform, function()
      local here <close> = furnish()
      local seen = stand_ins.run(here, ("checkout/layer/image-files %s '%s/files' '%s/zips'")
        :format(platform, here.path, here.path))
      assert.equal(0, seen.status, seen.stderr)
      assert.equal(architecture, here:read("files/var/runtime/bootstrap"))
      assert.equal(architecture, here:read("files/opt/lib/lua/5.4/lambda/curl.so"))
      assert.equal("Lua", here:read("files/opt/LIBRARIES.txt"))
      assert.is_nil(here:read("files/opt/bootstrap"))
      assert.is_string(here:read("zips/lunambda-layer-x86_64.zip"))
      assert.is_string(here:read("zips/lunambda-layer-arm64.zip"))
      assert.equal("", seen.calls)
    end)
  end

  it("adds rocks to the image, and makes a layer of them", function()
    local here <close> = furnish()
    local seen = stand_ins.run(here,
      ("checkout/layer/image-files arm64 '%s/files' '%s/zips' lpeg lua-zlib@1.2-2"):format(here.path, here.path))
    assert.equal(0, seen.status, seen.stderr)
    assert.equal(("dev rocks arm64 %s/files/rocks lpeg lua-zlib@1.2-2\nlunambda pack %s/files/rocks --arch arm64 -o "
      .. "%s/zips/lunambda-rocks-arm64.zip\n"):format(here.path, here.path, here.path), seen.calls)
    assert.equal("", here:read("files/opt/lib/lua/5.4/x.so"))
    assert.is_nil(lfs.attributes(here.path .. "/files/rocks"))
  end)

  it("refuses another platform", function()
    local here <close> = furnish()
    local seen = stand_ins.run(here, "checkout/layer/image-files riscv64 files zips")
    assert.equal(2, seen.status)
    assert.matches("platform 'riscv64' is neither amd64 nor arm64", seen.stderr, 1, true)
  end)
end)

describe("layer/rocks", function()
  local function rocks(arguments, scripts, env)
    local here <close> = checkout("rocks")
    local all = { cmake = 'echo "cmake $*" >>"$CALLS"', luarocks = 'echo "luarocks $*" >>"$CALLS"' }
    for name, script in pairs(scripts or {}) do
      all[name] = script
    end
    stand_ins.write(here, all)
    local seen = stand_ins.run(here, (env or "") .. " checkout/layer/rocks " .. arguments)
    seen.sdk = here.path .. "/checkout/build/sdk"
    return seen
  end

  for architecture, compiler in pairs({ x86_64 = "x86_64-linux-gnu-gcc", arm64 = "aarch64-linux-gnu-gcc" }) do
    it("compiles for " .. architecture .. " with the SDK's headers, and has the outcome checked", function()
      local seen = rocks(architecture .. " tree lpeg lua-zlib@1.2-2")
      assert.equal(0, seen.status, seen.stderr)
      local tail = ("CC=%s LD=%s LUA_INCDIR=%s/include/lunambda"):format(compiler, compiler, seen.sdk)
      assert.equal(("cmake --install %s/../release --prefix %s\n"):format(seen.sdk, seen.sdk):gsub("sdk/%.%./", "")
        .. "luarocks --lua-version 5.4 --tree tree install lpeg " .. tail .. "\n"
        .. "luarocks --lua-version 5.4 --tree tree install lua-zlib 1.2-2 " .. tail .. "\n"
        .. "lunambda pack tree --arch " .. architecture .. " --noop -o tree.zip\n", seen.calls)
    end)
  end

  it("fails where a rock does not install, or Lambda would not load it", function()
    local seen = rocks("arm64 tree lpeg penlight", { luarocks = 'echo "luarocks $*" >>"$CALLS"; exit 1' })
    assert.equal(1, seen.status)
    assert.is_nil(seen.calls:find("penlight", 1, true))
    assert.is_nil(seen.calls:find("lunambda pack", 1, true))
    seen = rocks("arm64 tree lpeg", nil, "UNFIT=1")
    assert.equal(1, seen.status)
    assert.matches("lunambda pack", seen.calls, 1, true)
  end)

  it("refuses what it does not know", function()
    assert.matches("'mips' is neither x86_64 nor arm64", rocks("mips tree lpeg").stderr, 1, true)
    assert.matches("usage: ./dev rocks x86_64|arm64 DIR ROCK", rocks("arm64 tree").stderr, 1, true)
  end)
end)
