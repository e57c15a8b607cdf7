--- Every example answers its own event.json; one that needs more than its folder has a spec of its own.
local bootstrap_process = require("bootstrap_process")
local lfs = require("lfs")
local scratch = require("scratch")
local sdk = require("sdk")

local checkout = lfs.currentdir()

local function read(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read("a")
  file:close()
  return text
end

--- What the package of an example holds: the folder itself, or, where C has to be built, what build.sh or CMake makes.
local function task_root(root, here, handler)
  if lfs.attributes(root .. "/build.sh") then
    local package = here.path .. "/package"
    assert(os.execute(("sh '%s/build.sh' '%s'"):format(root, package)))
    return package
  elseif not lfs.attributes(root .. "/CMakeLists.txt") then
    return root
  end
  local build = here.path .. "/build"
  assert(sdk.configure(sdk.install(here), root, build))
  local target = handler:match("^[%w_]+") -- named so by its author
  local ok, output = sdk.build(build, target)
  assert(ok, output)
  return build .. "/" .. target
end

for name in lfs.dir("examples") do
  local root = checkout .. "/examples/" .. name
  local has_own = lfs.attributes(checkout .. "/spec/examples/" .. name .. "_spec.lua")
  local template = not has_own and lfs.attributes(root .. "/template.yaml") and read(root .. "/template.yaml") or ""
  for handler in template:gmatch("Handler: (%S+)") do
    it(("examples/%s answers its event.json by %s"):format(name, handler), function()
      local here <close> = scratch.new()
      local seen = bootstrap_process.run({
        root = task_root(root, here, handler), handler = handler, events = { read(root .. "/event.json") },
      })
      assert.equal("/2018-06-01/runtime/invocation/req-1/response", seen[1].path, seen[1].body)
    end)
  end
end

describe("examples/echo", function()
  it("loses nothing under any of its conventions", function()
    local root = checkout .. "/examples/echo"
    local bytes = "\0\xff{" .. ("x"):rep(200000)
    for _, handler in ipairs({ "echo.bytes", "copy.lua" }) do
      local seen = bootstrap_process.run({ root = root, handler = handler, events = { { body = bytes } } })
      assert.equal(bytes, seen[1].body)
    end
  end)
end)

describe("examples/bytecode", function()
  it("runs as bytecode, with and without its lines", function()
    local chunk = assert(loadfile(checkout .. "/examples/bytecode/greet.lua"))
    for _, stripped in ipairs({ false, true }) do
      local seen = bootstrap_process.run({ files = { ["greet.luac"] = string.dump(chunk, stripped) },
                                           handler = "greet.handler", events = { '{"name":"Grace"}' } })
      assert.equal('{"message":"Hello, Grace!"}', seen[1].body)
    end
  end)
end)

describe("examples/native-library", function()
  it("reads the credentials from the environment at each use", function()
    local here <close> = scratch.new()
    local root = checkout .. "/examples/native-library"
    local package = task_root(root, here)
    here:write("twice.c", [[
      #include "courier.h"
      #include <stdio.h>
      #include <stdlib.h>
      int main(void)
      {
          char text[100] = "";
          struct courier *courier = courier_open("s3");
          setenv("AWS_REGION", "eu-central-1", 1);
          setenv("AWS_ACCESS_KEY_ID", "FIRST", 1);
          (void)courier_scope(courier, "20261120", text, sizeof text);
          puts(text);
          setenv("AWS_ACCESS_KEY_ID", "SECOND", 1);
          (void)courier_scope(courier, "20261120", text, sizeof text);
          puts(text);
          unsetenv("AWS_ACCESS_KEY_ID");
          puts(courier_scope(courier, "20261120", text, sizeof text));
          courier_close(courier);
      } ]])
    assert(os.execute(("cd '%s' && cc -I'%s' -o twice twice.c -L'%s' -lcourier -Wl,-rpath,'%s' && ./twice >out")
      :format(here.path, root, package, package)))
    assert.equal("FIRST/20261120/eu-central-1/s3/aws4_request\nSECOND/20261120/eu-central-1/s3/aws4_request\n"
      .. "there are no credentials: AWS_ACCESS_KEY_ID is not set\n", here:read("out"))
  end)
end)
