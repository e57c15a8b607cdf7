--- Every row of design.md §6, each error with its text.
local json = require("lambda.json")
local scratch = require("scratch")

local null, array, object = json.null, json.array, json.object

--- What it prints as: the subtype of numbers and the sign of zero included.
local function shown(value)
  return math.type(value) and ("%s %s"):format(math.type(value), tostring(value)) or value
end

describe("lambda.json", function()
  describe("decode()", function()
    describe("numbers", function()
      for text, expected in pairs({
        ["42"] = "integer 42",
        ["0"] = "integer 0",
        ["-7"] = "integer -7",
        ["9007199254740993"] = "integer 9007199254740993",
        ["9223372036854775807"] = "integer 9223372036854775807",
        ["-9223372036854775808"] = "integer -9223372036854775808",
        ["9223372036854775808"] = "float 9.2233720368548e+18",
        ["-9223372036854775809"] = "float -9.2233720368548e+18",
        ["1.0"] = "float 1.0",
        ["1e2"] = "float 100.0",
        ["1E+2"] = "float 100.0",
        ["-0"] = "float -0.0",
        ["0.1"] = "float 0.1",
        ["1e-400"] = "float 0.0",
      }) do
        it(("makes %s of %s"):format(expected, text), function()
          assert.equal(expected, shown(json.decode(text)))
        end)
      end

      it("keeps integers beyond 64 bits as digits on request", function()
        local value = json.decode("[123456789012345678901234567890, -9223372036854775809, 1]", { bigint = "string" })
        assert.same({ "123456789012345678901234567890", "-9223372036854775809", 1 }, value)
      end)

      it("reads every digit of a float", function()
        assert.equal(0.1 + 0.2, json.decode("0.30000000000000004"))
        assert.equal(2 ^ -1074, json.decode("5e-324"))
        assert.equal(1.7976931348623157e308, json.decode("1.7976931348623157e308"))
      end)
    end)

    describe("strings", function()
      for text, expected in pairs({
        ['""'] = "",
        ['"plain"'] = "plain",
        [ [["\"\\\/\b\f\n\r\t"]] ] = '"\\/\b\f\n\r\t',
        [ [["\u00e9\u00E9"]] ] = "éé",
        [ [["\u0000"]] ] = "\0",
        [ [["\ud83d\ude00"]] ] = "😀",
        [ [["\uFFFF\u0800\u07ff"]] ] = "\u{FFFF}\u{800}\u{7FF}",
        ['"é東京😀"'] = "é東京😀",
        ['"\u{7F}\u{2028}"'] = "\u{7F}\u{2028}",
      }) do
        it("reads " .. text, function()
          assert.equal(expected, json.decode(text))
        end)
      end

      it("reads long ones, with and without escapes", function()
        for _, len in ipairs({ 15, 16, 17, 1000, 1023, 1024, 1025, 5000, 100000 }) do
          local plain = ("x"):rep(len)
          assert.equal(plain, json.decode('"' .. plain .. '"'))
          assert.equal(plain .. "\n" .. plain, json.decode('"' .. plain .. "\\n" .. plain .. '"'))
          assert.equal(("\né"):rep(len), json.decode('"' .. ("\\né"):rep(len) .. '"'))
        end
      end)

      it("puts U+FFFD where bytes are not UTF-8, on request", function()
        local lenient = { encoding = "replace" }
        assert.equal("a\u{FFFD}b", json.decode('"a\xFFb"', lenient))
        assert.equal("\u{FFFD}", json.decode('"\xE6\x9D"', lenient))
        assert.equal("\u{FFFD}\u{FFFD}\u{FFFD}", json.decode('"\xED\xA0\x80"', lenient))
        assert.equal("\u{FFFD}-\u{FFFD}", json.decode([["\ud800-\udc00"]], lenient))
        assert.equal("\u{FFFD}A", json.decode([["\ud800\u0041"]], lenient))
        assert.equal("\u{FFFD}", next(json.decode('{"\xC0":1}', lenient)))
      end)
    end)

    describe("arrays and objects", function()
      it("marks arrays, so that they stay arrays when emptied", function()
        local value = json.decode("[[],[1]]")
        table.remove(value[2])
        assert.equal("[[],[]]", json.encode(value))
        assert.equal(json.encode({}), json.encode(json.decode("{}")))
      end)

      it("takes the last of equal keys, wherever they stand", function()
        assert.same({ a = 3, b = 2 }, json.decode([[{"a":1,"b":2,"\u0061":3}]]))
        assert.same({ a = 3, b = 2 }, json.decode('{"a":1,"b":2,"a":3}'))
        local parts = {}
        for i = 1, 1000 do
          parts[i] = ('"k%d":%d'):format(i % 300, i)
        end
        local value = json.decode("{" .. table.concat(parts, ",") .. "}")
        assert.equal(900, value.k0)
        assert.equal(1000, value.k100)
        assert.equal(999, value.k99)
      end)

      it("reads long arrays, and objects with many keys", function()
        for _, count in ipairs({ 1, 31, 32, 33, 127, 128, 129, 255, 256, 257, 512, 513, 10000 }) do
          local numbers, members = {}, {}
          for i = 1, count do
            numbers[i] = i
            members[i] = ('"k%d":%d'):format(i, i)
          end
          assert.same(numbers, setmetatable(json.decode("[" .. table.concat(numbers, ",") .. "]"), nil))
          local value = json.decode("{" .. table.concat(members, ",") .. "}")
          for i = 1, count do
            assert.equal(i, value["k" .. i])
          end
        end
      end)

      it("reads rows with the same keys and values", function()
        local row = '{"id":%d,"kind":"red","é":"\\n","long-lived key of some length":"é"}'
        local parts = {}
        for i = 1, 500 do
          parts[i] = row:format(i)
        end
        for i, value in ipairs(json.decode("[" .. table.concat(parts, ",") .. "]")) do
          assert.same({ id = i, kind = "red", ["é"] = "\n", ["long-lived key of some length"] = "é" }, value)
        end
      end)

      it("takes white space wherever the grammar has it", function()
        assert.same({ a = array({ 1, 2 }), b = {} }, json.decode(' \t\r\n{ "a" : [ 1 , 2 ] , "b" : { } } \n'))
      end)
    end)

    it("makes json.null of null, the same value as cjson.null", function()
      assert.equal(null, json.decode("null"))
      assert.equal(null, json.decode("[null]")[1])
      assert.equal(null, require("cjson").null)
    end)

    it("goes 1000 levels deep, and not one more", function()
      assert.is_table(json.decode(("["):rep(1000) .. ("]"):rep(1000)))
      assert.is_table(json.decode(('{"a":'):rep(999) .. "{}" .. ("}"):rep(999)))
      local value, err = json.decode(("["):rep(1001) .. ("]"):rep(1001))
      assert.is_nil(value)
      assert.matches("^invalid JSON at line 1, column 1001 %(%$%[0%]", err)
      assert.matches("deeper than 1000 levels$", err)
    end)

    it("takes ten million brackets for an error, in little time and memory", function()
      local text = ("["):rep(10000000)
      collectgarbage()
      local before_kib, start_s = collectgarbage("count"), os.clock()
      local value, err = json.decode(text)
      assert.is_nil(value)
      assert.matches("deeper than 1000 levels$", err)
      assert.is_true(os.clock() - start_s < 1)
      assert.is_true(collectgarbage("count") - before_kib < 1024)
    end)

    describe("errors", function()
      for text, expected in pairs({
        [""] = "line 1, column 1 ($): the text is empty",
        [" \n "] = "line 2, column 2 ($): the text is empty",
        ["\xEF\xBB\xBF{}"] = "line 1, column 1 ($): JSON starts without a byte order mark",
        ["[1] x"] = "line 1, column 5 ($): expected the end of the text, found 'x'",
        ["[1,"] = "line 1, column 4 ($[1]): expected a value, but the text ends here",
        ["[1"] = "line 1, column 3 ($[0]): expected ',' or ']', but the text ends here",
        ["[1,]"] = "line 1, column 4 ($[1]): expected a value, found ']'",
        ["[1 2]"] = "line 1, column 4 ($[0]): expected ',' or ']', found '2'",
        ['{"a":1,}'] = "line 1, column 8 ($): expected a key in double quotes, found '}'",
        ["{a:1}"] = "line 1, column 2 ($): expected a key in double quotes, found 'a'",
        ['{"a" 1}'] = "line 1, column 6 ($): expected ':', found '1'",
        ['{"a":1 "b":2}'] = "line 1, column 8 ($.a): expected ',' or '}', found '\"'",
        ["[\0]"] = "line 1, column 2 ($[0]): expected a value, found byte 0x00",
        ["[nul]"] = "line 1, column 2 ($[0]): expected a value; the words are true, false and null",
        ["NaN"] = "line 1, column 1 ($): expected a value, found 'N'",
        ["[01]"] = "line 1, column 2 ($[0]): a number has no leading zeros",
        ["[-]"] = "line 1, column 3 ($[0]): expected a digit, found ']'",
        ["[1.]"] = "line 1, column 4 ($[0]): expected a digit, found ']'",
        ["[1e400]"] = "line 1, column 2 ($[0]): the number is beyond a double",
        ['"abc'] = "line 1, column 5 ($): the text ends inside a string",
        ['"abc\\'] = "line 1, column 6 ($): the text ends inside a string",
        ['"a\\qb"'] = "line 1, column 4 ($): expected one of \"\\/bfnrtu behind a backslash, found 'q'",
        ['"\\u12g4"'] = "line 1, column 2 ($): \\u needs four hexadecimal digits",
        ['["\\ud800"]'] = "line 1, column 3 ($[0]): \\uD800 is half of a surrogate pair",
        ['["\\udc00"]'] = "line 1, column 3 ($[0]): \\uDC00 is half of a surrogate pair",
        ['["\xFF"]'] = "line 1, column 3 ($[0]): byte 0xFF is not UTF-8 here",
        ['["é\xC0\x80"]'] = "line 1, column 4 ($[0]): byte 0xC0 is not UTF-8 here",
        ['{"caf\xE9":1}'] = "line 1, column 6 ($): byte 0xE9 is not UTF-8 here",
        ['{\n "Records": [0, 1, 2,\n  {"body": "a\tb"}]}'] = "line 3, column 14 ($.Records[3].body): "
          .. "a control character U+0009 must be escaped",
        ['{"a":{},"b c":[[],{"":x}]}'] = "line 1, column 23 ($[\"b c\"][1][\"\"]): expected a value, found 'x'",
        ['{"東京":x}'] = 'line 1, column 7 ($["東京"]): expected a value, found \'x\'',
      }) do
        it(("of %s"):format(text:gsub("%c", " ")), function()
          local value, err = json.decode(text)
          assert.is_nil(value)
          assert.equal("invalid JSON at " .. expected, err)
        end)
      end

      it("cut long keys and long paths", function()
        local _, err = json.decode('{"' .. ("k"):rep(100) .. '":x}')
        assert.matches('($["' .. ("k"):rep(40) .. '..."])', err, 1, true)
        _, err = json.decode(('{"' .. ("k"):rep(30) .. '":'):rep(50) .. "x")
        assert.is_true(#err < 400)
        assert.matches("...): expected a value", err, 1, true)
      end)
    end)

    it("raises for wrong arguments, at the caller's line", function()
      for _, wrong in ipairs({ 42, true, {} }) do
        assert.has_error(function()
          json.decode(wrong)
        end)
      end
      local _, err = pcall(function()
        json.decode(nil)
      end)
      assert.matches("json_spec.lua:%d+: bad argument #1 to 'decode' %(string expected, got nil%)", err)
      _, err = pcall(function()
        json.decode("1", { bigint = "text" })
      end)
      assert.matches("json_spec.lua:%d+: option 'bigint' must be \"float\" or \"string\"", err)
      _, err = pcall(function()
        json.decode("1", { indent = 2 })
      end)
      assert.matches("unknown option 'indent'; there are bigint and encoding", err, 1, true)
    end)
  end)

  describe("encode()", function()
    for _, case in ipairs({
      { nil, "null" },
      { null, "null" },
      { true, "true" },
      { false, "false" },
      { 42, "42" },
      { math.mininteger, "-9223372036854775808" },
      { math.maxinteger, "9223372036854775807" },
      { 400 / 2, "200" },
      { -0.0, "-0" },
      { 0.1, "0.1" },
      { 0.1 + 0.2, "0.30000000000000004" },
      { 2 ^ 53, "9007199254740992" },
      { 2 ^ 60, "1.152921504606847e18" },
      { 1e300, "1e300" },
      { 1e-7, "1e-7" },
      { 5e-324, "5e-324" },
      { "", '""' },
      { 'q"\\/\b\f\n\r\t\0\31', [["q\"\\/\b\f\n\r\t\u0000\u001F"]] },
      { "é東京😀\u{7F}\u{2028}", '"é東京😀\u{7F}\u{2028}"' },
      { {}, "{}" },
      { array(), "[]" },
      { array({}), "[]" },
      { object(), "{}" },
      { { 1, 2, 3 }, "[1,2,3]" },
      { array({ "a" }), '["a"]' },
      { { { {} } }, "[[{}]]" },
      { { a = { b = array() } }, '{"a":{"b":[]}}' },
      { { [1] = "a", [3] = "c" }, '["a",null,"c"]' },
      { { [10] = 1 }, "[null,null,null,null,null,null,null,null,null,1]" },
      { array({ [2] = "b" }), '[null,"b"]' },
      { object({ "a" }), '{"1":"a"}' },
      { object({ [404] = "not found" }), '{"404":"not found"}' },
      { { [0] = "zero" }, '{"0":"zero"}' },
      { { [-1] = true }, '{"-1":true}' },
      { { [1.5] = true }, '{"1.5":true}' },
      { json.raw('{"as": it stands}'), '{"as": it stands}' },
      { { json.raw("[1]"), json.raw("", "text/plain") }, "[[1],]" },
      { { ["é\n"] = 1 }, '{"é\\n":1}' },
    }) do
      it("writes " .. case[2], function()
        assert.equal(case[2], json.encode(case[1]))
      end)
    end

    it("makes an object of mixed keys, the numbers as strings", function()
      assert.equal('{"1":"a","2":"b","x":"c"}', json.encode({ "a", "b", x = "c" }, { sort = true }))
      assert.same({ ["1"] = "a", ["2"] = "b", x = "c" }, json.decode(json.encode({ "a", "b", x = "c" })))
    end)

    it("fills holes as long as at least every second element is there", function()
      local half, less = {}, {}
      for i = 1, 20 do
        half[i] = i % 2 == 0 and i or nil
        less[i] = i % 4 == 0 and i or nil
      end
      assert.equal(20, #json.decode(json.encode(half)))
      local text, err = json.encode({ list = less })
      assert.is_nil(text)
      assert.equal(
        "cannot encode $.list: an array of 20 with most elements missing (json.object makes it an object)",
        err
      )
    end)

    it("draws the line between few holes and many where docs/json.md has it", function()
      local function with_last(max, count) -- count elements, the last at max
        local t = { [max] = true }
        for i = 1, count - 1 do
          t[i] = true
        end
        return t
      end
      for max, few in pairs({ [11] = 6, [12] = 6, [13] = 7, [20] = 10, [21] = 11 }) do
        assert.equal(max, #json.decode(assert(json.encode(with_last(max, few)))))
        local text, err = json.encode(with_last(max, few - 1))
        assert.is_nil(text)
        assert.matches("most elements missing", err, 1, true)
      end
      assert.is_string(json.encode(with_last(10, 1)))
      assert.is_nil((json.encode(with_last(11, 1))))
    end)

    it("writes strings of every length, with and without escapes", function()
      for len = 0, 70 do
        local plain = ("x"):rep(len)
        assert.equal('"' .. plain .. '"', json.encode(plain))
        assert.equal('"' .. plain .. '\\"' .. plain .. '\\u0001é"', json.encode(plain .. '"' .. plain .. "\1é"))
      end
      assert.equal('"' .. ("\\n"):rep(100000) .. '"', json.encode(("\n"):rep(100000)))
    end)

    it("sorts keys in the order of their bytes", function()
      local value = { b = 1, a = 2, B = 3, ["é"] = 4, aa = 5, [10] = 6, [9] = 7, [""] = 8 }
      assert.equal('{"":8,"10":6,"9":7,"B":3,"a":2,"aa":5,"b":1,"é":4}', json.encode(value, { sort = true }))
    end)

    it("indents", function()
      local value = { list = { 1, { x = true } }, none = {}, empty = array() }
      assert.equal(
        '{\n  "empty": [],\n  "list": [\n    1,\n    {\n      "x": true\n    }\n  ],\n  "none": {}\n}',
        json.encode(value, { sort = true, indent = 2 })
      )
      assert.equal("[1]", json.encode({ 1 }, { indent = 0 }))
    end)

    it("looks at tables raw, past their metamethods", function()
      local trap = function()
        error("called")
      end
      local value = setmetatable({ a = 1 }, { __index = trap, __pairs = trap, __len = trap, __tostring = trap })
      assert.equal('{"a":1}', json.encode(value))
    end)

    it("puts U+FFFD where bytes are not UTF-8, on request", function()
      assert.equal('{"\u{FFFD}":"a\u{FFFD}b"}', json.encode({ ["\xFF"] = "a\xC3b" }, { encoding = "replace" }))
    end)

    it("goes 1000 levels deep, and not one more", function()
      local function nested(depth)
        local value = array()
        for _ = 2, depth do
          value = { value }
        end
        return value
      end
      assert.equal(("["):rep(1000) .. ("]"):rep(1000), json.encode(nested(1000)))
      local text, err = json.encode(nested(1001))
      assert.is_nil(text)
      assert.matches("deeper than 1000 levels (a table that contains itself?)", err, 1, true)
    end)

    it("does not go round in circles", function()
      local value = { name = "loop" }
      value.me = value
      local text, err = json.encode(value)
      assert.is_nil(text)
      assert.matches("^cannot encode %$%.me%.me", err)
      assert.matches("(a table that contains itself?)", err, 1, true)
    end)

    it("is not confused by a finaliser that encodes meanwhile", function()
      local finalised, value = 0, { text = ("x"):rep(5000) }
      for i = 1, 100 do
        value["key " .. i] = { id = i, more = { 1, 2, 3, name = "n" } }
      end
      local finaliser = {
        __gc = function()
          assert(json.encode({ inner = ("y"):rep(6000) }):sub(1, 12) == '{"inner":"yy')
          finalised = finalised + 1
        end,
      }
      local expected = json.encode(value, { sort = true })
      local rounds = 0
      while rounds < 300 or finalised == 0 and rounds < 30000 do -- when the collector comes is its own affair
        rounds = rounds + 1
        setmetatable({}, finaliser)
        assert.is_true(json.encode(value, { sort = true }) == expected)
      end
      assert.is_true(finalised > 0)
    end)

    describe("errors", function()
      for _, case in ipairs({
        { print, "$: a function has no JSON form" },
        { io.stdout, "$: a userdata has no JSON form" },
        { { coroutine.create(print) }, "$[1]: a coroutine has no JSON form" },
        { { items = { {}, { price = 0 / 0 } } }, "$.items[2].price: NaN has no JSON form" },
        { { { { 1 } }, { x = { 2 } }, print }, "$[3]: a function has no JSON form" },
        { { { { 1 } }, { x = { 2 } }, { [true] = 1 } }, "$[3]: a boolean cannot be a key" },
        { { math.huge }, "$[1]: an infinite number has no JSON form" },
        { { a = -math.huge }, "$.a: an infinite number has no JSON form" },
        { { [true] = 1 }, "$: a boolean cannot be a key" },
        { { a = { [{}] = 1 } }, "$.a: a table cannot be a key" },
        { { [math.huge] = 1 }, "$: an infinite number cannot be a key" },
        { { ["1"] = "a", [1] = "b" }, "$[1]: the number and the string are both keys, and the same in JSON" },
        { { x = array({ a = 1 }) }, "$.x: an array with a key that is no index" },
        { array({ [0] = 1 }), "$: an array with a key that is no index" },
        { { x = "caf\xE9" }, "$.x: the string is not UTF-8: byte 0xE9 at position 4" },
        { { ["caf\xE9"] = 1 }, [[$["caf\xE9"]: the key is not UTF-8: byte 0xE9 at position 4]] },
        { { ["not a name"] = print }, '$["not a name"]: a function has no JSON form' },
        { { [7] = print, x = 1 }, "$[7]: a function has no JSON form" },
        { { "\xED\xA0\x80" }, "$[1]: the string is not UTF-8: byte 0xED at position 1" },
        { setmetatable({}, getmetatable(json.raw(""))), "$: a raw value without its text" },
      }) do
        for _, options in ipairs({ {}, { sort = true, indent = 1 } }) do
          it(("name the path: %s%s"):format(case[2], options.sort and ", sorted" or ""), function()
            local text, err = json.encode(case[1], options)
            assert.is_nil(text)
            assert.equal("cannot encode " .. case[2], err)
          end)
        end
      end

      it("leave nothing behind for the next call", function()
        assert.is_nil(json.encode({ ("x"):rep(100), print }))
        assert.equal("[1]", json.encode({ 1 }))
      end)
    end)

    it("raises for wrong arguments, at the caller's line", function()
      local _, err = pcall(function()
        json.encode()
      end)
      assert.matches("json_spec.lua:%d+: bad argument #1 to 'encode' %(value expected%)", err)
      for _, case in ipairs({
        { { sort = 1 }, "option 'sort' must be true or false" },
        { { indent = -1 }, "option 'indent' must be a whole number from 0 to 16" },
        { { indent = 17 }, "option 'indent' must be a whole number from 0 to 16" },
        { { encoding = "latin1" }, "option 'encoding' must be \"strict\" or \"replace\"" },
        { { encoding = "strict\0" }, "option 'encoding' must be \"strict\" or \"replace\"" },
        { { ["sort\0"] = true }, "unknown option 'sort'; there are sort, indent and encoding" },
        { { pretty = true }, "unknown option 'pretty'; there are sort, indent and encoding" },
        { { true }, "unknown option '1'; there are sort, indent and encoding" },
      }) do
        _, err = pcall(function()
          json.encode(1, case[1])
        end)
        assert.matches("json_spec.lua:%d+: ", err)
        assert.matches(case[2], err, 1, true)
      end
    end)
  end)

  describe("array() and object()", function()
    it("return the table that they mark", function()
      local t = {}
      assert.equal(t, array(t))
      assert.equal(t, object(t))
      assert.equal("{}", json.encode(t))
    end)

    it("refuse a table with a metatable of somebody else", function()
      assert.has_error(function()
        array(setmetatable({}, {}))
      end, "bad argument #1 to 'array' (a table without a metatable expected)")
      assert.has_error(function()
        object("text")
      end, "bad argument #1 to 'object' (table expected, got string)")
    end)
  end)

  it("isnull() tells that there is no value", function()
    assert.is_true(json.isnull(null))
    assert.is_true(json.isnull(nil))
    assert.is_false(json.isnull(false))
    assert.is_false(json.isnull({}))
  end)

  it("leaves nothing of a large text behind", function()
    local function resident_kib()
      collectgarbage()
      collectgarbage()
      return tonumber(assert(io.open("/proc/self/status")):read("a"):match("VmRSS:%s*(%d+)"))
    end
    local value = { ("x"):rep(8 * 1024 * 1024) }
    assert.equal(8 * 1024 * 1024 + 4, #json.encode(value))
    local before_kib = resident_kib()
    for _ = 1, 12 do
      json.encode(value)
      collectgarbage()
    end
    assert.is_true(resident_kib() - before_kib < 32 * 1024) -- a leak would be 96 MB
  end)

  it("keeps no buffer above 1 MiB behind a call", function()
    local function resident_kib()
      collectgarbage()
      collectgarbage()
      return tonumber(assert(io.open("/proc/self/status")):read("a"):match("VmRSS:%s*(%d+)"))
    end
    local value = { ("x"):rep(40 * 1024 * 1024) } -- above what malloc ever keeps for itself
    json.encode("warm")
    local before_kib = resident_kib()
    json.encode(value)
    assert.is_true(resident_kib() - before_kib < 8 * 1024) -- one that stays would be 40 MiB
    value[2] = print -- nor behind a failure
    before_kib = resident_kib()
    assert.is_nil((json.encode(value)))
    assert.is_true(resident_kib() - before_kib < 8 * 1024)

    value[2] = {} -- nor behind a raise
    for _ = 1, 900 do
      value[2] = { inner = value[2] }
    end
    local function on_a_full_stack(...)
      return pcall(json.encode, value, (...))
    end
    local done, err = on_a_full_stack(table.unpack({}, 1, 998900))
    assert.is_false(done)
    assert.matches("stack overflow", err, 1, true)
    assert.is_true(resident_kib() - before_kib < 32 * 1024) -- malloc may keep the stack's 16 MB
  end)

  it("takes no notice of a decimal comma", function()
    local here <close> = scratch.new()
    local made = os.execute(
      ("localedef -i de_DE -f UTF-8 '%s/de_DE.UTF-8' >'%s/log' 2>&1"):format(here.path, here.path)
    )
    if not made then
      return pending("no locale with a decimal comma can be made here: localedef or its sources are missing")
    end
    here:write("comma.lua", [[
      assert(os.setlocale("de_DE.UTF-8"))
      assert(("%.1f"):format(1.5) == "1,5", "no comma")
      local json = require("lambda.json")
      assert(json.decode("1.5") == 1.5)
      assert(json.decode("[1.2345678901234567890123e-50]")[1] == json.decode("12345678901234567890123e-72"))
      assert(json.encode({ 1.5, 0.1 + 0.2, 6.02214076e23, 1.25e-300 })
        == "[1.5,0.30000000000000004,6.02214076e23,1.25e-300]")
    ]])
    local ok = os.execute(
      ("LOCPATH='%s' LUA_PATH_5_4='%s' lua5.4 '%s/comma.lua'"):format(here.path, package.path, here.path)
    )
    assert.is_true(ok)
  end)
end)
