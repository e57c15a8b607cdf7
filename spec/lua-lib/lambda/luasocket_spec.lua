--- The stand-ins for LuaSocket, beside the real one where both must agree.
local http_server = require("http_server")
local json = require("lambda.json")
local ours = require("lambda.socket.ltn12")
local paths = require("lambda.paths")
local real = require("ltn12")

describe("lambda.socket.ltn12", function()
  local function collect(ltn12, source)
    local sink, list = ltn12.sink.table()
    assert.equal(1, ltn12.pump.all(source, sink))
    return table.concat(list)
  end

  local function both(fn)
    local got = fn(ours)
    assert.same(fn(real), got)
    return got
  end

  it("has the names of the real one", function()
    for _, group in ipairs({ "filter", "source", "sink", "pump" }) do
      for name in pairs(real[group]) do
        assert.is_function(ours[group][name], group .. "." .. name)
      end
    end
    assert.is_number(ours.BLOCKSIZE)
  end)

  it("pumps as the real one does", function()
    local text = ("0123456789"):rep(1000)
    assert.equal(text, both(function(l) return collect(l, l.source.string(text)) end))
    assert.equal("", both(function(l) return collect(l, l.source.string("")) end))
    assert.equal("", both(function(l) return collect(l, l.source.empty()) end))
    assert.equal("abc", both(function(l) return collect(l, l.source.table({ "a", "b", "c" })) end))
    assert.equal("xy", both(function(l)
      return collect(l, l.source.cat(l.source.string("x"), l.source.empty(), l.source.string("y")))
    end))
    both(function(l) return { l.pump.all(l.source.error("broken"), (l.sink.table())) } end)
    both(function(l) return { l.pump.all(l.source.string("x"), l.sink.error("full")) } end)
    both(function(l) return { l.pump.all(l.source.string("x"), l.sink.null()) } end)
    both(function(l)
      local source = l.source.rewind(l.source.string("abc"))
      local first = source()
      source("back")
      return { first, source(), source() }
    end)
  end)

  it("filters as the real one does, what was held back included", function()
    --- Hands on pairs of bytes, swapped; an odd one at the end.
    local function low(ctx, chunk)
      if not chunk then
        return ctx ~= "" and ctx or nil, ""
      end
      local text = ctx .. chunk
      local even = #text - #text % 2
      return text:sub(1, even):gsub("(.)(.)", "%2%1"), text:sub(even + 1)
    end
    for _, text in ipairs({ "", "a", "abcdefg", ("xyz"):rep(3001) }) do
      both(function(l)
        return collect(l, l.source.chain(l.source.string(text), l.filter.cycle(low, "")))
      end)
      both(function(l)
        return collect(l, l.source.chain(l.source.string(text),
          l.filter.chain(l.filter.cycle(low, ""), l.filter.cycle(low, ""))))
      end)
      both(function(l)
        local sink, list = l.sink.table()
        l.pump.all(l.source.string(text), l.sink.chain(l.filter.cycle(low, ""), sink))
        return table.concat(list)
      end)
    end
  end)

  it("reads and writes files", function()
    local name = os.tmpname()
    for _, l in ipairs({ ours, real }) do
      assert.equal(1, l.pump.all(l.source.string(("line\n"):rep(2000)), l.sink.file(io.open(name, "wb"))))
      assert.equal(("line\n"):rep(2000), collect(l, l.source.file(io.open(name, "rb"))))
      assert.same({ nil, "no such file" }, { l.pump.all(l.source.file(nil, "no such file"), l.sink.null()) })
    end
    os.remove(name)
  end)
end)

describe("lambda.socket.http", function()
  local http = require("lambda.socket.http")
  local server
  setup(function()
    server = http_server.start()
  end)
  teardown(function()
    server:stop()
    require("lambda.http").close()
  end)

  it("answers as the real one does", function()
    for _, module in ipairs({ http, (require("socket.http")) }) do
      local body, status, headers, line = module.request(server.url .. "/bytes/5000")
      assert.equal(5000, #body)
      assert.equal(200, status)
      assert.equal("5000", headers["content-length"])
      assert.matches("^HTTP/1.1 200", line)
      body, status = module.request(server.url .. "/echo", "a=1")
      assert.equal(200, status)
      body = json.decode(body)
      assert.equal("POST", body.method)
      assert.equal("a=1", body.body)
      assert.equal("application/x-www-form-urlencoded", body.headers["content-type"])
      assert.equal(404, select(2, module.request(server.url .. "/nothing")))
      local sink, list = ours.sink.table()
      local ok
      ok, status = module.request({
        url = server.url .. "/echo", method = "PUT", source = ours.source.string("body"), sink = sink,
        headers = { ["content-length"] = "4", ["X-A"] = "b" },
      })
      assert.equal(1, ok)
      assert.equal(200, status)
      local seen = json.decode(table.concat(list))
      assert.equal("PUT", seen.method)
      assert.equal("body", seen.body)
      assert.equal("b", seen.headers["x-a"])
      assert.is_nil((module.request("http://127.0.0.1:1/")))
      assert.equal(302, select(2, module.request({ url = server.url .. "/redirect/?to=/echo", redirect = false })))
      assert.equal(200, select(2, module.request({ url = server.url .. "/redirect/?to=/echo" })))
      assert.is_nil((module.request({ url = server.url .. "/bytes/9", sink = ours.sink.error("full") })))
    end
  end)

  it("ends in time", function()
    http.TIMEOUT = 0.05
    local ok, err = http.request(server.url .. "/never")
    http.TIMEOUT = 60
    assert.is_nil(ok)
    assert.equal("timeout", err)
  end)

  it("is found last", function()
    local loader, module = paths.stand_in("socket.http")
    assert.equal(http, loader("socket.http", module))
    loader, module = paths.stand_in("ltn12")
    assert.equal(ours, loader("ltn12", module))
    assert.equal("", paths.stand_in("socket.core"))
  end)
end)
