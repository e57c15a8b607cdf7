--- A small HTTP server for specs: a child process, many connections at a time, one answer a path. Another module's
--- answer(request, state) can take the place of these (aws_server.lua):
---
---     /echo             what came: method, path, headers, body as JSON
---     /status/503       that status, with a body
---     /redirect/N?to=U  status 302, or /redirect/307?to=U that one
---     /bytes/N          N bytes
---     /slow/MS          an answer after so many milliseconds
---     /never            takes the request and says nothing
---     /cut              says 100 bytes, sends 10, closes
---     /rubbish          no HTTP
---     /gzip             a gzipped body
---     /drip/N           N chunks, one after another (Transfer-Encoding: chunked)
---     /connections      how many connections there have been
---     /systemsmanager/… /secretsmanager/…  as the parameters extension answers: the value is what came, as JSON;
---                       "refuse" in the query: 400, "odd": no JSON, "binary": the secret is bytes
local json = require("lambda.json")
local scratch = require("scratch")
local socket = require("socket")

local M = {}

local GZIPPED = "\31\139\8\0\0\0\0\0\2\3\203\72\205\201\201\7\0\134\166\16\54\5\0\0\0" -- "hello"

local function unescape(text)
  return (text:gsub("%%(%x%x)", function(hex)
    return string.char(tonumber(hex, 16))
  end))
end

