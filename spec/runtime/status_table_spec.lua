--- Every row of the status table: what each answer of the Runtime API makes bootstrap do.
local bootstrap_process = require("bootstrap_process")

local function paths(seen)
  local list = {}
  for index, post in ipairs(seen) do
    list[index] = post.path:match("invocation/(.*)$") or post.path
  end
  return list
end

describe("bootstrap and the statuses of /next", function()
  for _, status in ipairs({ 403, 410, 500 }) do
    it("leaves at once with status 1 and the reason on " .. status, function()
      local refusal = { status = status, body = '{"errorMessage":"no more of this","errorType":"Refused"}' }
      local seen = bootstrap_process.run({ code = "return 1", events = { "{}", refusal, "{}" } })
      assert.equal(1, seen.exit)
      assert.same({ 2, 1, 1 }, { #seen.nexts, #seen, seen.unused })
      assert.matches("no more of this", seen.stderr, 1, true)
      assert.matches(tostring(status), seen.stderr, 1, true)
    end)
  end

  it("tries five times, 0.1 s apart and doubling, for anything else, then leaves with 1", function()
    local seen = bootstrap_process.run({ code = "return 1", events = {
      { drop = true }, { status = 204 }, { status = 404, body = "page not found" },
      { status = 503, body = '{"errorMessage":"the last refusal","errorType":"X"}' },
      { without = { "Lambda-Runtime-Aws-Request-Id" } }, "{}",
    } })
    assert.equal(1, seen.exit)
    assert.same({ 5, 0, 1 }, { #seen.nexts, #seen, seen.unused })
    for index, pause_ms in ipairs({ 100, 200, 400, 800 }) do
      local gap_ms = seen.nexts[index + 1].at_ms - seen.nexts[index].at_ms
      assert.is_true(gap_ms >= pause_ms - 2, ("pause %d was %d ms"):format(index, gap_ms))
    end
    assert.matches("equest.[Ii]d", seen.stderr)
  end)

  it("says which status the last try met", function()
    local refusal = { status = 503, body = '{"errorMessage":"under repair","errorType":"X"}', times = 5 }
    local seen = bootstrap_process.run({ code = "return 1", events = { refusal } })
    assert.equal(1, seen.exit)
    assert.matches("503", seen.stderr, 1, true)
    assert.matches("under repair", seen.stderr, 1, true)
  end)

  it("counts the tries afresh after an event", function()
    local failures = { status = 503, times = 3 }
    local seen = bootstrap_process.run({ code = "return event", events = { failures, "1", failures, "2" } })
    assert.same({ "req-1/response", "req-2/response" }, paths(seen))
    assert.same({ 9, 1 }, { #seen.nexts, seen.exit })
  end)
end)

describe("bootstrap and the statuses of posts", function()
  for call, code in pairs({ response = "return event", error = "error('no')" }) do
    it("takes every 2xx as accepted, on /" .. call, function()
      local seen = bootstrap_process.run({ code = code, events = { "1", "2", "3", "4" },
                                           posts = { 200, 201, 202, 204 } })
      assert.same({ "req-1/" .. call, "req-2/" .. call, "req-3/" .. call, "req-4/" .. call }, paths(seen))
      assert.not_matches("scripted 2", seen.stderr, 1, true)
    end)

    it("logs every other refusal with its reason and goes on, without a second post, on /" .. call, function()
      local statuses = { 302, 400, 401, 403, 404, 410, 413, 418, 429, 501, 503 }
      local seen = bootstrap_process.run({ code = code, posts = statuses,
                                           events = { { body = "1", times = #statuses }, "2" } })
      assert.equal(#statuses + 1, #seen)
      for index, post in ipairs(seen) do
        assert.equal(("/2018-06-01/runtime/invocation/req-%d/%s"):format(index, call), post.path)
      end
      for _, status in ipairs(statuses) do
        assert.equal(1, bootstrap_process.count(seen.stderr, "scripted " .. status))
      end
    end)

    it("leaves with status 1 and the reason on 500, on /" .. call, function()
      local seen = bootstrap_process.run({ code = code, events = { "1", "2" }, posts = { 500 } })
      assert.same({ 1, 1, 1 }, { seen.exit, #seen, seen.unused })
      assert.matches("scripted 500", seen.stderr, 1, true)
    end)
  end

  it("logs a refusal whose body is no JSON, or empty", function()
    local posts = { { status = 502, body = "<html>Bad Gateway\r\n\0</html>" }, { status = 404 } }
    local seen = bootstrap_process.run({ code = "return event", events = { "1", "2", "3" }, posts = posts })
    assert.equal(3, #seen)
    assert.matches("502", seen.stderr, 1, true)
    assert.matches("404", seen.stderr, 1, true)
  end)

  it("does not report an error after a 413", function()
    local seen = bootstrap_process.run({ code = "return event", events = { "1", "2" }, posts = { 413 } })
    assert.same({ "req-1/response", "req-2/response" }, paths(seen))
  end)
end)

describe("bootstrap and posts whose fate is unknown", function()
  -- The event's connection ends with it, so that libcurl does not send again by itself.
  local function last(body)
    return { body = body, headers = { Connection = "close" }, close = true }
  end

  it("tries a post once more", function()
    local seen = bootstrap_process.run({ code = "return event", events = { last("1"), "2" },
                                         posts = { { drop = true } } })
    assert.same({ "req-1/response", "req-1/response", "req-2/response" }, paths(seen))
    assert.same({ "1", "1", "2" }, { seen[1].body, seen[2].body, seen[3].body })
  end)

  it("gives up after the second try, says so, and goes on", function()
    local seen = bootstrap_process.run({ code = "return event", events = { last("1"), "2" },
                                         posts = { { drop = true }, { reset = true } } })
    assert.same({ "req-1/response", "req-1/response", "req-2/response" }, paths(seen))
    assert.matches("req-1", seen.stderr, 1, true)
  end)

  for _, status in ipairs({ 400, 403, 410 }) do
    it("takes " .. status .. " on the second try as proof that the first had arrived", function()
      local seen = bootstrap_process.run({ code = "return event", events = { last("1"), "2" },
                                           posts = { { drop = true }, status } })
      assert.same({ "req-1/response", "req-1/response", "req-2/response" }, paths(seen))
      assert.not_matches("scripted " .. status, seen.stderr, 1, true)
    end)
  end

  it("leaves with 1 when the second try meets 500", function()
    local seen = bootstrap_process.run({ code = "return event", events = { last("1"), "2" },
                                         posts = { { drop = true }, 500 } })
    assert.same({ 1, 2, 1 }, { seen.exit, #seen, seen.unused })
  end)

  it("tries a report once more, too", function()
    local seen = bootstrap_process.run({ code = "error('no')", events = { last("1"), "2" },
                                         posts = { { drop = true } } })
    assert.same({ "req-1/error", "req-1/error", "req-2/error" }, paths(seen))
  end)

  it("lets libcurl replace a reused connection that turns out dead", function()
    local seen = bootstrap_process.run({ code = "return event", events = { "1", "2" },
                                         posts = { { drop = true } } })
    assert.same({ "req-1/response", "req-1/response", "req-2/response" }, paths(seen))
    assert.equal(2, seen.connections)
  end)
end)

describe("bootstrap and the statuses of /init/error", function()
  for _, status in ipairs({ 202, 403, 404, 413, 500 }) do
    it("leaves with status 1 on " .. status, function()
      local seen = bootstrap_process.run({ source = "error('no init')", posts = { status } })
      assert.same({ 1, 1, 0 }, { seen.exit, #seen, #seen.nexts })
      assert.equal("/2018-06-01/runtime/init/error", seen[1].path)
    end)
  end

  it("tries once more when the connection breaks, then leaves with status 1", function()
    local posts = { { drop = true, times = 5 } }
    local seen = bootstrap_process.run({ source = "error('no init')", posts = posts })
    assert.same({ 1, 2, 0 }, { seen.exit, #seen, #seen.nexts })
    assert.matches("no init", seen.stderr, 1, true)
  end)
end)
