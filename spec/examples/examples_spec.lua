--- Every example answers its own event.json.
local bootstrap_process = require("bootstrap_process")
local lfs = require("lfs")
local scratch = require("scratch")

local checkout = lfs.currentdir()

local function read(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read("a")
  file:close()
  return text
end

--- What the package of an example holds: the folder itself, or what its build.sh makes.
local function task_root(root, here)
  if not lfs.attributes(root .. "/build.sh") then
    return root
  end
  local package = here.path .. "/package"
  assert(os.execute(("sh '%s/build.sh' '%s'"):format(root, package)))
  return package
end

for name in lfs.dir("examples") do
  if not name:find("^%.") then
    it(("examples/%s answers its event.json"):format(name), function()
      local here <close> = scratch.new()
      local root = checkout .. "/examples/" .. name
      local seen = bootstrap_process.run({
        root = task_root(root, here), handler = read(root .. "/template.yaml"):match("Handler: (%S+)"),
        events = { read(root .. "/event.json") },
      })
      assert.equal("/2018-06-01/runtime/invocation/req-1/response", seen[1].path, seen[1].body)
    end)
  end
end

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
