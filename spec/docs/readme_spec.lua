--- What the pages say of the tree is so: links lead somewhere, the README leads to every page.
local lfs = require("lfs")
local pages = require("pages")

describe("the README", function()
  it("leads to every page of docs/", function()
    local linked = {}
    for target in pages.links(pages.read("README.md")) do
      linked[pages.resolve("README.md", target) or ""] = true
    end
    for name in lfs.dir("docs") do
      if name:find("%.md$") then
        assert.is_true(linked["docs/" .. name], "README.md has no link to docs/" .. name)
      end
    end
  end)

  it("names a licence that is there", function()
    assert.matches("MIT, see [LICENSE](LICENSE).", pages.read("README.md"), 1, true)
    assert.matches("^MIT License\n.*Permission is hereby granted, free of charge", pages.read("LICENSE"))
  end)
end)

describe("the tree", function()
  it("has its folders", function()
    for _, folder in ipairs({ "runtime", "lua-lib/lambda", "local", "layer", "examples", "spec", "bench", "docs" }) do
      assert.equal("directory", lfs.attributes(folder, "mode"), folder)
    end
  end)
end)

describe("the links", function()
  for _, page in ipairs(pages.all()) do
    it("of " .. page .. " lead somewhere", function()
      for target in pages.links(pages.read(page)) do
        local path, heading = pages.resolve(page, target)
        assert.is_truthy(not path or lfs.attributes(path), page .. ": there is no " .. target)
        assert.is_truthy(not heading or pages.headings(pages.read(path))[heading], page .. ": no heading " .. target)
      end
    end)
  end

  it("are found", function()
    local found = {}
    for target in pages.links("[a](b.md#c) and `[no](x)`\n```sh\n[no](y)\n```\n[d](http://e/f)") do
      found[#found + 1] = target
    end
    assert.same({ "b.md#c", "http://e/f" }, found)
    assert.same({ "docs/b.md", "c" }, { pages.resolve("docs/a.md", "b.md#c") })
    assert.same({ "bench", nil }, { pages.resolve("docs/a.md", "../bench") })
    assert.is_nil((pages.resolve("docs/a.md", "http://e/f")))
    assert.same({ ["lambdalog-and-contextlog"] = true }, pages.headings("\n## lambda.log and `context.log`\n"))
  end)
end)
