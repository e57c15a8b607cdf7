--- AWS_LAMBDA_EXEC_WRAPPER: a program of a layer's between the platform and the runtime.
local bootstrap_process = require("bootstrap_process")
local lfs = require("lfs")
local scratch = require("scratch")

local function executable(here, name, text)
  local path = here:write(name, text)
  assert(os.execute("chmod 755 '" .. path .. "'"))
  return path
end

local function run(wrapper, options)
  options = options or {}
  options.code = options.code or "return os.getenv('FROM_WRAPPER')"
  options.env = { AWS_LAMBDA_EXEC_WRAPPER = wrapper }
  return bootstrap_process.run(options)
end

describe("AWS_LAMBDA_EXEC_WRAPPER", function()
  local here
  before_each(function()
    here = scratch.new()
  end)
  after_each(function()
    getmetatable(here).__close(here)
  end)

  it("is run once, with the runtime and its arguments, and prepares the environment", function()
    local wrapper = executable(here, "wrap", [[
#!/bin/sh
echo "wrapping $# $2"
export FROM_WRAPPER="hello"
exec "$@"
]])
    local seen = run(wrapper, { handler = false, args = { "app.handler" } })
    assert.equal('"hello"', seen[1].body)
    assert.equal("wrapping 2 app.handler\n", seen.stdout)
  end)

  it("stays the same process, and leaves no trace of the guard to the handler", function()
    local wrapper = executable(here, "wrap", '#!/bin/sh\necho $$\nexec "$@"\n')
    local seen = run(wrapper, { code = [[
      print((io.open("/proc/self/stat"):read("n")))
      return os.getenv("LUNAMBDA_WRAPPED")
    ]] })
    local before, now = seen.stdout:match("^(%d+)\n(%d+)\n$")
    assert.equal(before, now)
    assert.equal("null", seen[1].body)
  end)

  for _, closed in ipairs({ "<&-", ">&-", "2>&-", "<&- >&- 2>&-" }) do
    it("is run, and sends the Runtime API nothing but requests, with descriptors closed: " .. closed, function()
      local wrapper = executable(here, "wrap", '#!/bin/sh\necho one\necho two >&2\nFROM_WRAPPER=hello exec "$@"\n')
      local seen = run(wrapper, {
        shell = 'exec "$@" ' .. closed,
        code = "print('printed') io.stderr:write('written\\n') return os.getenv('FROM_WRAPPER')",
        events = { "1", "2" },
      })
      assert.same({ 2, 3, '"hello"', '"hello"' }, { #seen, #seen.nexts, seen[1].body, seen[2].body })
    end)
  end

  local function config_error(seen)
    assert.equal("/2018-06-01/runtime/init/error", seen[1].path)
    assert.equal("Runtime.ConfigInvalid", seen[1].headers["Lambda-Runtime-Function-Error-Type"])
    assert.equal(1, seen.exit)
    return seen[1].document.errorMessage
  end

  it("is an init error when it is not there", function()
    assert.equal("AWS_LAMBDA_EXEC_WRAPPER is '/opt/no-such-wrapper', which cannot be executed: "
      .. "no such file, or no such interpreter in its first line", config_error(run("/opt/no-such-wrapper")))
  end)

  it("is an init error when it is not executable", function()
    local message = config_error(run(here:write("wrap", "#!/bin/sh\n")))
    assert.matches("must be a file with the executable bit", message, 1, true)
  end)

  it("is an init error when it is a folder", function()
    assert.matches("must be a file with the executable bit", config_error(run(lfs.currentdir())), 1, true)
  end)

  it("is an init error when it is a script without an interpreter", function()
    local message = config_error(run(executable(here, "wrap", "exec \"$@\"\n")))
    assert.matches("a script must begin with its interpreter", message, 1, true)
  end)
end)
