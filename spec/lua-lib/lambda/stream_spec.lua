local lambda = require("lambda")
local abridge = require("lambda.stream").abridge

--- What a stream sends; refuse: the reason for which all from the n-th chunk on are refused.
local function sent(stream, refuse_from, refuse)
  local chunks = {}
  stream:run(function(bytes)
    if refuse_from and #chunks + 1 >= refuse_from then
      return nil, refuse or "gone", refuse == "late"
    end
    chunks[#chunks + 1] = bytes
    return true
  end)
  return chunks
end

describe("lambda.stream", function()
  it("is loaded when it is first used", function()
    local command = "lua5.4 -e 'local l = require(\"lambda\") print(package.loaded[\"lambda.stream\"]) "
      .. "l.stream(\"\") print(package.loaded[\"lambda.stream\"] ~= nil)'"
    local pipe = assert(io.popen("LUA_PATH_5_4='lua-lib/?.lua;lua-lib/?/init.lua;;' " .. command))
    local said = pipe:read("a")
    pipe:close()
    assert.equal("nil\ntrue\n", said)
    assert.is_nil(lambda.no_such_field)
  end)

  it("sends nothing until it runs, and only what was written", function()
    local ran = false
    local stream = lambda.stream(function(out)
      ran = true
      out:write("a")
      out:write("")
      out:write("b")
    end)
    assert.is_false(ran)
    assert.same({ "a", "b" }, sent(stream))
  end)

  it("tells writers from iterators by their parameters", function()
    local n = 0
    assert.same({ "1", "2" }, sent(lambda.stream(function()
      n = n + 1
      return n <= 2 and tostring(n) or nil
    end)))
    assert.same({ "w" }, sent(lambda.stream(function(...)
      local out = ...
      out:write("w")
    end)))
    assert.same({ "x", "y" }, sent(lambda.stream(("x y"):gmatch("%a"))))
  end)

  it("iterates as a for loop does, and closes what it was given to close", function()
    local closed = 0
    local closing = setmetatable({}, { __close = function() closed = closed + 1 end })
    local function upto(state, control)
      local number = (tonumber(control) or 0) + 1
      return number <= state and tostring(number) or nil
    end
    assert.same({ "1", "2", "3" }, sent(lambda.stream(upto, 3, nil, closing)))
    assert.same({ "2", "3" }, sent(lambda.stream({ body = { upto, 3, "1", closing } })))
    assert.same({ "1" }, sent(lambda.stream(upto, 3, nil, closing), 2))
    assert.equal(3, closed)
  end)

  it("iterates over what can be called", function()
    local n = 0
    local callable = setmetatable({}, { __call = function()
      n = n + 1
      return n == 1 and "called" or nil
    end })
    assert.same({ "called" }, sent(lambda.stream(callable)))
  end)

  it("writes the prelude before the first chunk, or at the end", function()
    local options = { status = 404.0, headers = { b = 1, A = "x" }, cookies = { "c=1" } }
    local prelude = '{"cookies":["c=1"],"headers":{"A":"x","b":"1"},"statusCode":404}' .. ("\0"):rep(8)
    options.body = "text"
    assert.same({ prelude, "text" }, sent(lambda.stream(options)))
    options.body = ""
    assert.same({ prelude }, sent(lambda.stream(options)))
    assert.equal("application/vnd.awslambda.http-integration-response", lambda.stream(options).content_type)
    assert.same({ '{"cookies":[],"headers":{},"statusCode":200}' .. ("\0"):rep(8) },
      sent(lambda.stream({ cookies = {}, body = "" })))
  end)

  it("sends no prelude when the body raised before its first chunk", function()
    local count = 0
    local stream = lambda.stream({ status = 200, body = function(_) error("early") end })
    assert.has_error(function()
      stream:run(function() count = count + 1 return true end)
    end)
    assert.equal(0, count)
  end)

  it("gives nil and the first reason for every write after one that was refused", function()
    local results = {}
    local stream = lambda.stream(function(out)
      for index = 1, 3 do
        results[index] = table.pack(out:write("x"))
      end
    end)
    assert.same({ "x" }, sent(stream, 2))
    assert.same({ { true, n = 1 }, { nil, "gone", n = 2 }, { nil, "gone", n = 2 } }, results)
  end)

  it("raises a typed error when a chunk is too late", function()
    local ok, err = pcall(sent, lambda.stream("x"), 1, "late")
    assert.same({ false, "Function.DeadlineExceeded", "late" }, { ok, err.type, err.message })
  end)

  it("fails with what the body returns as nil and err, unless that follows from a refusal", function()
    local ok, err = pcall(sent, lambda.stream(function(_) return nil, "no" end))
    assert.same({ false, "Function.Error", "no" }, { ok, err.type, err.message })
    assert.same({}, sent(lambda.stream(function(out) return out:write("x") end), 1))
  end)

  it("refuses a writer that returns its text", function()
    assert.has_error(function() sent(lambda.stream(function(_) return "text" end)) end,
      "the body of the stream returned a string: send it with out:write(…)")
  end)

  it("refuses misuse of out", function()
    local kept
    sent(lambda.stream(function(out)
      kept = out
      for _, case in ipairs({
        { out.write, { "x" }, "with a colon" },
        { out.write, { out, 42 }, "a string expected, got number" },
        { out.write, { out }, "a string expected, got nil" },
      }) do
        local ok, err = pcall(case[1], table.unpack(case[2]))
        assert.is_false(ok)
        assert.truthy(err:find(case[3], 1, true), err)
      end
    end))
    local ok, err = pcall(kept.write, kept, "x")
    assert.is_false(ok)
    assert.truthy(err:find("after the end of the answer", 1, true))
  end)
end)

describe("the options of lambda.stream", function()
  local function problem(options)
    local ok, err = pcall(function()
      local stream = lambda.stream(options)
      return stream
    end)
    assert.is_false(ok)
    assert.truthy(err:find("stream_spec.lua:", 1, true), err) -- the caller's line
    return err
  end

  for name, case in pairs({
    ["no body"] = { {},
      "bad option 'body' to 'lambda.stream' (a function, an iterator or a string expected, got nil)" },
    ["another kind of body"] = { { body = 42 }, "got number" },
    ["an unknown option"] = { { body = "", statusCode = 200 },
      "bad option 'statusCode' to 'lambda.stream' (there are body, status, headers, cookies, content_type)" },
    ["a status that is too small"] = { { body = "", status = 99 }, "an integer from 100 to 599 expected, got 99" },
    ["a status that is too large"] = { { body = "", status = 600 }, "got 600" },
    ["a broken status"] = { { body = "", status = 200.5 }, "got 200.5" },
    ["a status in words"] = { { body = "", status = "200" }, "got 200" },
    ["headers that are none"] = { { body = "", headers = "a: b" }, "a table expected, got string" },
    ["a header without a name"] = { { body = "", headers = { [""] = "x" } }, "is no name of a header" },
    ["a list of headers"] = { { body = "", headers = { "x" } }, "is no name of a header" },
    ["a line break in a name"] = { { body = "", headers = { ["a\r\nb"] = "x" } }, "is no name of a header" },
    ["a line break in a value"] = { { body = "", headers = { a = "x\r\ny" } }, "a: a string expected" },
    ["a NUL in a value"] = { { body = "", headers = { a = "\0" } }, "without control characters" },
    ["a table for a value"] = { { body = "", headers = { a = {} } }, "a: a string expected" },
    ["a value in Latin-1"] = { { body = "", headers = { a = "caf\xE9" } }, "UTF-8" },
    ["content-length"] = { { body = "", headers = { ["Content-Length"] = 1 } }, "nobody knows the length" },
    ["transfer-encoding"] = { { body = "", headers = { ["transfer-encoding"] = "gzip" } }, "the platform chooses it" },
    ["one cookie as a string"] = { { body = "", cookies = "a=b" }, "an array of strings expected" },
    ["named cookies"] = { { body = "", cookies = { a = "b" } }, "an array of strings expected" },
    ["a cookie with a line break"] = { { body = "", cookies = { "a\nb" } }, "without control characters" },
    ["a number for a cookie"] = { { body = "", cookies = { 1 } }, "an array of strings expected" },
    ["a line break in the content type"] = { { body = "", content_type = "a\nb" }, "bad option 'content_type'" },
    ["two content types"] = { { body = "", content_type = "a", headers = { ["Content-Type"] = "b" } },
      "it is among the headers already" },
  }) do
    it("do not take " .. name, function()
      assert.truthy(problem(case[1]):find(case[2], 1, true), problem(case[1]))
    end)
  end

  it("are no other values", function()
    for _, value in ipairs({ 42, true }) do
      assert.truthy(problem(value):find("bad argument #1 to 'lambda.stream'", 1, true))
    end
  end)

  it("name themselves without a line after a tail call", function()
    local ok, err = pcall(function() return lambda.stream({}) end)
    assert.is_false(ok)
    assert.truthy(err:find("^bad option 'body'"))
  end)
end)

describe("abridge()", function()
  local function document(message, frames, data)
    local trace = lambda.array({})
    for index = 1, frames do
      trace[index] = "app.lua:" .. index .. ": in function <" .. ("f"):rep(80) .. ">"
    end
    return lambda.json.encode({ errorMessage = message, errorType = "T", stackTrace = trace, errorData = data })
  end

  it("leaves out data first, then the outer frames, then the end of the message", function()
    local short = lambda.json.decode(abridge(document("m", 2, ("d"):rep(3000)), 2800))
    assert.same({ "m", "T", 2, nil }, { short.errorMessage, short.errorType, #short.stackTrace, short.errorData })
    local traced = lambda.json.decode(abridge(document(("m"):rep(2000), 20), 2800))
    assert.equal(2000, #traced.errorMessage)
    assert.is_true(#traced.stackTrace >= 3 and #traced.stackTrace < 20)
    assert.matches("^app.lua:1:", traced.stackTrace[1])
    local long = abridge(document(("é\1"):rep(9000), 20), 2800)
    assert.is_true(#long <= 2800 and #long > 1400)
    assert.is_true(utf8.len(long) ~= nil)
    assert.matches("…$", lambda.json.decode(long).errorMessage)
  end)
end)
