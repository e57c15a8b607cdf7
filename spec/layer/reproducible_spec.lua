--- The same sources give the same layer, byte for byte, in another folder. In ./dev prove (LUNAMBDA_REBUILD_PINNED) the
--- libraries are compiled anew as well.
local layer = require("layer")
local lfs = require("lfs")
local scratch = require("scratch")

local function read(path)
  local file <close> = assert(io.open(path, "rb"))
  return file:read("a")
end

describe("the layer", function()
  it("is the same when it is built in another folder", function()
    local here <close> = scratch.new()
    local copy, zips = here:folder("another/place/of/another/length"), here:folder("zips")
    assert(os.execute(("tar -c --exclude=./build --exclude=./.git . | tar -x -C '%s'"):format(copy)))
    local pinned = lfs.currentdir() .. "/build"
    if os.getenv("LUNAMBDA_REBUILD_PINNED") then
      assert(os.execute(("cp -r '%s/sources' '%s'"):format(pinned, here:folder("pinned"))))
      pinned = here.path .. "/pinned"
    end
    local original = read(layer.zip())
    local commit = read(layer.build() .. "/LIBRARIES.txt"):match("from commit (%S+)")
    -- Nothing may come out of a compiler's cache.
    layer.output_of(("cd '%s' && export CCACHE_DISABLE=1 CMAKE_C_COMPILER_LAUNCHER= && "
      .. "cmake --preset release -DLUNAMBDA_PINNED_DIR='%s' -DLUNAMBDA_COMMIT=%s -DLUNAMBDA_LAYER_DIR='%s' && "
      .. "cmake --build --preset release --target layer"):format(copy, pinned, commit, zips))
    local again = read(zips .. "/" .. layer.zip():match("[^/]+$"))
    assert.is_true(original == again, "the zips differ")
  end)
end)
