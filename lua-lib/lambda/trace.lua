--- X-Ray subsegments: what a handler spent its time on, sent to the daemon by UDP. Nothing waits, nothing fails.
--- https://docs.aws.amazon.com/xray/latest/devguide/xray-api-segmentdocuments.html
local errors = require("lambda.errors")
local json = require("lambda.json")
local native = require("lambda.native")
local present = require("lambda.present")

-- A handler that forgets `local` may overwrite any global.
local math, string = math, string
local error, getenv, next, require, setmetatable, tonumber, type =
  error, os.getenv, next, require, setmetatable, tonumber, type

-- The daemon takes 64 KB; what is longer than that it drops.
local DOCUMENT_LIMIT_BYTES = 64 * 1024 - 512
local NAME_LIMIT_BYTES = 200
local MESSAGE_LIMIT_BYTES = 4096
local HEADER = '{"format":"json","version":1}\n'
local datagram = native.datagram()

local ENCODING = { sort = true, encoding = "replace" }

---@class lambda.trace.Segment
---@field id string           16 hexadecimal digits
---@field is_sampled boolean  false: nothing is sent
---@field private event string?  the headers of the event that it belongs to
local Segment = {}
Segment.__index = Segment

---@class lambda.trace
local M = {}

--- The segment that a new one belongs to.
---@type lambda.trace.Segment?
local current

--- The same, unless it is left over from an earlier event, which never finished it.
local function parent_segment()
  if current and current.event ~= native.log.headers() then
    current = nil
  end
  return current
end

--- The trace header of the present event: Root=1-…;Parent=…;Sampled=1
local function trace_header()
  return present.header("lambda-runtime-trace-id") or ""
end

---@class lambda.trace.Root
---@field trace_id string
---@field parent_id string
---@field is_sampled boolean

--- Where a first subsegment hangs; nil outside a traced event.
---@return lambda.trace.Root?
local function root()
  local header = trace_header()
  local trace_id = string.match(header, "Root=(1%-%x+%-%x+)")
  local parent_id = string.match(header, "Parent=(%x+)")
  if trace_id and parent_id then
    return { trace_id = trace_id, parent_id = parent_id, is_sampled = string.find(header, "Sampled=1", 1, true) ~= nil }
  end
end

local function new_id()
  local crypto = require("lambda.crypto")
  return crypto.hex(crypto.random(8))
end

local function now_s()
  return native.now_ms() / 1000
end

local function check_name(caller, name)
  if type(name) ~= "string" or #name > NAME_LIMIT_BYTES or not string.find(name, "^[%w%s_.:/%%&#=+\\@-]+$") then
    error(string.format("bad argument #1 to 'trace.%s' (a name expected: 1 to %d letters, digits, blanks or "
      .. "_ . : / %% & # = + \\ - @)", caller, NAME_LIMIT_BYTES), 3)
  end
end

local function create(name, parent)
  local place = parent or root()
  local segment = setmetatable({
    parent = parent, event = native.log.headers(), is_sampled = place ~= nil and place.is_sampled,
  }, Segment)
  if segment.is_sampled then
    segment.id = new_id()
    segment.document = {
      id = segment.id, name = name, type = "subsegment", start_time = now_s(),
      trace_id = parent and parent.document.trace_id or place.trace_id,
      parent_id = parent and parent.id or place.parent_id,
    }
  end
  return segment
end

--- Begins a subsegment; end it with `finish`, or with `local s <close> = trace.begin("…")`. Those that begin before
--- its end are its children.
---@param name string  what takes the time: "orders table", "api.example.com"
---@return lambda.trace.Segment
function M.begin(name)
  check_name("begin", name)
  local segment = create(name, parent_segment())
  current = segment
  return segment
end

--- Calls a function inside a subsegment, which an error marks as failed and passes on.
---@generic R
---@param name string
---@param fn fun(segment: lambda.trace.Segment): R
---@return R
function M.capture(name, fn)
  check_name("capture", name)
  if type(fn) ~= "function" then
    error(string.format("bad argument #2 to 'trace.capture' (a function expected, got %s)", type(fn)), 2)
  end
  local segment <close> = M.begin(name)
  return fn(segment)
end

--- What X-Ray can search for: `annotation.tenant = "bob"`.
---@param key string                   letters, digits and _
---@param value string|number|boolean
---@return lambda.trace.Segment self
function Segment:annotate(key, value)
  if type(key) ~= "string" or not string.find(key, "^[%w_]+$") then
    error("bad argument #1 to 'annotate' (a name of letters, digits and _ expected)", 2)
  elseif type(value) ~= "string" and type(value) ~= "boolean" and not math.type(value) then
    error(string.format("bad argument #2 to 'annotate' (a string, a number or a boolean expected, got %s)",
      type(value)), 2)
  elseif math.type(value) and value - value ~= 0 then
    error("bad argument #2 to 'annotate' (X-Ray has no NaN and no infinity)", 2)
  end
  if self.document then
    self.document.annotations = self.document.annotations or {}
    self.document.annotations[key] = value
  end
  return self
