local tool = require("lunambda_tool")

--- Expects exit status 2, nothing on stdout, and this one line on stderr.
local function refuses(message, args, call)
  call = call or {}
  call.args = args
  local result = tool.run(call)
  assert.equal("lunambda: " .. message:gsub("@DIR", (result.dir:gsub("%%", "%%%%"))) .. "\n", result.err)
  assert.equal("", result.out)
  assert.equal(2, result.status)
end

describe("lunambda", function()
  it("tells its version and its usage", function()
    local version = tool.run({ args = { "--version" } })
    assert.truthy(version.out:find("^lunambda %d+%.%d+%.%d+\n$"))
    assert.equal(0, version.status)
    for _, args in ipairs({ { "--help" }, { "invoke", "--help" }, { "check", "a.b", "-h" } }) do
      local help = tool.run({ args = args })
      assert.truthy(help.out:find("lunambda invoke HANDLER [EVENT]", 1, true))
      assert.equal(0, help.status)
    end
  end)

  it("refuses no command, and unknown ones", function()
    refuses("no command: lunambda invoke HANDLER [EVENT], or lunambda --help", {})
    refuses("unknown command 'deploy': there are invoke, check and pack; lunambda --help tells more", { "deploy" })
  end)

  it("refuses a missing HANDLER", function()
    refuses("no HANDLER: lunambda invoke examples/hello/hello.handler", { "invoke" })
    refuses("no HANDLER: lunambda check examples/hello/hello.handler", { "check" })
    refuses("HANDLER is empty: it takes file.function, such as examples/hello/hello.handler", { "invoke",
      "" })
  end)

  it("refuses unknown options, and options without their value", function()
    refuses("unknown option '--frobnicate': lunambda --help lists them", { "invoke", "a.b",
      "--frobnicate=1" })
    refuses("--timeout needs a value: --timeout SECONDS", { "invoke", "a.b", "--timeout" })
    refuses("-e needs a value: -e FILE", { "invoke", "a.b", "-e" })
  end)

  it("refuses bad numbers", function()
    refuses("--count takes a whole number from 1 to 1000000000, got '0'", { "invoke", "a.b", "--count", "0" })
    refuses("--memory takes a whole number from 128 to 10240, got 'lots'", { "invoke", "a.b",
      "--memory=lots" })
    refuses("--timeout takes seconds from 0.001 to 900, such as 3 or 0.5, got '-1'",
      { "invoke", "a.b", "--timeout", "-1" })
  end)

  it("refuses more than one event", function()
    refuses("more than one EVENT ('{a:', '1}'): quote the JSON as one argument, or use -e FILE",
      { "invoke", "a.b", "{a:", "1}" })
    refuses("two events: EVENT '{}' and -e f.json; give one of them", { "invoke", "a.b", "{}", "-e",
      "f.json" })
    refuses("-e is given twice (a, b): one event a call, --count repeats it", { "invoke", "x.y", "-e", "a",
      "-e", "b" })
    refuses("to read the event from standard input, write -e -", { "invoke", "a.b", "-" })
  end)

  it("says -e to one who names a file as the event", function()
    refuses("EVENT 'event.json' is a file: to send what it holds, write -e event.json",
      { "invoke", "a.b", "event.json" }, { files = { ["event.json"] = "{}" } })
  end)

  it("refuses files that cannot be read", function()
    refuses("cannot read the event from none.json: No such file or directory", { "invoke", "a.b", "-e",
      "none.json" })
    refuses("cannot read the event from .: Is a directory", { "invoke", "a.b", "-e", "." })
  end)

  it("refuses an event above 6 MiB", function()
    local large = ("x"):rep(6 * 1024 * 1024 + 1)
    refuses("the event in big.json has more than 6291456 bytes (6 MiB), which is all that Lambda takes",
      { "invoke", "a.b", "-e", "big.json" }, { files = { ["big.json"] = large } })
    refuses("the event in standard input has more than 6291456 bytes (6 MiB), which is all that Lambda takes",
      { "invoke", "a.b", "-e", "-" }, { stdin = large })
  end)

  it("refuses reserved and malformed variables, and says what to do instead", function()
    refuses("--env takes NAME=VALUE, got 'NAME'", { "invoke", "a.b", "--env", "NAME" })
    refuses("--env takes NAME=VALUE, got '=x'", { "invoke", "a.b", "--env", "=x" })
    refuses("--env AWS_LAMBDA_FUNCTION_MEMORY_SIZE is refused: Lambda reserves this name (use --memory)",
      { "invoke", "a.b", "--env", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE=512" })
    refuses("--env AWS_REGION is refused: Lambda reserves this name " ..
      "(set it in your shell: lunambda passes it on)",
      { "check", "a.b", "--env", "AWS_REGION=eu-west-1" })
    refuses("--env _MINE is refused: Lambda drops names that begin with '_'", { "invoke", "a.b", "--env",
      "_MINE=1" })
  end)

  it("refuses a client context or trace that is no header", function()
    refuses("--client-context has a line break or control character: it travels in a header, " ..
      "so write the JSON on one line", { "invoke", "a.b", "--client-context", '{\n"a":1}' })
    refuses("--client-context is empty: it takes JSON, such as '{}'", { "invoke", "a.b", "--client-context",
      "" })
    refuses("--trace takes one line of at most 3583 bytes, such as " ..
      "'Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1'", { "invoke", "a.b", "--trace", "a\r\nX: y" })
  end)

  it("refuses a task root that is none", function()
    refuses("the task root nowhere cannot be used: No such file or directory",
      { "invoke", "a.b", "--root", "nowhere" })
    refuses("the task root /nowhere/ cannot be used: No such file or directory", { "check", "/nowhere/a.b" })
    refuses("the task root f is not a folder", { "check", "a.b", "--root", "f" }, { files = { f = "" } })
    refuses("HANDLER /usr/a.b is not below --root @DIR", { "check", "/usr/a.b", "--root", "." })
  end)

  it("looks for bootstrap beside itself, then in PATH, and says so", function()
    local prepare = "mkdir -p alone runtime && cp " .. tool.quote(tool.lunambda()) .. " alone/ && cp " ..
      tool.quote((tool.lunambda():gsub("lunambda$", "bootstrap"))) .. " runtime/"
    refuses("no bootstrap (the runtime) found: neither beside lunambda in @DIR/alone nor in PATH " ..
      "(/nowhere:/bin/nothing); build it with ./dev, or copy it there",
      { "invoke", "a.b" }, { binary = "@DIR/alone/lunambda", prepare = prepare,
        env = { PATH = "/nowhere:/bin/nothing" } })
    local result = tool.run({ -- relative in PATH, and found all the same from another task root
      binary = "@DIR/alone/lunambda", args = { "invoke", "a.handler", "5", "--root", "app" },
      files = { ["app/a.lua"] = "return { handler = function(event) return event end }" },
      prepare = prepare, env = { PATH = "/nowhere:runtime" } })
    assert.equal("5\n", result.out)
  end)

  it("says why a bootstrap does not start", function()
    local result = tool.run({ binary = "@DIR/alone/lunambda", args = { "invoke", "a.b" },
      prepare = "mkdir alone && cp " .. tool.quote(tool.lunambda()) ..
        " alone/ && printf 'no program' >alone/bootstrap && chmod +x alone/bootstrap" })
    assert.truthy(result.err:find("^lunambda: cannot start .*/alone/bootstrap in .*: Exec format error\n$"))
    assert.equal(2, result.status)
  end)
end)
