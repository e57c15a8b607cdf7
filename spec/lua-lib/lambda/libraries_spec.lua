--- What lunambda is made of, as a handler can ask it.
local lambda = require("lambda")

describe("lambda.libraries", function()
  it("lists name, version, licence and source of every part, ours first", function()
    local list = lambda.libraries()
    local names = {}
    for index, part in ipairs(list) do
      names[index] = part.name
      for _, key in ipairs({ "version", "licence", "source" }) do
        assert.matches("%S", part[key], nil, part.name .. " " .. key)
      end
    end
    assert.same({ "lunambda", "Lua", "lua-cjson", "libcurl" }, names)
    assert.matches("^5%.4%.%d+", list[2].version)
  end)

  it("gives a list that is the caller's to change", function()
    lambda.libraries()[1].name = "mine"
    assert.equal("lunambda", lambda.libraries()[1].name)
  end)
end)
