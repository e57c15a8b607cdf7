--- SnapStart: the hooks around the snapshot, and what a restored sandbox must do anew.
local bootstrap_process = require("bootstrap_process")

local HOOKED = [[
local lambda = require("lambda")
lambda.before_snapshot(function() print("before, registered first") end)
lambda.before_snapshot(function() print("before, registered last") end)
lambda.after_restore(function() print("after, registered first") end)
lambda.after_restore(function() print("after, registered last") end)
return { handler = function(event) return event end }
]]

local function run(options)
  options.env = { AWS_LAMBDA_INITIALIZATION_TYPE = "snap-start", AWS_LAMBDA_LOG_GROUP_NAME = false,
                  AWS_LAMBDA_LOG_STREAM_NAME = false }
  options.plan = options.plan or { "restore 200" }
  return bootstrap_process.run(options)
end

describe("SnapStart", function()
  it("calls the hooks in their order around /restore/next, then asks for events", function()
    local seen = run({ source = HOOKED, events = { "1" } })
    assert.equal("before, registered last\nbefore, registered first\n"
      .. "after, registered first\nafter, registered last\n", seen.stdout)
    local restore = seen.requests[1]
    assert.equal("GET /2018-06-01/runtime/restore/next", restore.method .. " " .. restore.path)
    assert.equal(#"before, registered last\nbefore, registered first\n", restore.stdout_bytes)
    assert.equal("/2018-06-01/runtime/invocation/next", seen.requests[2].path)
    assert.equal("1", seen[1].body)
  end)

  it("drops the connection of the sandbox that was", function()
    local seen = run({ source = HOOKED, events = { "1" } })
    assert.not_equal(seen.requests[1].connection, seen.requests[2].connection)
    assert.equal(2, seen.connections)
  end)

  it("drops the connection of the shutdown extension, too, which waits on a new one by its old name", function()
    local seen = run({ source = [[
      local lambda = require("lambda")
      lambda.on_shutdown(function() print("bye") end)
      local port = ("%04X"):format(os.getenv("AWS_LAMBDA_RUNTIME_API"):match("%d+$"))
      local function connections()
        local _, count = io.open("/proc/net/tcp"):read("a"):gsub("%x+:%x+ %x+:" .. port .. " 01 ", "")
        return count
      end
      return { handler = function(event)
        for _ = 1, 100000 do
          if connections() == 2 then return event end -- ours, and the extension's, whose thread takes its time
        end
        error("the extension is not connected")
      end }
    ]], events = { "1", { term = true } } })
    for _, request in ipairs(seen.requests) do
      if request.path == "/2020-01-01/extension/event/next" then
        assert.equal("extension-1", request.headers["Lambda-Extension-Identifier"])
      end
    end
    assert.same({ 4, "bye\n", "", 0 }, { seen.connections, seen.stdout, seen.stderr, seen.exit })
  end)

  it("seeds math.random anew, even one that a handler had seeded", function()
    local source = [[
      math.randomseed(42)
      return { handler = function() return math.random(0) end }
    ]]
    local cloned = run({ source = source, events = { "1" }, plan = { "restore 404" } })
    local restored = run({ source = source, events = { "1" } })
    local again = run({ source = source, events = { "1" } })
    assert.not_equal(cloned[1].body, restored[1].body)
    assert.not_equal(restored[1].body, again[1].body)
  end)

  it("goes on where the platform knows no /restore/next, and reopens what was closed", function()
    local seen = run({ source = HOOKED, events = { "1" }, plan = { "restore 404" } })
    assert.equal("1", seen[1].body)
    assert.matches("after, registered last\n$", seen.stdout)
  end)

  it("posts an error before the snapshot to /init/error and ends with 64", function()
    local seen = run({ source = [[
      require("lambda").before_snapshot(function() error("cannot close") end)
      return { handler = function() end }
    ]] })
    assert.equal("/2018-06-01/runtime/init/error", seen[1].path)
    assert.equal("Runtime.BeforeSnapshotError", seen[1].headers["Lambda-Runtime-Function-Error-Type"])
    assert.equal("Runtime.BeforeSnapshotError", seen[1].document.errorType)
    assert.matches("app.lua:1: cannot close", seen[1].document.errorMessage, 1, true)
    assert.matches("app.lua:1", seen[1].document.stackTrace[2], 1, true)
    assert.equal(64, seen.exit)
    assert.equal(0, #seen.nexts)
  end)

  it("posts an error after the restoration to /restore/error and ends with 65", function()
    local seen = run({ source = [[
      require("lambda").after_restore(function() error("cannot open") end)
      return { handler = function() end }
    ]] })
    assert.equal("/2018-06-01/runtime/restore/error", seen[1].path)
    assert.equal("Runtime.AfterRestoreError", seen[1].headers["Lambda-Runtime-Function-Error-Type"])
    assert.matches("cannot open", seen[1].document.errorMessage, 1, true)
    assert.matches("After Restore Error", seen.stderr, 1, true)
    assert.equal(65, seen.exit)
  end)

  it("ends when the restoration is refused, with the reason", function()
    local seen = run({ source = HOOKED, plan = { "restore 500" } })
    assert.equal(1, seen.exit)
    assert.matches("asking the Runtime API for the restoration: HTTP status 500", seen.stderr, 1, true)
    assert.not_matches("after, registered", seen.stdout, 1, true)
  end)

  it("is not entered where the platform does not say so", function()
    local seen = bootstrap_process.run({ source = HOOKED, events = { "1" } })
    assert.equal("", seen.stdout)
    assert.equal("/2018-06-01/runtime/invocation/next", seen.requests[1].path)
  end)
end)
