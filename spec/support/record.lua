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

local with_document = {
  __index = function(request, name)
    return name == "document" and cjson.decode(request.body) or nil
  end,
}

local function parse_head(request, head)
  request.method, request.path = head:match("^(%S+) (%S+) HTTP/1%.1\r\n")
  request.headers = setmetatable({}, any_case)
  for name, value in head:gmatch("\r\n([^:\r\n]+):[ \t]*([^\r\n]*)") do
    request.headers[name:lower()] = value
  end
end

local FRAME = "^request (%d+) (%d+) (%d+) (%d+) (%d+) (%d+)\n()"

--- Reads the stream that fake_request.h describes.
---@param bytes string
---@return record.Request[]
function M.requests(bytes)
  local requests, at = {}, 1
  while at <= #bytes do
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
    at = body + number[6]
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
