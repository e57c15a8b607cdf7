local attributes = require("lambda.aws.attributes")
local reading = require("lambda.aws.attributes_read")
local json = require("lambda.json")

describe("lambda.aws.attributes", function()
  it("makes attribute values of plain ones", function()
    assert.same({ S = "a" }, attributes.marshal("a"))
    assert.same({ S = "" }, attributes.marshal(""))
    assert.same({ N = "42" }, attributes.marshal(42))
    assert.same({ N = "0.1" }, attributes.marshal(0.1))
    assert.same({ N = "200" }, attributes.marshal(400 / 2))
    assert.same({ N = "9223372036854775807" }, attributes.marshal(math.maxinteger))
    assert.same({ BOOL = false }, attributes.marshal(false))
    assert.same({ NULL = true }, attributes.marshal(json.null))
    assert.same({ L = { { S = "a" }, { N = "1" } } }, attributes.marshal({ "a", 1 }))
    assert.equal('{"L":[]}', json.encode(attributes.marshal(json.array())))
    assert.equal('{"M":{}}', json.encode(attributes.marshal({})))
    assert.same({ id = { S = "a" }, tags = { M = { x = { BOOL = true } } } },
      attributes.marshal_item({ id = "a", tags = { x = true } }))
  end)

  it("keeps sets by their marks", function()
    assert.same({ SS = { "a", "b" } }, attributes.marshal(attributes.set({ "a", "b" })))
    assert.same({ NS = { "1", "2.5" } }, attributes.marshal(attributes.set({ 1, 2.5 })))
  end)

  it("keeps bytes by their marks", function()
    assert.same({ B = "AP8=" }, attributes.marshal(attributes.binary("\0\255")))
    assert.same({ BS = { "AP8=" } }, attributes.marshal(attributes.set({ attributes.binary("\0\255") })))
    assert.equal("\0\255", reading.value({ B = "AP8=" }))
    assert.same({ "\0\255" }, reading.value({ BS = { "AP8=" } }))
  end)

  it("keeps the digits of numbers by their marks", function()
    local digits = "12345678901234567890123456789012345678"
    assert.same({ N = digits }, attributes.marshal(attributes.number(digits)))
    assert.same({ NS = { digits, "1", "-1.5e+3" } },
      attributes.marshal(attributes.set({ attributes.number(digits), 1, attributes.number("-1.5e+3") })))
    for _, wrong in ipairs({ "", "x", "1e", "0x10", "1 ", "--1", 5, false }) do
      local ok, problem = pcall(function() local _ = attributes.number(wrong) end)
      assert.is_false(ok)
      assert.matches("attributes_spec.*bad argument #1 to 'number' %(the digits of a number expected", problem)
    end
  end)

  it("takes nothing for a list that has names as well, and an object for a map", function()
    for _, list in ipairs({ { 1, 2, name = "x" }, json.array({ 1, name = "x" }), json.array({ [0] = 1 }) }) do
      assert.equal("at $.a: it is a list, and has other keys as well",
        select(2, attributes.marshal_item({ a = list })))
    end
    assert.equal("at $.a: the name of an attribute is a number and not a string",
      select(2, attributes.marshal_item({ a = json.object({ 1 }) })))
  end)

  it("blames the caller for what is no item, and loses nothing of it in silence", function()
    for text, item in pairs({
      ["a table expected, got nil"] = false, ["a string is no attribute value of DynamoDB"] = { a = "x" },
      ["Q is no attribute type of DynamoDB"] = { a = { Q = 1 } }, ["the type N that is none"] = { a = { N = "abc" } },
      ["the type B that is none"] = { a = { B = "!!" } }, ["the type S that is none"] = { a = { S = 5 } },
      ["the type L that is none"] = { a = { L = 5 } }, ["the type M that is none"] = { a = { M = "x" } },
      ["of the type BS that is none"] = { a = { BS = "x" } }, ["of the type NULL that is none"] = { a = { NULL = 1 } },
    }) do
      local ok, problem = pcall(function() local _ = reading.unmarshal_item(item or nil) end)
      assert.is_false(ok)
      assert.matches("attributes_spec.*bad argument #1 to 'unmarshal_item' %(", problem)
      assert.matches(text, problem, 1, true)
    end
    assert.is_false(pcall(reading.unmarshal_item, { a = { NS = { "1", "x" } } }))
  end)

  it("says what has no form there, and where", function()
    local function refused(value)
      local result, problem = attributes.marshal_item(value)
      assert.is_nil(result)
      return problem
    end
    assert.equal("at $.a: DynamoDB has no NaN and no infinity", refused({ a = 0 / 0 }))
    assert.equal("at $.a[2]: DynamoDB has no NaN and no infinity", refused({ a = { 1, -math.huge } }))
    assert.equal("at $.a.b: it is no UTF-8; wrap bytes in binary()", refused({ a = { b = "\255" } }))
    assert.equal("at $.a: a function is no attribute value", refused({ a = print }))
    assert.equal("at $.a: the name of an attribute is a boolean and not a string", refused({ a = { [true] = 1 } }))
    assert.equal("at $.a: element 2 is not of the kind of the set's first", refused({ a = attributes.set({ "x", 1 }) }))
    local deep = {}
    for _ = 1, 40 do
      deep = { d = deep }
    end
    assert.matches("nested deeper than DynamoDB's 32 levels$", refused(deep))
    local loop = {}
    loop.self = loop
    assert.matches("nested deeper", refused(loop))
    local result, problem = attributes.marshal(nil)
    assert.is_nil(result)
    assert.equal("at $: a nil is no attribute value", problem)
    assert.is_false(pcall(attributes.marshal_item, "x"))
    assert.is_false(pcall(attributes.binary, 1))
    assert.is_false(pcall(attributes.set, {}))
  end)

  it("reads them back, without a loss of digits", function()
    assert.equal(42, reading.value({ N = "42" }))
    assert.equal("integer", math.type(reading.value({ N = "42" })))
    assert.equal("123456789012345678901234567890", reading.value({ N = "123456789012345678901234567890" }))
    assert.equal(1e30, reading.value({ N = "1E+30" }))
    assert.equal(json.null, reading.value({ NULL = true }))
    assert.same({ 1, 2 }, reading.value({ NS = { "1", "2" } }))
    assert.equal("[]", json.encode(reading.value({ L = {} })))
    assert.equal("{}", json.encode(reading.value({ M = {} })))
    assert.is_false(pcall(reading.value, { X = 1 }))
    assert.is_false(pcall(reading.value, {}))
    assert.same({ false, "a string is no attribute value of DynamoDB" }, { pcall(reading.value, "a") })
  end)

  it("gives back any plain item that it took", function()
    math.randomseed(7)
    local function value(depth)
      local kind = math.random(depth > 3 and 5 or 7)
      if kind == 1 then return math.random(-2 ^ 40 | 0, 2 ^ 40 | 0)
      elseif kind == 2 then return math.random()
      elseif kind == 3 then return ("x"):rep(math.random(0, 5)) .. "é"
      elseif kind == 4 then return math.random(2) == 1
      elseif kind == 5 then return json.null end
      local t = kind == 6 and json.array() or json.object()
      for i = 1, math.random(0, 4) do
        t[kind == 6 and i or "k" .. i] = value(depth + 1)
      end
      return t
    end
    for _ = 1, 200 do
      local item = json.object({ id = value(0), more = value(0) })
      local sent = json.decode(json.encode(assert(attributes.marshal_item(item))))
      assert.equal(json.encode(item, { sort = true }),
        json.encode(reading.unmarshal_item(sent), { sort = true }))
    end
  end)
end)
