--- What fake_rapi recorded, as Lua tables.
local cjson = require("cjson")

local M = {}

local any_case = {
  __index = function(headers, name)
    return rawget(headers, name:lower())
  end,
}

--- One request.
---@class record.Request
---@field method string
---@field path string
---@field headers table<string, string>  looked up in any case
---@field body string
---@field document any           the body, decoded
---@field connection integer     counted from 1
---@field at_ms integer          since the program was started
---@field stdout_bytes integer   what the program had written by then
---@field stderr_bytes integer
---@field upload record.Upload?  of a chunked one; then body is what came of it, unless that was above 32 MiB

--- What a chunked upload has besides.
---@class record.Upload
---@field trailers table<string, string>  looked up in any case
---@field bytes integer    of the body
---@field chunks integer
---@field number integer   its body is in the file "upload-NUMBER"
---@field began_ms integer
---@field ended "whole"|"cut"|"bad framing"

local with_document = {
  __index = function(request, name)
    return name == "document" and cjson.decode(request.body) or nil
  end,
}

local function parse_fields(text)
  local fields = setmetatable({}, any_case)
  for name, value in text:gmatch("\n([^:\r\n]+):[ \t]*([^\r\n]*)") do
    fields[name:lower()] = value
  end
  return fields
end

local function parse_head(request, head)
  request.method, request.path = head:match("^(%S+) (%S+) HTTP/1%.1\r\n")
  request.headers = parse_fields(head)
end

local FRAME = "^request (%d+) (%d+) (%d+) (%d+) (%d+) (%d+)\n()"
local UPLOAD = "^upload (%d+) (%d+) (%d+) (%d+) (%d+) (%d+) (%d+) (%d+) (%d+) (%d+) (%d+)\n()"
local ENDED = { [0] = "cut", [1] = "whole", [2] = "bad framing" }

--- Reads the frame of an upload at `at`; the position behind it, or nil when it is none.
local function upload_at(requests, bytes, at)
  local number = table.pack(bytes:sub(at, at + 300):match(UPLOAD))
  if not number[1] then
    return nil
  end
  for index = 1, 11 do
    number[index] = math.tointeger(number[index])
  end
  local head = at + number[12] - 1
  local trailers = head + number[5]
  local request = {
    connection = number[1], at_ms = number[2], stdout_bytes = number[3], stderr_bytes = number[4],
    upload = {
      trailers = parse_fields("\n" .. bytes:sub(trailers, trailers + number[6] - 1)),
      bytes = number[7], chunks = number[8], number = number[9], began_ms = number[10],
      ended = ENDED[number[11]],
    },
  }
  parse_head(request, bytes:sub(head, trailers - 1))
  requests[#requests + 1] = setmetatable(request, with_document)
  return trailers + number[6]
end

--- Reads the frame of any other request; the position behind it.
local function request_at(requests, bytes, at)
  local fields = table.pack(bytes:sub(at, at + 200):match(FRAME))
  assert(fields[1], "the record is damaged")
  local number = {}
  for index = 1, 6 do
    number[index] = math.tointeger(fields[index])
  end
  local head = at + fields[7] - 1
  local body = head + number[5]
  local request = {
    connection = number[1], at_ms = number[2], stdout_bytes = number[3], stderr_bytes = number[4],
    body = bytes:sub(body, body + number[6] - 1),
  }
  parse_head(request, bytes:sub(head, body - 1))
  requests[#requests + 1] = setmetatable(request, with_document)
  return body + number[6]
end

--- Reads the stream that fake_request.h and fake_upload.h describe.
---@param bytes string
---@return record.Request[]
function M.requests(bytes)
  local requests, at = {}, 1
  while at <= #bytes do
    at = upload_at(requests, bytes, at) or request_at(requests, bytes, at)
  end
  return requests
end

--- Reads the outcome: "exit 1" and its like.
---@param text string
---@return table<string, integer>
function M.outcome(text)
  local outcome = {}
  for word, number in text:gmatch("(%a+) (%d+)\n") do
    outcome[word] = math.tointeger(number)
  end
  return outcome
end

return M
