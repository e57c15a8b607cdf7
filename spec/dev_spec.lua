--- ./dev among stand-ins for the programs that it calls: what it installs, says and runs.
local scratch = require("scratch")

local TOOLS = { "sh", "dirname", "mkdir", "cat", "grep", "env", "sed" }

local function read(path)
  local file = io.open(path, "rb")
  local text = file and file:read("a") or ""
  if file then
    file:close()
  end
  return text
end

--- Stand-ins by name: the text of a shell script each.
local function stand_ins(missing)
  return {
    ["dpkg-query"] = ("for last; do :; done\ncase ' %s ' in *\" $last \"*) exit 1;; esac\necho installed")
      :format(table.concat(missing, " ")),
    ["apt-get"] = "echo \"apt-get $*\" >>\"$CALLS\"",
    id = "echo 0",
    cmake = "echo \"cmake $*\" >>\"$CALLS\"\nfor preset in dev release; do mkdir -p build/$preset/bin\n"
      .. "printf '#!/bin/sh\\necho \"'$preset' $PWD $*\"\\n' >build/$preset/bin/lunambda\n"
      .. "/bin/chmod +x build/$preset/bin/lunambda; done",
  }
end

local function write_programs(here, folder, scripts)
  for name, script in pairs(scripts) do
    os.execute(("chmod +x '%s'"):format(here:write(folder .. name, "#!/bin/sh\n" .. script .. "\n")))
  end
end

local DEFAULTS = { missing = {}, scripts = {}, files = {}, folder = "sub", env = "TZ" }

--- Runs ./dev with these arguments. options.missing: packages that are not installed; options.scripts: stand-ins to
--- replace (false: that program is not there); options.files: more of the checkout; options.folder: where;
--- options.env: what is set there.
local function dev(arguments, options)
  options = setmetatable(options or {}, { __index = DEFAULTS })
  local here <close> = scratch.new()
  local scripts = stand_ins(options.missing)
  for name, script in pairs(options.scripts) do
    scripts[name] = script or nil
  end
  write_programs(here, "bin/", scripts)
  for _, tool in ipairs(TOOLS) do
    os.execute(("ln -s \"$(command -v %s)\" '%s/bin/%s'"):format(tool, here.path, tool))
  end
  write_programs(here, "checkout/", options.files)
  here:write("checkout/dev", read("dev"))
  here:folder(options.folder)
  local ok, _, status = os.execute(([[unset LUNAMBDA_BIN LUNAMBDA_SANITIZE CI; export %s
    cd '%s/%s' && CALLS='%s/calls' PATH='%s/bin' sh '%s/checkout/dev' %s >'%s/stdout' 2>'%s/stderr']])
    :format(options.env, here.path, options.folder, here.path, here.path, here.path, arguments,
      here.path, here.path))
  return {
    status = ok and 0 or status,
    stdout = here:read("stdout"),
    stderr = here:read("stderr"),
    calls = here:read("calls") or "",
    path = here.path,
  }
end

