local fake_dynamodb = require("fake_dynamodb")
local http_server = require("http_server")
local idempotency = require("lambda.idempotency")
local json = require("lambda.json")
local lambda = require("lambda")
local native = require("lambda.native")

local START_MS = 1700000000123

local OPERATION = { begin = "PutItem", read = "GetItem", complete = "UpdateItem", release = "DeleteItem" }
local server -- of secrets_server

--- A store on a client; how its next operation is made to fail; and what looks a record up.
local function store_on(client, look)
  local failing
  local items = setmetatable({}, { __index = function(_, operation)
    return function(_, request)
      if operation == failing then
        failing = nil
        return nil, { code = "Throttled", message = "later" }
      end
      return client[operation](client, request)
    end
  end })
  local function fail(name)
    failing = OPERATION[name]
  end
  return idempotency.dynamodb("t", items), fail, look
end

--- Each makes a store; and a function that has its next operation fail in the world's way.
local STORES = {
  memory = function()
    local store = idempotency.memory()
    local function fail(name)
      store[name] = function()
        store[name] = nil
        return nil, { code = "Throttled", message = "later" }
      end
    end
    return store, fail, function(id) return store:read(id) end
  end,
  dynamodb = function()
    local items = fake_dynamodb.new("t")
    return store_on(items, function(id) return items.items[id] end)
  end,
  ["dynamodb over HTTP"] = function()
    local client = lambda.aws.client("dynamodb", {
      endpoint = server.url .. "/" .. lambda.crypto.hex(lambda.crypto.random(8)), region = "eu-central-1",
      credentials = { access_key_id = "AKIDEXAMPLE", secret_access_key = "key" },
    })
    return store_on(client, function(id)
      return assert(client:GetItem({ TableName = "t", Key = { id = id } })).Item
    end)
  end,
}

--- The property is tried with so many orders of events; over HTTP each takes a while.
local SEEDS = { memory = 150, dynamodb = 150, ["dynamodb over HTTP"] = 15 }

