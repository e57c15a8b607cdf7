--- lambda.validate: each keyword, paths, and schemas that are none.
local json = require("lambda.json")
local lambda = require("lambda")
local validate = require("lambda.validate")

local function decoded(text)
  local value, err = json.decode(text)
  assert.is_nil(err)
  return value
end

--- The errors of a JSON text against a schema in JSON: "path message", in lines; nil when it passes.
local function errors(schema, text, options)
  local ok, list = validate.compile(decoded(schema), options)(decoded(text))
  if ok then
    assert.is_nil(list)
    return nil
  end
  local lines = {}
  for i, err in ipairs(list) do
    lines[i] = err.path .. " " .. err.message
  end
  assert.is_true(#lines > 0)
  return table.concat(lines, "\n")
end

it("is lambda.validate", function()
  assert.equal(validate, lambda.validate)
end)

--- Schema, texts that pass, texts that do not.
local KEYWORDS = {
  { '{}', { "1", "null", "[]", '"x"' }, {} },
  { 'true', { "1" }, {} },
  { 'false', {}, { "1", "null" } },
  { '{"type":"integer"}', { "1", "-5", "1.0", "1e3", "9223372036854775807" }, { "1.5", '"1"', "null", "true" } },
  { '{"type":"number"}', { "1", "1.5" }, { '"1"', "[]", "{}" } },
  { '{"type":"string"}', { '""', '"é"' }, { "1", "null", "[]" } },
  { '{"type":"boolean"}', { "true", "false" }, { "0", '"true"', "null" } },
  { '{"type":"null"}', { "null" }, { "0", "false", '""', "[]", "{}" } },
  { '{"type":"array"}', { "[]", "[1]" }, { "{}", '{"1":2}', "null" } },
  { '{"type":"object"}', { "{}", '{"1":2}' }, { "[]", "[1]", "null" } },
  { '{"type":["integer","null"]}', { "1", "null" }, { "1.5", "{}" } },
  { '{"enum":[1,"a",null,[1,2],{"a":1,"b":[]}]}', { "1", "1.0", '"a"', "null", "[1,2]", '{"b":[],"a":1}' },
    { "2", '"1"', "false", "[2,1]", '{"a":1,"b":{}}', '{"a":1}', '"s1"', '"t[1,2]"' } },
  { '{"const":{"a":[1]}}', { '{"a":[1]}', '{"a":[1.0]}' }, { '{"a":[2]}', "null" } },
  { '{"const":false}', { "false" }, { "null", "0", "true" } },
  { '{"const":null}', { "null" }, { "false", "0" } },
  { '{"minimum":2,"maximum":3.5}', { "2", "3.5", '"x"' }, { "1.9", "4" } },
  { '{"exclusiveMinimum":2,"exclusiveMaximum":3}', { "2.5", "[]" }, { "2", "3" } },
  { '{"maximum":9007199254740993}', { "9007199254740993" }, { "9007199254740994" } },
  { '{"multipleOf":3}', { "0", "-9", "3.0", '"x"' }, { "4", "3.5" } },
  { '{"multipleOf":0.01}', { "19.99", "4.35", "1", "0.07", "1e10" }, { "19.995", "0.001" } },
  { '{"minLength":2,"maxLength":3}', { '"éé"', '"日本語"', "7" }, { '"é"', '"abcd"' } },
  { '{"luaPattern":"^%d+$"}', { '"12"', "null" }, { '""', '"1a"' } },
  { '{"minItems":1,"maxItems":2}', { "[1]", "[1,2]", "{}" }, { "[]", "[1,2,3]" } },
  { '{"minProperties":1,"maxProperties":2}', { '{"a":1}', "[]" }, { "{}", '{"a":1,"b":2,"c":3}' } },
  { '{"uniqueItems":true}', { "[]", '[1,"1",true,null,[1],{}]', '"x"' },
    { "[1,1.0]", '[{"a":1,"b":2},{"b":2,"a":1}]', "[null,null]", "[false,true,false]" } },
  { '{"uniqueItems":false}', { "[1,1]" }, {} },
  { '{"items":{"type":"integer"}}', { "[]", "[1,2]", '{"a":"x"}' }, { '[1,"2"]' } },
  { '{"required":["a","b"]}', { '{"a":null,"b":1}', "[]", '"x"' }, { "{}", '{"a":1}' } },
  { '{"required":[]}', { "{}" }, {} },
  { '{"properties":{"a":{"type":"string"},"b":false}}', { "{}", '{"a":"x"}', '{"c":1}', "[1]" },
    { '{"a":1}', '{"b":1}' } },
  { '{"properties":{"a":true},"additionalProperties":false}', { "{}", '{"a":1}', "[1]" }, { '{"b":1}' } },
  { '{"additionalProperties":{"type":"integer"}}', { '{"x":1}' }, { '{"x":"1"}' } },
  { '{"anyOf":[{"type":"string"},{"minimum":5}]}', { '"x"', "6" }, { "4" } },
  { '{"oneOf":[{"minimum":5},{"multipleOf":2}]}', { "7", "2" }, { "6", "3" } },
  { '{"allOf":[{"minimum":5},{"multipleOf":2}]}', { "6" }, { "7", "4", "3" } },
  { '{"not":{"type":"null"}}', { "1" }, { "null" } },
  { '{"$ref":"#/$defs/a","$defs":{"a":{"type":"null"}}}', { "null" }, { "1" } },
  { '{"$ref":"#/definitions/x~1y~0","definitions":{"x/y~":{"type":"null"}}}', { "null" }, { "1" } },
  { '{"properties":{"next":{"$ref":"#"}},"required":["id"]}', { '{"id":1,"next":{"id":2}}' },
    { '{"id":1,"next":{}}' } },
  { '{"title":"t","description":"d","default":1,"examples":[1],"$schema":"x","$comment":"c"}', { "1" }, {} },
}

for _, case in ipairs(KEYWORDS) do
  it("knows " .. case[1], function()
    for _, text in ipairs(case[2]) do
      assert.is_nil(errors(case[1], text))
    end
    for _, text in ipairs(case[3]) do
      assert.is_string(errors(case[1], text), text)
    end
  end)
end

describe("an error", function()
  it("has a path and a message, and all of them are told", function()
    local schema = [[{"type":"object","required":["id","orders"],"additionalProperties":false,"properties":{
      "id":{"type":"integer"},
      "orders":{"type":"array","items":{"required":["sku"],"properties":{"count":{"minimum":1}}}}}}]]
    assert.equal("$.colour is not allowed\n$.id expected integer, got string\n$.orders[2].count must be at least 1\n"
      .. "$.orders[3].sku is required",
      errors(schema, '{"id":"x","orders":[{"sku":1},{"sku":2,"count":0},{}],"colour":1}'))
    assert.equal("$.id is required\n$.orders is required", errors(schema, "{}"))
    assert.equal("$ expected object, got array", errors(schema, "[]"))
  end)

  it("says what is wrong with each kind of value", function()
    assert.equal("$ expected string or null, got number", errors('{"type":["string","null"]}', "1"))
    assert.equal("$ is none of the 2 allowed values", errors('{"enum":[1,2]}', '"secret"'))
    assert.equal("$ items 1 and 3 are equal", errors('{"uniqueItems":true}', '["a","b","a"]'))
    assert.equal("$ must have at most 2 characters", errors('{"maxLength":2}', '"secret"'))
    assert.equal("$ matches more than one of 2 alternatives", errors('{"oneOf":[{},{}]}', "1"))
    assert.equal("$ matches none of 1 alternatives", errors('{"anyOf":[{"type":"null"}]}', "1"))
  end)

  it("cannot be made to break lines, or to be long, by a name in the value", function()
    assert.equal('$["a?b?c"] is not allowed', errors('{"additionalProperties":false}', [[{"a\nb\"c":1}]]))
    local text = errors('{"additionalProperties":false}', ('{"%s":1}'):format(("x"):rep(100000)))
    assert.is_true(#text < 120)
  end)

  it("is one of 20 at most, or of as many as asked for", function()
    local text = "[" .. ("1,"):rep(99999) .. "1]"
    local function count(options)
      local _, breaks = errors('{"items":{"type":"string"}}', text, options):gsub("\n", "")
      return breaks + 1
    end
    assert.equal(20, count())
    assert.equal(1, count({ max_errors = 1 }))
    assert.equal(30, count({ max_errors = 30 }))
    assert.error_matches(function()
      validate.compile({}, { max_errors = 0 })
    end, "max_errors must be a whole number from 1")
  end)
end)

it("takes Lua tables, marked or not", function()
  local check = validate.compile({ type = "array", items = { type = "object" } })
  assert.is_true(check({ {}, { a = 1 } }))
  assert.is_true(check(lambda.array()))
  assert.is_nil((check({})))
  assert.is_nil((check({ lambda.array() })))
  assert.is_nil((check(nil)))
  assert.is_nil((validate.compile({ const = 1 })(0 / 0)))
end)

it("takes no longer for alternatives that refer to themselves", function()
  local function alternative(kind)
    return '{"properties":{"child":{"$ref":"#"},"kind":{"const":"' .. kind .. '"}},"required":["kind"]}'
  end
  for _, keyword in ipairs({ "oneOf", "anyOf", "allOf" }) do
    local second = keyword == "allOf" and "a" or "b"
    local check = validate.compile(decoded('{"' .. keyword .. '":[' .. alternative("a") .. "," .. alternative(second)
      .. "]}"))
    for innermost, expected in pairs({ a = true, c = false }) do
      local event = { kind = innermost }
      for _ = 1, 200 do
        event = { kind = "a", child = event }
      end
      debug.sethook(function() error("it takes too long") end, "", 10000000)
      local ok, list = check(event)
      debug.sethook()
      assert.equal(expected, ok or false)
      assert.equal(expected, list == nil)
    end
  end
end)

it("checks what nests as deep as JSON may", function()
  local schema = '{"type":"object","properties":{"next":{"$ref":"#"}}}'
  local depth = 990
  local text = ('{"next":'):rep(depth) .. "%s" .. ("}"):rep(depth)
  assert.is_nil(errors(schema, text:format("{}")))
  assert.matches("next expected object, got number$", errors(schema, text:format("1")))
end)

describe("a schema that is none", function()
  local CASES = {
    ['{"patternProperties":{}}'] = "#: unknown keyword .patternProperties",
    ['{"properties":{"a":{"format":"date"}}}'] = "#/properties/a: unknown keyword .format",
    ['{"pattern":"^a"}'] = "#/pattern: ECMA regular expressions are not here; luaPattern has a pattern of Lua's",
    ['{"luaPattern":"["}'] = "#/luaPattern: malformed pattern (missing ']')",
    ['{"type":"int"}'] = "#/type: no type of JSON Schema: int",
    ['{"type":[]}'] = "#/type: a list that is not empty expected, got array",
    ['{"type":7}'] = "#/type: no type of JSON Schema: number",
    ['{"minimum":"1"}'] = "#/minimum: a number expected, got string",
    ['{"minLength":-1}'] = "#/minLength: a whole number from 0 expected, got number",
    ['{"multipleOf":0}'] = "#/multipleOf: a number above 0 expected, got number",
    ['{"required":"a"}'] = "#/required: a list of names expected, got string",
    ['{"required":[1]}'] = "#/required: a list of names expected, got number",
    ['{"items":[{}]}'] = "#/items: a schema expected, got array",
    ['{"items":7}'] = "#/items: a schema expected, got number",
    ['{"anyOf":{}}'] = "#/anyOf: a list of schemas expected, got object",
    ['{"anyOf":[true,{"x":1}]}'] = "#/anyOf/1: unknown keyword .x",
    ['{"$ref":"#/$defs/b","$defs":{"a":{}}}'] = "#/$ref: no such schema here: #/$defs/b",
    ['{"$ref":"http://example.com/"}'] = "#/$ref: no such schema here: http://example.com/",
    ['{"$defs":{"a":{"x":1}}}'] = "#/$defs/a: unknown keyword .x",
    ['{"uniqueItems":1}'] = "#/uniqueItems: a boolean expected, got number",
    ['{"properties":[1]}'] = "#/properties/1: a schema expected, got number",
    ['7'] = "#: a schema expected, got number",
  }
  for schema, message in pairs(CASES) do
    it("raises: " .. schema, function()
      local ok, err = pcall(function()
        validate.compile(decoded(schema))
      end)
      assert.is_false(ok)
      local _, at = err:find("lambda.validate: ", 1, true)
      assert.matches("validate_spec.lua:%d+: lambda", err)
      assert.equal(message, err:sub(at + 1, at + #message))
    end)
  end

  it("raises when it refers to itself without end", function()
    local check = validate.compile(decoded('{"$ref":"#/$defs/a","$defs":{"a":{"$ref":"#/$defs/a"}}}'))
    assert.error_matches(function()
      check(1)
    end, "refers to itself without end")
  end)
end)
