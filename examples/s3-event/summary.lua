-- Counts the lines of each object that arrives under in/, and writes what it found beside it, under out/.
local lambda = require("lambda")

local s3 = lambda.aws.client("s3")

--- Keys in events are coded as in a form.
local function key_of(record)
  local key = record.s3.object.key:gsub("+", " ")
  return (key:gsub("%%(%x%x)", function(hex) return string.char(tonumber(hex, 16)) end))
end

--- Reads the object piece by piece, so that its size does not matter.
local function count(bucket, key)
  local lines, bytes, last = 0, 0, "\n"
  local object, err = s3:get(bucket, key, {
    to = function(chunk)
      bytes = bytes + #chunk
      last = chunk:sub(-1)
      for _ in chunk:gmatch("\n") do
        lines = lines + 1
      end
    end,
  })
  if not object then
    return nil, err
  end
  return { lines = last == "\n" and lines or lines + 1, bytes = bytes, etag = object.etag }
end

local function summarize(record)
  local bucket, key = record.s3.bucket.name, key_of(record)
  if not key:find("^in/") then
    return nil, lambda.error("NotForUs", "the key does not begin with in/: writing would call this function again")
  end
  local summary, err = count(bucket, key)
  if not summary then
    return nil, err
  end
  local out = "out/" .. key:sub(#"in/" + 1) .. ".json"
  local text = assert(lambda.json.encode(summary, { sort = true }))
  local ok
  ok, err = s3:put(bucket, out, text, { content_type = "application/json" })
  return ok and out, err
end

-- An error makes Lambda try the event again; the same result is written to the same place then.
local function handler(event)
  local written = lambda.array()
  for _, record in ipairs(event.Records or {}) do
    local out, err = summarize(record)
    if not out then
      return nil, err
    end
    written[#written + 1] = out
  end
  return { written = written }
end

return { handler = handler }