describe("./dev", function()
  it("installs nothing, and says nothing, when all is there", function()
    local seen = dev("invoke app.handler '{}'")
    assert.equal(0, seen.status)
    assert.equal("", seen.stderr)
    assert.is_nil(seen.calls:find("apt-get", 1, true))
  end)

  it("runs the tool in the caller's folder, with its arguments", function()
    local seen = dev("invoke app.handler '{\"a\": 1}'")
    assert.equal("dev " .. seen.path .. "/sub invoke app.handler {\"a\": 1}\n", seen.stdout)
  end)

  it("packs with the release, whose bootstrap is fit for Lambda", function()
    local seen = dev("pack app -o 'a b.zip' --single")
    assert.equal("release " .. seen.path .. "/sub pack app -o a b.zip --single\n", seen.stdout)
  end)

  it("says what it installs, and installs only that", function()
    local seen = dev("invoke app.handler", { missing = { "libmicrohttpd-dev", "lua-busted" } })
    assert.equal(0, seen.status)
    assert.equal("./dev: installing libmicrohttpd-dev \n", seen.stderr)
    assert.matches("apt%-get %-qq install %-y %-%-no%-install%-recommends libmicrohttpd%-dev\n", seen.calls)
  end)

  it("uses sudo when it is not root", function()
    local seen = dev("check app.handler", {
      missing = { "cmake" }, scripts = { id = "echo 1000", sudo = "echo \"sudo $*\" >>\"$CALLS\"" },
    })
    assert.matches("sudo env DEBIAN_FRONTEND=noninteractive apt%-get %-qq install", seen.calls)
  end)

  it("names the packages where there is neither root nor sudo", function()
    local seen = dev("check app.handler", { missing = { "cmake" }, scripts = { id = "echo 1000" } })
    assert.equal(1, seen.status)
    assert.equal("./dev: not root, and no sudo; please install: cmake \n", seen.stderr)
  end)

  it("names the packages where there is no apt-get", function()
    local seen = dev("invoke app.handler", { missing = { "ninja-build", "gcc" }, scripts = { ["apt-get"] = false } })
    assert.equal(1, seen.status)
    assert.equal("./dev: this system has no apt-get; please install what Debian calls: gcc ninja-build \n",
      seen.stderr)
  end)

  it("names them, where there is no dpkg either, when the build fails", function()
    local seen = dev("invoke app.handler", { scripts = {
      ["apt-get"] = false, ["dpkg-query"] = false, cmake = "echo 'no package lua5.4'; exit 1",
    } })
    assert.equal(1, seen.status)
    assert.matches("no package lua5.4\n.*it needs what Debian calls: gcc .*libmicrohttpd%-dev", seen.stderr)
  end)

  it("shows what the compiler said when the build fails", function()
    local seen = dev("invoke app.handler", { scripts = { cmake = "echo 'loop.c:1: error'; exit 1" } })
    assert.equal(1, seen.status)
    assert.equal("", seen.stdout)
    assert.matches("loop.c:1: error", seen.stderr, 1, true)
  end)

  it("shows what apt-get said when it cannot install", function()
    local seen = dev("invoke app.handler", {
      missing = { "cmake" }, scripts = { ["apt-get"] = "echo 'E: no network'; exit 100" },
    })
    assert.equal(1, seen.status)
    assert.matches("E: no network\n%./dev: apt%-get could not install: cmake", seen.stderr)
  end)

  it("installs rocks for the caller's folder when it has built the release", function()
    local seen = dev("rocks arm64 tree lpeg", {
      missing = { "lua5.4", "luarocks" }, files = { ["layer/rocks"] = "echo \"$PWD $*\"" },
    })
    assert.equal(seen.path .. "/sub arm64 tree lpeg\n", seen.stdout)
    assert.equal("./dev: installing lua5.4 luarocks \n", seen.stderr)
    assert.matches("cmake --build --preset release\n", seen.calls, 1, true)
  end)

  it("installs what fetches OpenResty's lua-cjson where that is asked for", function()
    local missing = { "git", "ca-certificates" }
    local seen = dev("release", { missing = missing, env = "LUNAMBDA_CJSON=openresty" })
    assert.equal("./dev: installing git ca-certificates \n", seen.stderr)
    assert.equal("", dev("release", { missing = missing }).stderr)
  end)

  it("makes the layers of both architectures", function()
    local seen = dev("layer", { scripts = {
      ls = "echo \"$*\"", cmake = "echo \"cmake $*\" >>\"$CALLS\"; mkdir -p build/layer; : >build/layer/one.zip",
    } })
    assert.equal("build/layer/one.zip\n", seen.stdout, seen.stderr)
    for _, preset in ipairs({ "release", "release-arm64" }) do
      assert.matches(("cmake --preset %s -DBUILD_TESTING=OFF\n"):format(preset), seen.calls, 1, true)
      assert.matches(("cmake --build --preset %s --target all layer\n"):format(preset), seen.calls, 1, true)
    end
  end)

  it("does it in a container, with the checkout mounted, and what is set for the tests", function()
    for folder, inside in pairs({ sub = "/lunambda", ["checkout/examples/echo"] = "/lunambda/examples/echo" }) do
      local seen = dev("container test 'a b'", {
        folder = folder, env = "LUNAMBDA_SOAK_EVENTS=7 CI=true", missing = { "gcc" },
        scripts = { docker = "printf '[%s]' \"$@\"", cmake = false },
      })
      local checkout = seen.path .. "/checkout"
      assert.equal(0, seen.status, seen.stderr)
      assert.equal("", seen.calls) -- nothing is installed or built outside
      local before, variables, after = seen.stdout:match("^(.-)(%[%-%-env%].*%])(%[debian:.*)$")
      assert.equal("[run][--rm][--interactive][--volume][" .. checkout .. ":/lunambda]"
        .. "[--volume][" .. checkout .. "/build/container:/lunambda/build][--workdir][" .. inside .. "]", before)
      assert.matches("[--env][CI]", variables, 1, true)
      assert.matches("[--env][LUNAMBDA_SOAK_EVENTS]", variables, 1, true)
      assert.equal("[debian:12][/lunambda/dev][test][a b]", after)
    end
  end)

  it("lists its verbs", function()
    assert.matches("invoke HANDLER %[EVENT%]", dev("").stdout)
    local seen = dev("frobnicate")
    assert.equal(2, seen.status)
    assert.matches("no verb 'frobnicate'", seen.stderr, 1, true)
  end)
end)
