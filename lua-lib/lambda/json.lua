--- JSON to Lua and back, loss-free. docs/json.md has the rules; the work is done in C (runtime/json_*.c).
local native = require("lambda.native").json

local M = {}

---@class lambda.json.DecodeOptions
--- Integers beyond 64 bits become the nearest float, or stay as the digits that they are: "float" or "string".
---@field bigint? string
--- What is not UTF-8 is an error, or becomes U+FFFD: "strict" or "replace".
---@field encoding? string

---@class lambda.json.EncodeOptions
--- Keys in the order of their bytes; default false: in whatever order Lua has them.
---@field sort? boolean
--- Spaces per level, 0 to 16; default 0: all on one line.
---@field indent? integer
--- As for decoding.
---@field encoding? string

---@class lambda.json.Raw  text that goes into the JSON as it stands
---@field [1] string
---@field content_type? string

--- What null becomes, for a table cannot hold nil. The same value as cjson.null.
M.null = native.null

--- Text to a value. Bad text gives nil and a message with line, column and path.
---@type fun(text: string, options?: lambda.json.DecodeOptions): any, string?
M.decode = native.decode

--- A value to text. What has no JSON form gives nil and a message with the path.
---@type fun(value: any, options?: lambda.json.EncodeOptions): string?, string?
M.encode = native.encode

--- Marks a table (a new one when there is none) as an array, so that it is [] when empty. Returns it.
---@type fun(t?: table): table
M.array = native.array

--- Marks a table as an object, so that numbers as keys do not make it an array. Returns it.
---@type fun(t?: table): table
M.object = native.object

--- Text that is JSON already. Nobody checks that it is.
---@type fun(text: string, content_type?: string): lambda.json.Raw
M.raw = native.raw

--- Whether there is no value: nil, or the null of JSON.
---@param value any
---@return boolean
function M.isnull(value)
  return value == nil or value == M.null
end

return M