for store_name, make_store in pairs(STORES) do
  describe("lambda.idempotency with " .. store_name, function()
    local real_now, real_log, now_ms, store, fail, look, logged
    setup(function()
      server = http_server.start("secrets_server")
      real_now, real_log = native.now_ms, package.loaded["lambda.log"]
      native.now_ms = function() return now_ms end
    end)
    teardown(function()
      server:stop()
      native.now_ms, package.loaded["lambda.log"] = real_now, real_log
    end)
    before_each(function()
      now_ms, logged = START_MS, {}
      store, fail, look = make_store()
      package.loaded["lambda.log"] = { error = function(text) logged[#logged + 1] = text end }
    end)

    local function wrap(handler, options)
      local all = { store = store, key = "order.id", prefix = "f" }
      for name, value in pairs(options or {}) do
        all[name] = value
      end
      return idempotency.wrap(all)(handler)
    end

    local function counter(answer)
      local count = 0
      return function()
        count = count + 1
        return answer or { count = count, list = json.array() }
      end, function() return count end
    end

    local EVENT = { order = { id = "A-42", amount = 5 } }

    it("runs once, and gives the same answer again", function()
      local handler, count = counter()
      local wrapped = wrap(handler)
      local first = wrapped(EVENT, {})
      local again = wrapped({ order = { id = "A-42", amount = 7 } }, {})
      assert.same({ count = 1, list = {} }, first)
      assert.equal('{"count":1,"list":[]}', json.encode(again, { sort = true }))
      assert.equal(2, wrapped({ order = { id = "A-43" } }, {}).count)
      assert.equal(2, count())
    end)

    it("keeps what Powertools keeps, under a hash of the key", function()
      local crypto = require("lambda.crypto")
      local seen
      local id = "f#" .. crypto.hex(crypto.sha256('"A-42"'))
      local wrapped = wrap(function()
        seen = look(id)
        return "done"
      end, { validate = "order.amount" })
      wrapped(EVENT, { deadline_ms = now_ms + 3000 })
      assert.same({ "INPROGRESS", now_ms // 1000 + 3600, now_ms + 3000, crypto.hex(crypto.sha256("5")) },
        { seen.status, seen.expiration, seen.in_progress_expiration, seen.validation })
      local kept = look(id)
      assert.same({ id, "COMPLETED", '"done"', crypto.hex(crypto.sha256("5")) },
        { kept.id, kept.status, kept.data, kept.validation })
    end)

    it("runs again when the answer has expired", function()
      local handler, count = counter()
      local wrapped = wrap(handler, { ttl_s = 10 })
      wrapped(EVENT)
      now_ms = (START_MS // 1000 + 10) * 1000 + 999
      assert.equal(1, wrapped(EVENT).count)
      now_ms = now_ms + 1
      assert.equal(2, wrapped(EVENT).count)
      assert.equal(2, count())
    end)

    it("counts the answer's time from the answer", function()
      local handler, count = counter()
      local wrapped = wrap(function()
        now_ms = now_ms + 8000
        return handler()
      end, { ttl_s = 10 })
      wrapped(EVENT)
      now_ms = now_ms + 9000
      wrapped(EVENT)
      assert.equal(1, count())
    end)

    it("runs again after a failure, of either kind, and passes it on", function()
      local failing, count = true, 0
      local wrapped = wrap(function(event)
        count = count + 1
        if failing == "raise" then
          error({ type = "OrderNotFound", message = "gone" })
        elseif failing then
          return nil, "no money", event
        end
        return count
      end)
      assert.same({ nil, "no money", EVENT, n = 3 }, table.pack(wrapped(EVENT)))
      failing = "raise"
      local trace
      assert.is_false(xpcall(wrapped, function(raised)
        trace = debug.traceback()
        assert.equal("OrderNotFound", raised.type)
      end, EVENT))
      assert.matches("idempotency_spec.lua:%d+: in function <", trace)
      failing = false
      assert.equal(3, wrapped(EVENT))
      assert.equal(3, wrapped(EVENT))
    end)

    it("refuses while another execution is under way, until that one's deadline is over", function()
      local wrapped, inner, err
      wrapped = wrap(function()
        if not inner then
          inner, err = "asked", select(2, wrapped(EVENT, { deadline_ms = now_ms + 5000 }))
          now_ms = now_ms + 5001
          inner = wrapped(EVENT, { deadline_ms = now_ms + 5000 })
          return "late"
        end
        return "inner"
      end)
      assert.equal("late", wrapped(EVENT, { deadline_ms = now_ms + 5000 }))
      assert.equal("IdempotencyInProgress", err.type)
      assert.equal("inner", inner)
      assert.same({ "this execution took longer than its record allowed; another one has begun" }, logged)
      assert.equal("inner", wrapped(EVENT)) -- the late one has not overwritten it
    end)

    it("leaves the record of its successor alone when it fails late", function()
      local wrapped, count = nil, 0
      wrapped = wrap(function()
        count = count + 1
        if count == 1 then
          now_ms = now_ms + 5001
          wrapped(EVENT)
          error("late")
        end
        return count
      end)
      assert.is_false(pcall(wrapped, EVENT, { deadline_ms = now_ms + 5000 }))
      assert.equal(2, wrapped(EVENT))
    end)

    it("does not let an execution outlive its record where the answer is kept for less", function()
      local wrapped, err
      wrapped = wrap(function()
        now_ms = now_ms + 8000
        err = select(2, wrapped(EVENT, { deadline_ms = now_ms + 100 }))
        return 1
      end, { ttl_s = 1 })
      wrapped(EVENT, { deadline_ms = now_ms + 10000 })
      assert.equal("IdempotencyInProgress", err.type)
    end)

    it("refuses another event under the same key", function()
      local handler, count = counter()
      local wrapped = wrap(handler, { validate = "order.amount" })
      wrapped(EVENT)
      local answer, err = wrapped({ order = { id = "A-42", amount = 500 } })
      assert.is_nil(answer)
      assert.equal("IdempotencyMismatch", err.type)
      assert.not_matches("500", tostring(err))
      assert.equal("IdempotencyMismatch", select(2, wrapped({ order = { id = "A-42" } })).type)
      assert.equal(1, wrapped(EVENT).count)
      assert.equal(1, count())
      assert.equal(1, wrap(handler)(EVENT).count) -- who does not ask is not refused
    end)

    it("takes keys of any JSON, whatever the order of their members", function()
      local handler, count = counter()
      local wrapped = wrap(handler, { key = function(event) return event.key end })
      for _, key in ipairs({ "1", 1, { 1 }, { a = 1, b = 2 }, true, { a = { b = json.array() } } }) do
        wrapped({ key = key })
        wrapped({ key = key })
      end
      wrapped({ key = json.decode('{"b":2,"a":1}') })
      assert.equal(6, count())
      wrapped({ key = false })
      wrapped({ key = false }) -- not this one
      assert.equal(8, count())
      assert.equal("IdempotencyKeyMissing", select(2, wrapped({})).type)
      local ok, err = pcall(wrapped, { key = print })
      assert.is_false(ok)
      assert.matches("the key of the event is no JSON", err, 1, true)
    end)

    it("finds keys in lists, and says when there is none", function()
      local handler, count = counter()
      local wrapped = wrap(handler, { key = "Records.1.id" })
      wrapped({ Records = { { id = "a" } } })
      wrapped({ Records = { { id = "a" } } })
      assert.equal(1, count())
      for _, event in ipairs({ {}, { Records = "x" }, { Records = { { id = json.null } } }, "text" }) do
        local _, err = wrapped(event)
        assert.equal("the event has no 'Records.1.id'", err.message)
      end
      wrapped({ Records = { { id = false } } }) -- by a path, false is a value like others
      wrapped({ Records = { { id = false } } })
      assert.equal(2, count())
    end)

    it("keeps null for an answer of nothing", function()
      local count = 0
      local wrapped = wrap(function() count = count + 1 end)
      assert.is_nil(wrapped(EVENT))
      assert.equal(json.null, wrapped(EVENT))
      assert.equal(1, count)
    end)

    it("raises where an answer cannot be kept, and lets it be tried again", function()
      local answers = { print, lambda.raw("x"), lambda.stream({ body = "x" }), "\255" }
      local at = 0
      local wrapped = wrap(function()
        at = at + 1
        return answers[at] or "good"
      end)
      for _ = 1, #answers do
        local ok, err = pcall(wrapped, EVENT)
        assert.is_false(ok)
        assert.equal("IdempotencyAnswerError", err.type)
      end
      assert.equal("good", wrapped(EVENT))
    end)

    it("runs nothing when the record cannot be written, or read", function()
      local handler, count = counter()
      local wrapped = wrap(handler)
      fail("begin")
      local answer, err = wrapped(EVENT)
      assert.is_nil(answer)
      assert.same({ "IdempotencyStoreError", "the record could not be written: Throttled: later", "Throttled" },
        { err.type, err.message, err.code })
      assert.equal(0, count())
      wrapped(EVENT)
      fail("read")
      assert.equal("the record could not be read: Throttled: later", select(2, wrapped(EVENT)).message)
      assert.equal(1, count())
    end)

    it("gives the answer when it cannot be kept for the store's sake, and says so", function()
      local handler, count = counter()
      local wrapped = wrap(handler)
      fail("complete")
      assert.equal(1, wrapped(EVENT, { deadline_ms = now_ms + 1000 }).count)
      assert.same({ "the record could not be completed: Throttled: later; the event may be handled again" }, logged)
      assert.equal("IdempotencyInProgress", select(2, wrapped(EVENT)).type)
      assert.equal(1, count())
    end)

    it("passes the handler's error on when the record cannot be removed", function()
      local wrapped = wrap(function() error("bad", 0) end)
      fail("release")
      local ok, err = pcall(wrapped, EVENT)
      assert.same({ false, "bad" }, { ok, err })
      assert.same({ "the record could not be removed: Throttled: later; the event may be handled again" }, logged)
    end)

    it("hands further arguments and the context through", function()
      local got
      local context = { deadline_ms = now_ms + 1 }
      wrap(function(...)
        got = table.pack(...)
        return 1
      end)(EVENT, context, "more", nil)
      assert.same({ EVENT, context, "more", nil, n = 4 }, got)
    end)

    -- The property: whatever the order of calls, failures, deaths and pauses, no two executions of a key overlap, and
    -- an effect has happened once for as long as its answer is kept.
    local KEYS, CALLS, TTL_S, LIMIT_MS = 3, 60, 20, 9000

    local function world(random)
      local self = { live = {}, kept_s = {}, running = {}, key_of = {}, effects = 0, answers = 0, refused = 0 }

      --- The handler: pauses twice, and fails or dies now and then. state.deadline_ms is its sandbox's.
      local handler = function(event, context)
        local key, other = event.key, self.running[event.key]
        assert(not other or other < now_ms, "two executions of a key at a time")
        local kept_s = self.kept_s[key]
        assert(not kept_s or kept_s < now_ms // 1000, "an effect happened again while its answer was kept")
        self.running[key] = context.deadline_ms
        coroutine.yield()
        local fate = random(6)
        if fate == 1 then
          self.running[key] = nil
          error("handler fails", 0)
        elseif fate == 2 then
          self.running[key] = nil
          return nil, "handler fails"
        elseif fate == 3 then
          coroutine.yield("dies")
        end
        self.effects = self.effects + 1
        local number = self.effects
        self.key_of[number] = key
        coroutine.yield()
        return number
      end

      local wrapped = wrap(handler, { key = "key", ttl_s = TTL_S })

      --- One call, as a coroutine that the world resumes until it ends, or until its sandbox is killed.
      function self.call(key)
        local context = { deadline_ms = now_ms + LIMIT_MS }
        local entry = { deadline_ms = context.deadline_ms, key = key }
        entry.thread = coroutine.create(function()
          local ok, answer, err = pcall(wrapped, { key = key }, context)
          if not ok then
            assert(answer == "handler fails", answer)
          elseif answer == nil then
            self.refused = self.refused + (err.type == "IdempotencyInProgress" and 1 or 0)
            assert(err == "handler fails" or err.type == "IdempotencyInProgress", tostring(err))
          else
            self.answers = self.answers + 1
          end
        end)
        self.live[#self.live + 1] = entry
      end

      --- The store has an answer from now on: its execution is over.
      function self.kept(record)
        local key = self.key_of[json.decode(record.data)]
        self.kept_s[key], self.running[key] = record.expiration, nil
      end

      function self.step()
        local at = random(#self.live)
        local entry = self.live[at]
        -- The platform kills what is late; a death before the effect leaves the record as it is.
        if now_ms > entry.deadline_ms then
          table.remove(self.live, at)
          return
        end
        local ok, word = coroutine.resume(entry.thread)
        assert(ok, word)
        if word == "dies" or coroutine.status(entry.thread) == "dead" then
          table.remove(self.live, at)
        end
      end
      return self
    end

    it("has each effect once, in whatever order things happen", function()
      local total = { effects = 0, answers = 0, refused = 0 }
      for seed = 1, SEEDS[store_name] do
        local state = seed * 2654435761 % (1 << 32)
        local function random(n)
          state = (state * 1103515245 + 12345) % (1 << 31)
          return (state >> 16) % n + 1
        end
        store = make_store()
        now_ms = START_MS
        local real, slow, run = store, {} ---@type table
        for _, name in ipairs({ "begin", "read", "complete", "release" }) do -- a pause around each of them
          slow[name] = function(_, argument, ...)
            coroutine.yield()
            local result, err = real[name](real, argument, ...)
            if name == "complete" and result then
              run.kept(argument)
            end
            coroutine.yield()
            return result, err
          end
        end
        store = slow
        run = world(random)
        for _ = 1, CALLS do
          run.call("k" .. random(KEYS))
          for _ = 1, random(8) do
            if #run.live > 0 then
              run.step()
            end
          end
          now_ms = now_ms + (random(10) == 1 and random(30000) or random(300))
        end
        for name in pairs(total) do
          total[name] = total[name] + run[name]
        end
      end
      local least = 4 * SEEDS[store_name] -- else it has shown little
      assert.is_true(total.effects > least and total.answers > 2 * total.effects and total.refused > least,
        json.encode(total))
    end)
  end)
end

describe("lambda.idempotency", function()
  it("believes its own record when the answer to writing it was lost", function()
    local items = fake_dynamodb.new("t")
    local put = items.PutItem
    function items:PutItem(request) -- the client of lambda.aws sends it twice
      put(self, request)
      return put(self, request)
    end
    local wrapped = idempotency.wrap({ store = idempotency.dynamodb("t", items), key = "id" })(function() return 1 end)
    assert.equal(1, wrapped({ id = 1 }))
    local _, other = next(items.items)
    assert.equal("COMPLETED", other.status)
  end)

  it("makes its own client, and says what AWS says", function()
    local real = package.loaded["lambda.aws"]
    finally(function() package.loaded["lambda.aws"] = real end)
    package.loaded["lambda.aws"] = { client = function(service)
      assert.equal("dynamodb", service)
      return fake_dynamodb.new("other")
    end }
    local wrapped = idempotency.wrap({ table = "t", key = "id" })(function() return 1 end)
    local _, err = wrapped({ id = 1 })
    assert.equal("the record could not be written: ResourceNotFoundException: Requested resource not found",
      err.message)
  end)

  it("copes with records of others", function()
    local items = fake_dynamodb.new("t")
    local wrapped = idempotency.wrap({ store = idempotency.dynamodb("t", items), key = "id", prefix = "f" })(
      function() return 1 end)
    wrapped({ id = 1 })
    local id, record = next(items.items)
    local far = record.expiration
    for _, data in ipairs({ json.decode("{}"), "{not json" }) do
      items.items[id] = { id = id, status = "COMPLETED", expiration = far, data = data }
      assert.equal("IdempotencyStoreError", select(2, wrapped({ id = 1 })).type)
    end
    items.items[id] = { id = id, status = "INPROGRESS", expiration = far }
    assert.equal("IdempotencyInProgress", select(2, wrapped({ id = 1 })).type)
    for _, expiration in ipairs({ "soon", true, json.null }) do
      assert.is_false(require("lambda.idempotency.record").is_over(
        { status = "INPROGRESS", expiration = expiration, in_progress_expiration = expiration }, START_MS))
    end
    items.items[id] = { id = id, status = "COMPLETED", expiration = far, data = "[1]" }
    assert.same({ 1 }, wrapped({ id = 1 }))
  end)

  it("gives up on a record that comes and goes", function()
    local store = { begin = function() return false end, read = function() end, complete = 1, release = 1 }
    local _, err = idempotency.wrap({ store = store, key = "id" })(print)({ id = 1 })
    assert.equal("other executions keep taking the same event", err.message)
  end)

  it("blames the caller", function()
    local function blamed(expected, options)
      local ok, err = pcall(idempotency.wrap, options)
      assert.is_false(ok)
      assert.matches(expected, err, 1, true)
    end
    local store = idempotency.memory()
    blamed("bad argument #1 to 'idempotency.wrap' (a table of options expected, got nil)")
    blamed("key: a path", { store = store })
    blamed("key: a path", { store = store, key = ".." })
    blamed("either a table or a store", { key = "id" })
    blamed("either a table or a store", { key = "id", table = "t", store = store })
    blamed("store: a store expected", { key = "id", store = {} })
    blamed("table: a table's name", { key = "id", table = "" })
    blamed("there is no option 'ttl'", { key = "id", store = store, ttl = 1 })
    blamed("ttl_s: a whole number", { key = "id", store = store, ttl_s = 0 })
    blamed("in_progress_ttl_s: a whole number", { key = "id", store = store, in_progress_ttl_s = 1.5 })
    blamed("validate: a path", { key = "id", store = store, validate = 1 })
    blamed("prefix: a string", { key = "id", store = store, prefix = "" })
    local ok, err = pcall(idempotency.wrap({ key = "id", store = store }), "x")
    assert.is_false(ok)
    assert.matches("(a function expected, got string)", err, 1, true)
    ok, err = pcall(idempotency.dynamodb)
    assert.is_false(ok)
    assert.matches("a table's name expected", err, 1, true)
  end)
end)
