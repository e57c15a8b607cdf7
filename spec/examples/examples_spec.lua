--- Every example answers its own event.json.
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

--- The handler that a template names.
local function handler_of(root)
  return read(root .. "/template.yaml"):match("Handler: (%S+)")
end

--- What the package of an example holds: the folder itself, or, where C has to be built, what CMake makes of it.
local function task_root(root, here)
  if not lfs.attributes(root .. "/CMakeLists.txt") then
    return root
  end
  local build = here.path .. "/build"
  assert(sdk.configure(sdk.install(here), root, build))
  local target = handler_of(root):match("^[%w_]+")
  local ok, output = sdk.build(build, target)
  assert(ok, output)
  return build .. "/" .. target
end

for name in lfs.dir("examples") do
  local root = checkout .. "/examples/" .. name
  if not name:find("^%.") and lfs.attributes(root .. "/event.json") then
    it(("examples/%s answers its event.json"):format(name), function()
      local here <close> = scratch.new()
      local seen = bootstrap_process.run({
        root = task_root(root, here), handler = handler_of(root), events = { read(root .. "/event.json") },
      })
      assert.equal("/2018-06-01/runtime/invocation/req-1/response", seen[1].path, seen[1].body)
    end)
  end
end