end

--- What X-Ray shows and cannot search for.
---@param key string
---@param value any           what JSON can hold
---@param namespace string?   "default" unless given
---@return lambda.trace.Segment self
function Segment:metadata(key, value, namespace)
  if type(key) ~= "string" then
    error(string.format("bad argument #1 to 'metadata' (a string expected, got %s)", type(key)), 2)
  elseif namespace ~= nil and type(namespace) ~= "string" then
    error(string.format("bad argument #3 to 'metadata' (a string expected, got %s)", type(namespace)), 2)
  end
  local _, problem = json.encode(value, ENCODING)
  if problem then
    error(string.format("bad argument #2 to 'metadata' (%s)", problem), 2)
  end
  if self.document then
    local metadata = self.document.metadata or {}
    metadata[namespace or "default"] = metadata[namespace or "default"] or {}
    metadata[namespace or "default"][key] = value
    self.document.metadata = metadata
  end
  return self
end

---@class lambda.trace.Request
---@field method string?
---@field url string?      without what is secret: X-Ray shows it
---@field status integer?  of the answer
---@field content_length integer?

local REQUEST = { method = "string", url = "string", status = "integer", content_length = "integer" }

local function request_problem(request)
  if type(request) ~= "table" then
    return string.format("a table expected, got %s", type(request))
  end
  for name, expected in next, REQUEST do
    local value = request[name]
    if value ~= nil and type(value) ~= expected and math.type(value) ~= expected then
      return string.format("%s: a value of type %s expected, got %s", name, expected, type(value))
    end
  end
end

--- Says that the time went into a call of another service.
---@param request lambda.trace.Request
---@return lambda.trace.Segment self
function Segment:remote(request)
  local problem = request_problem(request)
  if problem then
    error(string.format("bad argument #1 to 'remote' (%s)", problem), 2)
  end
  if self.document then
    self.document.namespace = "remote"
    self.document.http = {
      request = { method = request.method, url = request.url },
      response = { status = request.status, content_length = request.content_length },
    }
    local status = request.status or 0
    self.document.throttle = status == 429 or nil
    self.document.error = status >= 400 and status < 500 or nil
    self.document.fault = status >= 500 or nil
  end
  return self
end

local function cut(text)
  return #text > MESSAGE_LIMIT_BYTES and string.sub(text, 1, MESSAGE_LIMIT_BYTES) .. "…" or text
end

local function note_error(document, raised)
  local type_name, message = errors.read(raised)
  document.fault = true
  document.cause = {
    working_directory = native.working_directory() or "",
    exceptions = { { id = new_id(), type = type_name or "LuaError", message = cut(message or errors.text(raised)) } },
  }
end

--- The document as the daemon takes it; without its metadata where it would be too long.
local function encode(document)
  local text, problem = json.encode(document, ENCODING)
  if text and #text > DOCUMENT_LIMIT_BYTES and document.metadata then
    require("lambda.log").warn("a trace's metadata is left out: it is too long", { bytes = #text })
    document.metadata = nil
    text, problem = json.encode(document, ENCODING)
  end
  if text and #text > DOCUMENT_LIMIT_BYTES then
    return nil, string.format("%d bytes are more than %d", #text, DOCUMENT_LIMIT_BYTES)
  end
  return text, problem
end

--- "127.0.0.1:2000", or with tcp: and udp: parts, as the SDKs take it.
local function daemon()
  local address = getenv("AWS_XRAY_DAEMON_ADDRESS") or ""
  address = string.match(address, "udp:(%S+)") or address
  local host, port = string.match(address, "^%[?(.-)%]?:(%d+)$")
  return host, math.tointeger(tonumber(port))
end

local function send(document)
  local host, port = daemon()
  if not port then
    return -- no daemon: nobody asked for traces
  end
  local text, problem = encode(document)
  if text then
    local _
    _, problem = datagram.send(host, port, HEADER .. text)
  end
  if problem then
    require("lambda.log").warn("a trace is lost: " .. problem, { segment = document.name })
  end
end

--- Ends it and sends it. Once: a second call does nothing.
---@param raised any?  what went wrong, when something did
function Segment:finish(raised)
  if self.is_finished then
    return
  end
  self.is_finished = true
  if current == self then
    current = self.parent
    while current and current.is_finished do
      current = current.parent
    end
  end
  local document = self.document
  if document then
    document.end_time = now_s()
    if raised ~= nil then
      note_error(document, raised)
    end
    send(document)
  end
end

function Segment:__close(raised)
  self:finish(raised)
end

--- Whether the present event is traced.
---@return boolean
function M.is_sampled()
  local place = parent_segment() or root()
  return place ~= nil and place.is_sampled
end

return M
