--- Every code block of the README, of docs/ and of the examples does what the page says.
local lfs = require("lfs")
local literate = require("literate")
local scratch = require("scratch")

local checkout = lfs.currentdir()
local bin = assert(os.getenv("LUNAMBDA_BIN"), "LUNAMBDA_BIN must name the folder of the built programs")
if bin:sub(1, 1) ~= "/" then
  bin = checkout .. "/" .. bin
end
local env = {
  sh = ("PATH='%s':\"$PATH\""):format(bin),
  lua = ("LUA_PATH_5_4='%s/lua-lib/?.lua;%s/lua-lib/?/init.lua;;'"):format(checkout, checkout),
}

local function pages()
  local list = { "README.md" }
  for name in lfs.dir("docs") do
    list[#list + 1] = name:find("%.md$") and "docs/" .. name or nil
  end
  for _, folder in ipairs({ "examples", "examples/deploy" }) do
    for name in lfs.dir(folder) do
      local path = folder .. "/" .. name .. "/README.md"
      list[#list + 1] = not name:find("^%.") and lfs.attributes(path) and path or nil
    end
  end
  table.sort(list)
  return list
end

local function read(path)
  local file = assert(io.open(path))
  local text = file:read("a")
  file:close()
  return text
end

for _, page in ipairs(pages()) do
  describe(page, function()
    randomize(false) -- a page is read from the top
    local here
    setup(function()
      here = scratch.new()
      literate.furnish(here.path, checkout, bin)
    end)
    teardown(function()
      getmetatable(here).__close(here)
    end)

    for _, block in ipairs(literate.blocks(read(page))) do
      local reason = block.note:match("^not run: (.+)$")
      local name = ("line %d, %s %s"):format(block.line, block.language, block.note)
      if reason then
        pending(name .. ": " .. reason)
      else
        it(name, function()
          literate.execute(block, here.path, env)
        end)
      end
    end
  end)
end

describe("the pages", function()
  it("have code to execute", function()
    local count = 0
    for _, page in ipairs(pages()) do
      count = count + #literate.blocks(read(page))
    end
    assert.is_true(count >= 6)
  end)
end)
