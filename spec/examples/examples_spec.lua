--- Every example answers its own event.json; one that needs more than its folder has a spec of its own.
local bootstrap_process = require("bootstrap_process")
local lfs = require("lfs")

local checkout = lfs.currentdir()

local function read(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read("a")
  file:close()
  return text
end

for name in lfs.dir("examples") do
  if not name:find("^%.") and not lfs.attributes(checkout .. "/spec/examples/" .. name .. "_spec.lua") then
    it(("examples/%s answers its event.json"):format(name), function()
      local root = checkout .. "/examples/" .. name
      local seen = bootstrap_process.run({
        root = root, handler = read(root .. "/template.yaml"):match("Handler: (%S+)"),
        events = { read(root .. "/event.json") },
      })
      assert.equal("/2018-06-01/runtime/invocation/req-1/response", seen[1].path, seen[1].body)
    end)
  end
end
