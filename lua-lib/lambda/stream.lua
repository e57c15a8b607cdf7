--- Answers that are sent while they are made: return lambda.stream(function(out) out:write("…") end).
--- docs/streaming.md is the manual. The sending is done in C (runtime/host_stream.c).
local errors = require("lambda.errors")
local json = require("lambda.json")
local prelude = require("lambda.prelude")
local native = require("lambda.native")

-- A handler that forgets `local` may overwrite any global.
local error, pairs, select, setmetatable, tostring, type = error, pairs, select, setmetatable, tostring, type
local is_callable, stream_mt = native.is_callable, native.stream_mt
local getinfo = debug.getinfo

local M = {}

local MESSAGE_FLOOR_BYTES = 64 -- a message is not cut below this to make room

---@class lambda.stream.Out
---@field write fun(self: lambda.stream.Out, chunk: string): true?, string?  nil, why when nobody takes any more

---@class lambda.stream.Options
---@field body string|fun(out: lambda.stream.Out)|(fun(): string?)|table  what is sent, see docs/streaming.md
---@field status integer?                 100–599
---@field headers table<string, string|number>?
---@field cookies string[]?               "name=value; Path=/" each
---@field content_type string?

---@class lambda.Stream
---@field content_type string?            of the post
---@field private head string?         the prelude
---@field private body fun(out: lambda.stream.Out)

--- What the body writes to, and the other side of it, which makes it refuse what comes after its end.
local function new_out(head, send)
  local out, failure, is_closed = {}, nil, false

  local function give(bytes)
    local taken, why, is_late = send(bytes)
    if is_late then
      error(errors.fault("Function.DeadlineExceeded", why), 0)
    end
    failure = not taken and why or nil
    return taken
  end

  local function begin()
    local bytes = head
    head = nil
    return not bytes or give(bytes)
  end

  function out:write(chunk)
    if self ~= out then
      error("call it as out:write(chunk), with a colon", 2)
    elseif type(chunk) ~= "string" then
      error(("bad argument #1 to 'out:write' (a string expected, got %s)"):format(type(chunk)), 2)
    elseif is_closed then
      error("out:write after the end of the answer: a body may write only until it returns", 2)
    elseif failure then
      return nil, failure
    elseif chunk == "" or (begin() and give(chunk)) then -- an empty chunk would end the encoding
      return true
    end
    return nil, failure
  end

  return out, {
    begin = begin, -- sends what comes before the first chunk, if that is still due
    has_failed = function() return failure ~= nil end,
    __close = function() is_closed = true end,
  }
end

--- Runs the body; what it raises passes through.
---@param stream lambda.Stream
---@param send fun(bytes: string): true?, string?, boolean?  true, or nil, why, whether it was for the deadline
function M.run(stream, send)
  local out, control = new_out(stream.head, send)
  local _ <close> = setmetatable({}, control)
  stream.body(out, control.has_failed)
  if not control.has_failed() then
    control.begin()
  end
end

--- A function that takes `out`, rather than one that gives chunks: a Lua function with a parameter.
local function is_writer(f)
  local info = getinfo(f, "uS")
  return info.what ~= "C" and (info.nparams > 0 or info.isvararg)
end

--- A body that writes for itself. `return nil, err` fails the answer as it fails a handler's.
local function from_writer(body)
  return function(out, has_failed)
    local result, failure = body(out)
    if type(result) == "string" then
      error("the body of the stream returned a string: send it with out:write(…)", 0)
    elseif result == nil and failure ~= nil and not has_failed() then
      error(errors.returned(failure), 0)
    end
  end
end

--- The four values that a generic `for` takes.
local function from_iterator(f, state, control, closing)
  return function(out)
    for chunk in f, state, control, closing do
      if type(chunk) ~= "string" then
        error(("the iterator of a streamed body gave a %s; a chunk must be a string"):format(type(chunk)), 0)
      elseif not out:write(chunk) then
        break
      end
    end
  end
end

--- Any kind of body as a function of `out`; nil when it is none.
local function to_body(body, ...)
  if type(body) == "string" then
    return function(out)
      out:write(body)
    end
  elseif type(body) == "function" and select("#", ...) == 0 and is_writer(body) then
    return from_writer(body)
  elseif is_callable(body) then
    return from_iterator(body, ...)
  elseif type(body) == "table" and is_callable(body[1]) then
    return from_iterator(body[1], body[2], body[3], body[4])
  end
  return nil
end

local KNOWN = { status = true, headers = true, cookies = true, content_type = true, body = true }

--- A stream of these options, or nil and what is wrong.
local function from_options(options)
  for name in pairs(options) do
    if not KNOWN[name] then
      return prelude.bad(tostring(name), "there are body, status, headers, cookies, content_type")
    end
  end
  local content_type, body, head, problem = options.content_type, to_body(options.body), nil, nil
  if content_type ~= nil and (type(content_type) ~= "string" or not prelude.header_text(content_type)) then
    return prelude.bad("content_type", "a string expected, UTF-8 without control characters")
  elseif not body then
    return prelude.bad("body", "a function, an iterator or a string expected, got %s", type(options.body))
  end
  if options.status ~= nil or options.headers ~= nil or options.cookies ~= nil then
    head, problem = prelude.new(options)
    content_type = prelude.TYPE
  end
  return not problem and { body = body, head = head, content_type = content_type } or nil, problem
end

local function from_body(body, ...)
  body = to_body(body, ...)
  if not body then
    return nil, "bad argument #1 to 'lambda.stream' (a body or a table of options expected)"
  end
  return { body = body }
end

--- An answer to return from a handler; sent when the handler has returned, while its body runs.
---@param body lambda.stream.Options|string|fun(out: lambda.stream.Out)|fun(): string?
---@param ... any  what an iterator comes with: lambda.stream(io.lines(path, "L"))
---@return lambda.Stream
function M.new(body, ...)
  local stream, problem
  if type(body) == "table" and not is_callable(body) then
    stream, problem = from_options(body)
  else
    stream, problem = from_body(body, ...)
  end
  if problem then -- after `return lambda.stream(…)`, a tail call, the caller's line is not known
    error(problem, getinfo(1, "t").istailcall and 0 or 2)
  end
  return setmetatable(stream, stream_mt)
end

--- An error document that fits into trailers: without data, with less of the trace, at last with less of the message.
---@param text string         JSON
---@param limit_bytes integer
---@return string # JSON; within the limit as far as it has a message to cut
function M.abridge(text, limit_bytes)
  local document = json.decode(text)
  local options = { sort = true, encoding = "replace" }
  local trace, message = document.stackTrace, document.errorMessage
  document.errorData = nil
  text = json.encode(document, options)
  while #text > limit_bytes and (#trace > 0 or #message > MESSAGE_FLOOR_BYTES) do
    if #trace > 0 then
      trace[#trace] = nil
    else -- not inside a character
      message = message:sub(1, #message * 3 // 4):gsub("[\xC0-\xFF][\x80-\xBF]*$", "")
      document.errorMessage = message .. "…"
    end
    text = json.encode(document, options)
  end
  return text
end

stream_mt.__name = "lambda.stream"
stream_mt.__index = { run = M.run }

return M
