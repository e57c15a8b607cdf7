--- MD5 (RFC 1321), for the md5OfBody of made-up SQS messages alone: it protects nothing.
local SHIFTS = { { 7, 12, 17, 22 }, { 5, 9, 14, 20 }, { 4, 11, 16, 23 }, { 6, 10, 15, 21 } }
local MASK = 0xFFFFFFFF

local SINES = {}
for i = 1, 64 do
  SINES[i] = math.floor(math.abs(math.sin(i)) * 2 ^ 32)
end

--- Which word a step reads, and what it mixes.
local ROUNDS = {
  function(i, b, c, d) return i, (b & c) | (~b & d) end,
  function(i, b, c, d) return (5 * i + 1) % 16, (d & b) | (~d & c) end,
  function(i, b, c, d) return (3 * i + 5) % 16, b ~ c ~ d end,
  function(i, b, c, d) return (7 * i) % 16, c ~ (b | (~d & MASK)) end,
}

---@param text string
---@return string hex
return function(text)
  local padded = text .. "\x80" .. ("\0"):rep((55 - #text) % 64) .. ("<I8"):pack(#text * 8)
  local a0, b0, c0, d0 = 0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476
  for at = 1, #padded, 64 do
    local words = { ("<I4I4I4I4I4I4I4I4I4I4I4I4I4I4I4I4"):unpack(padded, at) }
    local a, b, c, d = a0, b0, c0, d0
    for i = 0, 63 do
      local round = i // 16 + 1
      local word, mixed = ROUNDS[round](i, b, c, d)
      local sum = (a + mixed + SINES[i + 1] + words[word + 1]) & MASK
      local shift = SHIFTS[round][i % 4 + 1]
      a, d, c, b = d, c, b, (b + ((sum << shift | sum >> (32 - shift)) & MASK)) & MASK
    end
    a0, b0, c0, d0 = (a0 + a) & MASK, (b0 + b) & MASK, (c0 + c) & MASK, (d0 + d) & MASK
  end
  return (("<I4I4I4I4"):pack(a0, b0, c0, d0):gsub(".", function(byte)
    return ("%02x"):format(byte:byte())
  end))
end