local function answer(status, body, headers)
  local lines = { ("HTTP/1.1 %d X"):format(status), "Content-Length: " .. #body }
  for _, line in ipairs(headers or {}) do
    lines[#lines + 1] = line
  end
  return table.concat(lines, "\r\n") .. "\r\n\r\n" .. body
end

--- Each returns the bytes of the answer; and what is to become of the connection: "close", "hang", or ms to wait.
local ROUTES = {
  echo = function(_, request)
    return answer(200, assert(json.encode(request, { encoding = "replace" })), {
      "Content-Type: application/json", "X-Twice: a", "X-Twice: b", "Set-Cookie: k=v", "Set-Cookie: l=w" })
  end,
  status = function(argument) return answer(tonumber(argument), "status " .. argument) end,
  redirect = function(argument, request)
    return answer(tonumber(argument) or 302, "moved", { "Location: " .. unescape(request.path:match("to=(.*)$")) })
  end,
  bytes = function(argument) return answer(200, ("x"):rep(tonumber(argument))) end,
  slow = function(argument) return answer(200, "slow"), tonumber(argument) end,
  never = function() return "", "hang" end,
  cut = function() return "HTTP/1.1 200 X\r\nContent-Length: 100\r\n\r\n0123456789", "close" end,
  rubbish = function() return "this is no HTTP at all\r\n\r\n", "close" end,
  gzip = function() return answer(200, GZIPPED, { "Content-Encoding: gzip" }) end,
  drip = function(argument)
    local parts = { "HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n" }
    for i = 1, tonumber(argument) do
      parts[#parts + 1] = ("6\r\n%06d\r\n"):format(i)
    end
    return table.concat(parts) .. "0\r\n\r\n"
  end,
}

local function as_extension(make)
  return function(_, request)
    local query = request.path:match("?(.*)$")
    if query:find("refuse", 1, true) then
      return answer(400, "not ready to serve traffic, please wait")
    elseif query:find("odd", 1, true) then
      return answer(200, "<html>")
    end
    return answer(200, json.encode(make(json.encode(request), query)))
  end
end

ROUTES.systemsmanager = as_extension(function(text)
  return { Parameter = { Name = "x", Value = text }, ResultMetadata = {} }
end)
ROUTES.secretsmanager = as_extension(function(text, query)
  if query:find("binary", 1, true) then
    return { SecretBinary = "AP8=", SecretString = json.null }
  end
  return { SecretBinary = json.null, SecretString = text }
end)

local function receive(connection, pattern)
  while true do
    local text, problem, partial = connection.socket:receive(pattern, connection.rest)
    if text then
      connection.rest = nil
      return text
    elseif problem ~= "timeout" then
      return nil
    end
    connection.rest = partial
    coroutine.yield("read")
  end
end

local function send(connection, bytes)
  local at = 1
  while at <= #bytes do
    local last, problem, partial = connection.socket:send(bytes, at)
    if not last and problem ~= "timeout" then
      return
    end
    at = (last or partial) + 1
    if not last then
      coroutine.yield("write")
    end
  end
end

local function read_request(connection)
  local line = receive(connection, "*l")
  if not line then
    return nil
  end
  local method, path = line:match("^(%S+) (%S+)")
  local request = { method = method, path = path, headers = {} }
  for header in function() return receive(connection, "*l") end do
    if header == "" then
      break
    end
    local name, value = header:match("^([^:]+):%s*(.*)$")
    request.headers[name:lower()] = value
  end
  local len = tonumber(request.headers["content-length"] or 0)
  request.body = len > 0 and receive(connection, len) or ""
  return request
end

local function serve(connection, state)
  for request in function() return read_request(connection) end do
    local name, argument = request.path:match("^/(%w+)/?([^?]*)")
    local bytes, fate
    if M.answer then
      bytes, fate = M.answer(request, state)
    elseif name == "connections" then
      bytes = answer(200, tostring(state.connections))
    else
      bytes, fate = (ROUTES[name] or function() return answer(404, "no such path") end)(argument, request)
    end
    local due = type(fate) == "number" and socket.gettime() + fate / 1000
    while due and socket.gettime() < due do
      coroutine.yield("timer")
    end
    send(connection, bytes)
    while fate == "hang" do
      coroutine.yield("read")
    end
    if fate == "close" then
      break
    end
  end
  connection.socket:close()
end

local function is_alive(pid)
  local file = io.open("/proc/" .. pid .. "/stat")
  return file ~= nil and file:close()
end

--- The server's loop, in the child. It ends with the process that started it.
function M.main()
  local listener = assert(socket.bind("127.0.0.1", 0, 64))
  listener:settimeout(0)
  local _, port = listener:getsockname()
  io.write(port, "\n")
  io.flush()
  local threads, state = {}, { connections = 0 }
  while true do
    local readers, writers, has_timer = { listener }, {}, false
    for thread, entry in pairs(threads) do
      if entry.wants == "timer" then
        has_timer = true
      else
        table.insert(entry.wants == "write" and writers or readers, entry.connection.socket)
      end
      entry.thread = thread
    end
    socket.select(readers, writers, has_timer and 0.005 or 0.2)
    if not is_alive(M.parent) then
      os.exit(0)
    end
    local accepted = listener:accept()
    while accepted do
      accepted:settimeout(0)
      accepted:setoption("tcp-nodelay", true)
      state.connections = state.connections + 1
      local connection = { socket = accepted }
      threads[coroutine.create(function() serve(connection, state) end)] = { connection = connection, wants = "read" }
      accepted = listener:accept()
    end
    for thread, entry in pairs(threads) do
      local ok, wants = coroutine.resume(thread)
      assert(ok, wants)
      entry.wants = wants
      if coroutine.status(thread) == "dead" then
        threads[thread] = nil
      end
    end
  end
end

---@class http_server.Server
---@field url string  "http://127.0.0.1:PORT"
---@field stop fun(self: http_server.Server)

--- Starts one. It ends by `stop`, and in any case with this process.
---@param module string?  whose answer(request, state) gives the answers
---@return http_server.Server
function M.start(module)
  local here = scratch.new()
  local own_pid = io.open("/proc/self/stat"):read("n")
  local program = ('package.path = %q; local m = require("http_server") m.parent = "%d" %s m.main()')
    :format(package.path, own_pid, module and ("m.answer = require(%q).answer"):format(module) or "")
  here:write("server.lua", program)
  assert(os.execute(("lua5.4 '%s/server.lua' >'%s/port' 2>'%s/log' </dev/null & echo $! >'%s/pid'")
    :format(here.path, here.path, here.path, here.path)))
  local function read(name)
    local file = io.open(here.path .. "/" .. name)
    local text = file and file:read("l")
    if file then
      file:close()
    end
    return text
  end
  local until_s = socket.gettime() + 10
  while not read("port") do
    assert(socket.gettime() < until_s, "the HTTP server did not start: " .. (read("log") or ""))
    socket.select(nil, nil, 0.005)
  end
  return {
    url = "http://127.0.0.1:" .. read("port"),
    stop = function()
      os.execute("kill " .. read("pid"))
      getmetatable(here).__close(here)
    end,
  }
end

return M
