local events = require("http_events")
local lambda = require("lambda")
local request = require("lambda.request")
local response = require("lambda.response")

--- What comes back to the service, as it reads it.
local function answer(event, given)
  local result, err = response.to_event(assert(request.from(event)), given)
  return result and lambda.json.decode(assert(lambda.json.encode(result))), err
end

local GIVEN = { status = 201, headers = { ["X-One"] = 1, ["x-two"] = { "a", "b" }, ["Content-Type"] = "text/plain" },
                cookies = { "a=1", "b=2" }, body = "café" }

describe("lambda.response.to_event()", function()
  it("is lambda.response", function()
    assert.equal(response, lambda.response)
  end)

  for _, kind in ipairs({ "v2", "url" }) do
    it("has joined headers and cookies apart for " .. kind, function()
      assert.same({ statusCode = 201, body = "café", isBase64Encoded = false, cookies = { "a=1", "b=2" },
        headers = { ["x-one"] = "1", ["x-two"] = "a, b", ["content-type"] = "text/plain" },
      }, answer(events[kind](), GIVEN))
    end)
  end

  it("has lists for what a REST API gets several times", function()
    assert.same({ statusCode = 201, body = "café", isBase64Encoded = false,
      headers = { ["x-one"] = "1", ["content-type"] = "text/plain" },
      multiValueHeaders = { ["x-two"] = { "a", "b" }, ["set-cookie"] = { "a=1", "b=2" } },
    }, answer(events.v1(), GIVEN))
    assert.is_nil(answer(events.v1(), { body = "x" }).multiValueHeaders)
  end)

  it("has what a load balancer is set to, and a reason", function()
    assert.same({ statusCode = 201, statusDescription = "201 Created", body = "café", isBase64Encoded = false,
      multiValueHeaders = { ["x-one"] = { "1" }, ["x-two"] = { "a", "b" }, ["content-type"] = { "text/plain" },
                            ["set-cookie"] = { "a=1", "b=2" } },
    }, answer(events.alb({ multiValueHeaders = {} }), GIVEN))
    assert.same({ statusCode = 404, statusDescription = "404 Not Found", body = "", isBase64Encoded = false,
      headers = { ["x-two"] = "a, b", ["set-cookie"] = "a=1" },
    }, answer(events.alb(), { status = 404, headers = { ["x-two"] = { "a", "b" } }, cookies = { "a=1" } }))
    for status, text in pairs({ [299] = "299 Success", [399] = "399 Redirection", [418] = "418 Client Error",
                                [599] = "599 Server Error" }) do
      assert.equal(text, answer(events.alb(), { status = status }).statusDescription)
    end
    local result, err = answer(events.alb(), { cookies = { "a=1", "b=2" } })
    assert.is_nil(result)
    assert.matches("lambda.multi_value_headers.enabled", err, 1, true)
  end)

  it("is 200 with nothing, when nothing is given", function()
    assert.same({ statusCode = 200, headers = {}, body = "", isBase64Encoded = false }, answer(events.url(), {}))
  end)

  it("takes Set-Cookie among the headers for cookies", function()
    assert.same({ "a=1", "b=2", "c=3" },
      answer(events.url(), { headers = { ["Set-Cookie"] = { "a=1", "b=2" } }, cookies = { "c=3" } }).cookies)
  end)

  it("sends text as text and bytes in base64, by the content type", function()
    local texts = { "text/html; charset=utf-8", "application/json", "Application/Problem+JSON", "image/svg+xml",
                    "application/xml", "application/javascript", "application/atom+xml; charset=utf-8" }
    for _, content_type in ipairs(texts) do
      local result = answer(events.url(), { headers = { ["content-type"] = content_type }, body = "é" })
      assert.same({ "é", false }, { result.body, result.isBase64Encoded })
    end
    for _, content_type in ipairs({ "image/png", "application/octet-stream", "application/jsonx+zip" }) do
      local result = answer(events.url(), { headers = { ["content-type"] = content_type }, body = "é" })
      assert.same({ lambda.crypto.base64("é"), true }, { result.body, result.isBase64Encoded })
    end
  end)

  it("sends in base64 whatever is packed or no UTF-8", function()
    local packed = { ["content-type"] = "text/plain", ["content-encoding"] = "gzip" }
    assert.is_true(answer(events.url(), { headers = packed, body = "text" }).isBase64Encoded)
    packed["content-encoding"] = "identity"
    assert.is_false(answer(events.url(), { headers = packed, body = "text" }).isBase64Encoded)
    local latin = { ["content-type"] = "text/plain; charset=latin1" }
    local result = answer(events.url(), { headers = latin, body = "\xe9" })
    assert.same({ "6Q==", true }, { result.body, result.isBase64Encoded })
    assert.is_true(answer(events.url(), { body = "\xff" }).isBase64Encoded)
    assert.is_false(answer(events.url(), { body = "no type" }).isBase64Encoded)
  end)

  it("refuses what HTTP cannot carry", function()
    local cases = {
      [{ status = 99 }] = "the status must be an integer from 100 to 599, not 99",
      [{ status = 200.5 }] = "not 200.5",
      [{ status = "200" }] = "the status must be",
      [{ headers = { ["a:b"] = "c" } }] = '"a:b" is no name of a header',
      [{ headers = { "c" } }] = '"1" is no name of a header',
      [{ headers = { a = "b\nc" } }] = "the header a must be text",
      [{ headers = { a = "\0" } }] = "the header a must be text",
      [{ headers = { a = "\xff" } }] = "the header a must be text",
      [{ headers = { a = { "b", {} } } }] = "the header a must be text",
      [{ headers = { a = false } }] = "the header a must be text",
      [{ cookies = { "a=1\r\nx: y" } }] = "a cookie must be text",
      [{ cookies = { 7 } }] = "a cookie must be text",
      [{ cookies = { first = "a=1" } }] = "a cookie must be text",
      [{ headers = { x = { "a", nil, "c" } } }] = "the header x must be text",
      [{ headers = { x = { name = "a" } } }] = "the header x must be text",
      [{ headers = "a: b" }] = "headers and cookies must be tables",
      [{ cookies = "a=1" }] = "headers and cookies must be tables",
      [{ body = 7 }] = "the body must be a string, not a number",
    }
    for given, message in pairs(cases) do
      local result, err = answer(events.url(), given)
      assert.is_nil(result)
      assert.matches(message, err, 1, true)
    end
  end)

  it("keeps the order of a list, whichever way it was built, and leaves out an empty one", function()
    local function list()
      return { [4] = "d", [3] = "c", [1] = "a", [2] = "b" }
    end
    local result = answer(events.url(), { headers = { x = list(), y = {} }, cookies = list() })
    assert.same({ { x = "a, b, c, d" }, { "a", "b", "c", "d" } }, { result.headers, result.cookies })
  end)

  it("takes whole numbers as they come", function()
    assert.equal(200, answer(events.url(), { status = 400 / 2 }).statusCode)
  end)
end)

describe("lambda.response.to_stream()", function()
  it("has one value a header", function()
    local options = response.to_stream(GIVEN)
    assert.same({ 201, { "a=1", "b=2" }, "a, b" }, { options.status, options.cookies, options.headers["x-two"] })
    assert.is_nil(response.to_stream({ status = 7 }))
    assert.is_nil(response.to_stream({ headers = { ["a b"] = "c" } }))
  end)
end)
