local http = require("lambda.http")
local http_server = require("http_server")
local json = require("lambda.json")
local native = require("lambda.native")
local scratch = require("scratch")

describe("lambda.http", function()
  local server
  setup(function()
    server = http_server.start()
  end)
  teardown(function()
    server:stop()
    http.close()
  end)

  local function echo(options)
    options.url = options.url or server.url .. "/echo"
    local response = assert(http.request(options))
    assert.equal(200, response.status)
    return assert(response:json()), response
  end

  local function fails(kind, request)
    local response, err = http.request(request)
    assert.is_nil(response)
    assert.equal("HttpError", err.type)
    assert.equal(kind, err.kind, err.message)
    return err
  end

  it("gets", function()
    local response = assert(http.get(server.url .. "/bytes/5"))
    assert.equal(200, response.status)
    assert.is_true(response.ok)
    assert.equal("xxxxx", response.body)
    assert.equal("5", response.headers["Content-LENGTH"])
    assert.equal(server.url .. "/bytes/5", response.url)
    assert.is_nil(response.headers.missing)
  end)

  it("sends a method, headers, a query and a body as they are", function()
    local seen = echo({
      method = "put", url = server.url .. "/echo?a=1", query = { q = "x y&é", list = { 1, 2 }, yes = true },
      headers = { ["X-Empty"] = "", ["X-List"] = { "p", "q" }, ["X-Number"] = 7 }, body = "\0\255binary",
      timeout_ms = 5000,
    })
    assert.equal("PUT", seen.method)
    assert.equal("/echo?a=1&list=1&list=2&q=x%20y%26%C3%A9&yes=true", seen.path)
    assert.equal("", seen.headers["x-empty"])
    assert.equal("7", seen.headers["x-number"])
    assert.equal("8", seen.headers["content-length"])
    assert.is_nil(seen.headers["content-type"])
    assert.is_nil(seen.headers.expect)
    assert.equal("lunambda", seen.headers["user-agent"])
  end)

  it("posts text, JSON and forms", function()
    local response = assert(http.post(server.url .. "/echo", "text"))
    assert.equal("POST", response:json().method)
    assert.equal("text", response:json().body)
    local seen = echo({ json = { id = 7, list = json.array() } })
    assert.equal("POST", seen.method)
    assert.same({ id = 7, list = {} }, json.decode(seen.body))
    assert.equal("application/json", seen.headers["content-type"])
    seen = echo({ form = { a = "1 2", b = "&" }, headers = { ["content-type"] = "text/x-mine" } })
    assert.equal("a=1%202&b=%26", seen.body)
    assert.equal("text/x-mine", seen.headers["content-type"])
    assert.equal("0", echo({ method = "POST" }).headers["content-length"])
    assert.is_nil(echo({ method = "DELETE" }).headers["content-length"])
  end)

  it("joins repeated headers, and keeps cookies apart", function()
    local _, response = echo({})
    assert.equal("a, b", response.headers["x-twice"])
    assert.same({ "k=v", "l=w" }, response.cookies)
  end)

  it("takes HEAD without waiting for a body", function()
    local response = assert(http.request({ method = "HEAD", url = server.url .. "/status/204" }))
    assert.equal("", response.body)
    http.close() -- the server sent one all the same
  end)

  it("has an answer for each status, and no error", function()
    for _, status in ipairs({ 200, 201, 400, 404, 500, 503 }) do
      local response = assert(http.get(server.url .. "/status/" .. status))
      assert.equal(status, response.status)
      assert.equal(status < 300, response.ok)
      assert.equal("status " .. status, response.body)
    end
  end)

  it("keeps its connection from one request to the next", function()
    http.close()
    assert(http.get(server.url .. "/echo"))
    local before = tonumber(http.get(server.url .. "/connections").body)
    for _ = 1, 20 do
      assert(http.get(server.url .. "/echo"))
    end
    assert.equal(before, tonumber(http.get(server.url .. "/connections").body))
    http.close()
    assert.equal(before + 1, tonumber(http.get(server.url .. "/connections").body))
  end)

  it("undoes compression", function()
    local response = assert(http.get(server.url .. "/gzip"))
    assert.equal("hello", response.body)
  end)

  it("leaves path and body as they are when asked to", function()
    local url = server.url .. "/gzip/../echo/./a/../b"
    assert.matches("^\31\139", assert(http.get(server.url .. "/gzip", { exact = true })).body)
    assert.equal("/echo/b", assert(http.get(url)):json().path)
    assert.equal("/echo/./a/../b", assert(http.get(server.url .. "/echo/./a/../b", { exact = true })):json().path)
  end)

  it("goes past the proxy when asked to", function()
    local here <close> = scratch.new()
    here:write("direct.lua", ([[
      package.path = %q
      local http = require("lambda.http")
      io.write(select(2, http.get(%q)).kind, " ", http.get(%q, { direct = true }).status)
    ]]):format(package.path, server.url .. "/echo", server.url .. "/echo"))
    assert(os.execute(("http_proxy=http://127.0.0.1:1 lua5.4 '%s/direct.lua' >'%s/out'"):format(here.path, here.path)))
    assert.equal("connect 200", here:read("out"))
  end)

  it("has no deadline outside of an event", function()
    assert.is_nil(http.remaining_ms())
  end)

  it("says what went wrong, by its kind", function()
    fails("connect", { url = "http://127.0.0.1:1/" })
    fails("resolve", { url = "http://no-such-host.invalid/" })
    fails("timeout", { url = server.url .. "/never", timeout_ms = 50 })
    fails("timeout", { url = server.url .. "/echo", timeout_ms = 0 })
    fails("connection", { url = server.url .. "/cut" })
    fails("protocol", { url = server.url .. "/rubbish" })
    fails("too_large", { url = server.url .. "/bytes/100001", max_bytes = 100000 })
    assert.equal(100000, #assert(http.get(server.url .. "/bytes/100000", { max_bytes = 100000 })).body)
    fails("url", { url = "ftp://127.0.0.1/" })
    fails("url", { url = "file:///etc/passwd" })
    fails("url", { url = "http://a b/" })
    fails("url", { url = "http://127.0.0.1/\r\nX: y" })
    fails("url", { url = "http://[::1/" })
    fails("header", { url = server.url, headers = { ["X-A"] = "a\r\nX-B: b" } })
    fails("header", { url = server.url, headers = { ["X-A\r\nX"] = "b" } })
    fails("header", { url = server.url, headers = { ["X-A"] = "a\0b" } })
    fails("header", { url = server.url, headers = { ["X-A"] = true } })
    fails("other", { url = server.url, method = "GET / HTTP/1.1\r\nX:" })
    fails("other", { url = server.url, json = print })
  end)

  it("does not show what may be secret in a URL", function()
    local err = fails("connect", { url = "http://user:secret1@127.0.0.1:1/path?token=secret2#secret3" })
    assert.equal("http://127.0.0.1:1/path", err.url)
    assert.matches("^GET http://127.0.0.1:1/path: ", err.message)
    assert.is_nil(tostring(err):find("secret"))
    err = fails("url", { url = "http://user:p@secret4@127.0.0.1:1/path" })
    assert.equal("http://127.0.0.1:1/path", err.url)
  end)

  it("takes limits beyond its own for those", function()
    for _, most in ipairs({ 1 << 31, 1 << 62, math.maxinteger }) do
      echo({ timeout_ms = most, connect_timeout_ms = most, max_bytes = most })
    end
  end)

  it("blames the caller for wrong types and unknown options", function()
    local function blamed(expected, fn, ...)
      local ok, err = pcall(fn, ...)
      assert.is_false(ok)
      assert.matches(expected, err, 1, true)
    end
    blamed("a table of options expected, got string", http.request, "http://x/")
    blamed("url: string expected, got nil", http.request, {})
    blamed("url: string expected, got nil", http.get)
    blamed("there is no option 'header'", http.get, "http://x/", { header = {} })
    blamed("timeout_ms: integer expected, got number", http.get, "http://x/", { timeout_ms = 1.5 })
    blamed("max_bytes: must not be negative", http.get, "http://x/", { max_bytes = -1 })
    blamed("to: a function or a path expected, got boolean", http.get, "http://x/", { to = true })
    blamed("a list of requests expected", http.all)
    blamed("at_once: a positive integer expected", http.all, {}, { at_once = 0 })
  end)
end)

describe("redirects of lambda.http", function()
  local server, other
  setup(function()
    server, other = http_server.start(), http_server.start()
  end)
  teardown(function()
    server:stop()
    other:stop()
    http.close()
  end)

  local function to(target, status)
    return ("%s/redirect/%s?to=%s"):format(server.url, status or "", (target:gsub("[?&=]", function(byte)
      return ("%%%02X"):format(byte:byte())
    end)))
  end

  it("are followed, relative ones too", function()
    local response = assert(http.get(to("/echo?a=1")))
    assert.equal(server.url .. "/echo?a=1", response.url)
    assert.equal("/echo?a=1", response:json().path)
  end)

  it("turn POST into GET where they do so everywhere, and keep it where they must", function()
    for status, method in pairs({ [301] = "GET", [302] = "GET", [303] = "GET", [307] = "POST", [308] = "POST" }) do
      local seen = assert(http.post(to("/echo", status), "body", { headers = { ["Content-Type"] = "x/y" } })):json()
      assert.equal(method, seen.method, status)
      assert.equal(method == "POST" and "body" or "", seen.body)
      assert.equal(method == "POST" and "x/y" or nil, seen.headers["content-type"])
    end
    assert.equal("PUT", assert(http.request({ method = "PUT", url = to("/echo", 302), body = "" })):json().method)
    assert.equal("GET", assert(http.request({ method = "PUT", url = to("/echo", 303), body = "" })):json().method)
  end)

  it("do not carry secrets to another host", function()
    local headers = { Authorization = "Bearer x", Cookie = "k=v", ["X-Api-Key"] = "k", ["X-Other"] = "o" }
    local seen = assert(http.get(to("/echo"), { headers = headers })):json()
    assert.equal("Bearer x", seen.headers.authorization)
    seen = assert(http.get(to(other.url .. "/echo"), { headers = headers })):json()
    assert.is_nil(seen.headers.authorization)
    assert.is_nil(seen.headers.cookie)
    assert.is_nil(seen.headers["x-api-key"])
    assert.equal("o", seen.headers["x-other"])
  end)

  it("do not carry a Host of the caller's to another host", function()
    local headers = { Host = "first.example" }
    assert.equal("first.example", assert(http.get(to("/echo"), { headers = headers })):json().headers.host)
    assert.equal(other.url:match("//(.*)$"),
      assert(http.get(to(other.url .. "/echo"), { headers = headers })):json().headers.host)
  end)

  it("are bounded", function()
    local twice = server.url .. "/redirect/?to=/redirect/?to=/echo"
    local response, err = http.get(twice, { follow = 1 })
    assert.is_nil(response)
    assert.equal("redirect", err.kind)
    assert.matches("more than 1 redirects", err.message)
    response = assert(http.get(to("/echo"), { follow = 0 }))
    assert.equal(302, response.status)
    assert.equal("/echo", response.headers.location)
  end)

  it("lead nowhere but to http and https, and not from the latter to the former", function()
    for _, target in ipairs({ "file:///etc/passwd", "ftp://127.0.0.1/", "gopher://x/" }) do
      local response, err = http.get(to(target))
      assert.is_nil(response)
      assert.equal("redirect", err.kind)
    end
    local redirect = require("lambda.http.redirect")
    local hop, reason = redirect.follow({ url = "https://a/", method = "GET", left_out = {} }, 302, "http://a/")
    assert.is_nil(hop)
    assert.matches("from https to http", reason)
    hop = redirect.follow({ url = "https://a:443/x", method = "GET", left_out = {} }, 302, "https://u@A/y")
    assert.is_nil(next(hop.left_out))
    hop = redirect.follow({ url = "https://a/", method = "GET", left_out = {} }, 302, "https://a:8443/")
    assert.is_true(hop.left_out.authorization)
  end)
end)

describe("downloads of lambda.http", function()
  local server
  setup(function()
    server = http_server.start()
  end)
  teardown(function()
    server:stop()
    http.close()
  end)

  it("go to a function, piece by piece, in constant memory", function()
    local bytes, pieces = 0, 0
    collectgarbage()
    local before_kb = collectgarbage("count")
    local most_kb = 0
    local response = assert(http.get(server.url .. "/bytes/20000000", { to = function(chunk)
      bytes, pieces = bytes + #chunk, pieces + 1
      collectgarbage()
      most_kb = math.max(most_kb, collectgarbage("count") - before_kb)
    end }))
    assert.equal(20000000, bytes)
    assert.is_true(pieces > 20)
    assert.is_true(most_kb < 2000, most_kb)
    assert.is_nil(response.body)
  end)

  it("come in order, and whole", function()
    local parts = {}
    assert(http.get(server.url .. "/drip/50000", { to = function(chunk) parts[#parts + 1] = chunk end }))
    local whole = table.concat(parts)
    assert.equal(300000, #whole)
    for i = 1, 50000, 4999 do
      assert.equal(("%06d"):format(i), whole:sub(i * 6 - 5, i * 6))
    end
  end)

  it("go to a file, which is there only when all of it came", function()
    local here <close> = scratch.new()
    local path = here.path .. "/file"
    assert(http.get(server.url .. "/bytes/100000", { to = path }))
    assert.equal(("x"):rep(100000), here:read("file"))
    assert(http.get(server.url .. "/bytes/0", { to = here.path .. "/empty" }))
    assert.equal("", here:read("empty"))
    local response, err = http.get(server.url .. "/cut", { to = here.path .. "/half" })
    assert.is_nil(response)
    assert.equal("connection", err.kind)
    assert.is_nil(here:read("half"))
    response, err = http.get(server.url .. "/bytes/9", { to = "/no/such/folder/file" })
    assert.is_nil(response)
    assert.equal("file", err.kind)
    assert.matches("/no/such/folder/file", err.message, 1, true)
  end)

  it("leave answers that are no success in the body", function()
    local here <close> = scratch.new()
    local response = assert(http.get(server.url .. "/status/404", { to = here.path .. "/file" }))
    assert.equal("status 404", response.body)
    assert.is_nil(here:read("file"))
  end)

  it("stop when the function says so, or raises", function()
    local response, err = http.get(server.url .. "/bytes/20000000", { to = function() return false end })
    assert.is_nil(response)
    assert.equal("stopped", err.kind)
    local ok, raised = pcall(http.get, server.url .. "/bytes/20000000", { to = function() error("enough", 0) end })
    assert.is_false(ok)
    assert.equal("enough", raised)
    assert.equal("xx", assert(http.get(server.url .. "/bytes/2")).body)
  end)

  it("are bounded where they ask for it", function()
    local bytes = 0
    local response, err = http.get(server.url .. "/bytes/1000000", { max_bytes = 500000, to = function(chunk)
      bytes = bytes + #chunk
    end })
    assert.is_nil(response)
    assert.equal("too_large", err.kind)
    assert.is_true(bytes <= 500000)
  end)
end)

describe("lambda.http.all", function()
  local server
  setup(function()
    server = http_server.start()
  end)
  teardown(function()
    server:stop()
    http.close()
  end)

  it("sends all at once, and has each answer in its place", function()
    local list = {}
    for i = 1, 10 do
      list[i] = { url = server.url .. "/slow/200" }
    end
    list[5], list[7] = { url = "http://127.0.0.1:1/" }, { url = "rubbish" }
    local before_ms = native.now_ms()
    local responses, errors = http.all(list)
    assert.is_true(native.now_ms() - before_ms < 1000) -- one after the other would be 1600
    for i = 1, 10 do
      if i == 5 or i == 7 then
        assert.is_false(responses[i])
        assert.equal(i == 5 and "connect" or "url", errors[i].kind)
      else
        assert.equal("slow", responses[i].body)
        assert.is_nil(errors[i])
      end
    end
  end)

  it("sends no more at once than it is told", function()
    local list = {}
    for i = 1, 6 do
      list[i] = { url = server.url .. "/slow/60" }
    end
    local before_ms = native.now_ms()
    local responses = http.all(list, { at_once = 2 })
    assert.is_true(native.now_ms() - before_ms >= 175)
    assert.equal(6, #responses)
  end)

  it("sends nothing for no request, as the first call of all, too", function()
    package.loaded["lambda.http"] = nil
    local fresh = require("lambda.http")
    package.loaded["lambda.http"] = http
    assert.same({ {}, {} }, { fresh.all({}) })
  end)
end)

describe("time for lambda.http", function()
  local server, real_headers
  setup(function()
    server, real_headers = http_server.start(), native.log.headers
  end)
  teardown(function()
    server:stop()
    native.log.headers = real_headers
    http.close()
  end)

  it("ends before the event's deadline, whatever the request asks for", function()
    native.log.headers = function()
      return "lambda-runtime-deadline-ms\0" .. native.now_ms() + 400 .. "\0"
    end
    for _, options in ipairs({ {}, { timeout_ms = 60000 } }) do
      local before_ms = native.now_ms()
      local response, err = http.get(server.url .. "/never", options)
      assert.is_nil(response)
      assert.equal("timeout", err.kind)
      local took_ms = native.now_ms() - before_ms
      assert.is_true(took_ms >= 250 and took_ms < 400, took_ms)
    end
    assert(http.get(server.url .. "/echo"))
  end)

  it("does not wait for a silent name server", function()
    local here <close> = scratch.new()
    here:write("silent.c", [[
#include <netdb.h>
#include <unistd.h>
int getaddrinfo(const char *name, const char *port, const struct addrinfo *hints, struct addrinfo **result)
{
    (void)name, (void)port, (void)hints, (void)result;
    pause();
    return EAI_AGAIN;
}]])
    assert(os.execute(("cd '%s' && cc -shared -fPIC -o silent.so silent.c"):format(here.path)))
    here:write("ask.lua", ([[
package.path, package.cpath = %q, %q
local _, err = require("lambda.http").get("http://silent.example/", { timeout_ms = 100 })
io.write(err.kind)]]):format(package.path, package.cpath))
    local pipe = assert(io.popen(("LD_PRELOAD='%s/silent.so' timeout 10 lua5.4 '%s/ask.lua'"):format(
      here.path, here.path)))
    local kind = pipe:read("a")
    assert.same({ "timeout", true, "exit", 0 }, { kind, pipe:close() })
  end)
end)

describe("TLS of lambda.http", function()
  it("is verified", function()
    local here <close> = scratch.new()
    local command = ("cd '%s' && openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 2 "
      .. "-subj /CN=localhost -addext subjectAltName=DNS:localhost 2>/dev/null"):format(here.path)
    assert(os.execute(command))
    local socket = require("socket")
    local probe = assert(socket.bind("127.0.0.1", 0))
    local _, port = probe:getsockname()
    probe:close()
    assert(os.execute(("cd '%s' && { openssl s_server -accept 127.0.0.1:%d -cert cert.pem -key key.pem -www "
      .. ">log 2>&1 </dev/null & echo $! >pid; }"):format(here.path, port)))
    local until_s = socket.gettime() + 10
    repeat
      local connection = socket.connect("127.0.0.1", port)
      assert(socket.gettime() < until_s, "openssl s_server did not start")
    until connection and connection:close()
    local url = ("https://localhost:%d/"):format(port)
    local response, err = http.get(url)
    local trusted, trusted_err = http.get(url, { ca_file = here.path .. "/cert.pem" })
    local other_url = ("https://127.0.0.1:%d/"):format(port)
    local wrong_name, name_err = http.get(other_url, { ca_file = here.path .. "/cert.pem" })
    local no_file, file_err = http.get(url, { ca_file = here.path .. "/missing.pem" })
    os.execute("kill " .. here:read("pid"))
    http.close()
    assert.is_nil(response)
    assert.equal("tls", err.kind)
    assert.equal(200, trusted and trusted.status, trusted_err)
    assert.is_nil(wrong_name)
    assert.equal("tls", name_err.kind)
    assert.is_nil(no_file)
    assert.equal("tls", file_err.kind)
  end)
end)

describe("lambda/curl.so", function()
  it("binds to any libcurl.so.4, for it asks for no versions of its symbols", function()
    local path = assert(package.searchpath("lambda.curl", package.cpath))
    local pipe = assert(io.popen(("readelf -dW --dyn-syms '%s'"):format(path)))
    local text = pipe:read("a")
    pipe:close()
    local needed = {}
    for name in text:gmatch("NEEDED%)%s+Shared library: %[([^%]]+)%]") do
      needed[#needed + 1] = name
    end
    table.sort(needed)
    assert.same({ "libc.so.6", "libcurl.so.4" }, needed)
    local count = 0
    for name in text:gmatch(" UND (curl_[^%s]+)") do
      count = count + 1
      assert.is_nil(name:find("@"), name)
    end
    assert.is_true(count >= 15)
    assert.is_nil(text:find("RPATH", 1, true) or text:find("RUNPATH", 1, true))
  end)
end)
