--- lambda.crypto against the vectors of its standards, and against other people's programs.
local crypto = require("lambda.crypto")
local lambda = require("lambda")
local scratch = require("scratch")

local function bytes(hex)
  return assert(crypto.unhex((hex:gsub("%s", ""))))
end

--- Lengths at which padding and blocks begin and end, and some more.
local LENGTHS = { 0, 1, 2, 3, 55, 56, 57, 63, 64, 65, 119, 120, 127, 128, 129, 1000, 4096, 70001 }

--- What a command prints for each text as its standard input, blanks taken out.
local function ask(command, texts)
  local here <close> = scratch.new()
  local answers = {}
  for i, text in ipairs(texts) do
    here:write("input", text)
    local pipe = assert(io.popen(("cd '%s' && %s <input"):format(here.path, command)))
    answers[i] = pipe:read("a"):gsub("%s", "")
    assert(pipe:close(), command)
  end
  return answers
end

local function random_texts()
  local texts = {}
  for i, length in ipairs(LENGTHS) do
    texts[i] = crypto.random(length)
  end
  return texts
end

it("is lambda.crypto, loaded when it is first used", function()
  assert.equal(crypto, lambda.crypto)
end)

describe("crypto.sha256", function()
  local sha256 = function(text)
    return crypto.hex(crypto.sha256(text))
  end

  it("agrees with the examples of FIPS 180-4", function()
    assert.equal("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", sha256("abc"))
    assert.equal("248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
      sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"))
    assert.equal("cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0", sha256(("a"):rep(1000000)))
    assert.equal("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", sha256(""))
  end)

  it("gives 32 bytes", function()
    assert.equal(32, #crypto.sha256("abc"))
    assert.equal("\xba\x78\x16\xbf", crypto.sha256("abc"):sub(1, 4))
  end)

  it("agrees with sha256sum", function()
    local texts = random_texts()
    for i, answer in ipairs(ask("sha256sum", texts)) do
      assert.equal(answer, sha256(texts[i]) .. "-")
    end
  end)
end)

describe("crypto.hmac_sha256", function()
  --- RFC 4231 §4.2 to §4.8; case 5 is cut to 128 bits there.
  local CASES = {
    { ("\x0b"):rep(20), "Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7" },
    { "Jefe", "what do ya want for nothing?", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843" },
    { ("\xaa"):rep(20), ("\xdd"):rep(50), "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe" },
    { bytes("0102030405060708090a0b0c0d0e0f10111213141516171819"), ("\xcd"):rep(50),
      "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b" },
    { ("\x0c"):rep(20), "Test With Truncation", "a3b6167473100ee06e0c796c2955552b" },
    { ("\xaa"):rep(131), "Test Using Larger Than Block-Size Key - Hash Key First",
      "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54" },
    { ("\xaa"):rep(131), "This is a test using a larger than block-size key and a larger than block-size data. "
      .. "The key needs to be hashed before being used by the HMAC algorithm.",
      "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2" },
  }

  for number, case in ipairs(CASES) do
    it("agrees with RFC 4231, case " .. number, function()
      local mac = crypto.hmac_sha256(case[1], case[2])
      assert.equal(32, #mac)
      assert.equal(case[3], crypto.hex(mac):sub(1, #case[3]))
    end)
  end

  it("agrees with openssl for keys around a block's length", function()
    local text = crypto.random(333)
    for _, length in ipairs({ 1, 31, 32, 33, 63, 64, 65, 66, 128, 200 }) do
      local key = crypto.random(length)
      local command = "openssl mac -digest SHA256 -macopt hexkey:" .. crypto.hex(key) .. " HMAC"
      assert.equal(ask(command, { text })[1]:lower(), crypto.hex(crypto.hmac_sha256(key, text)))
    end
  end)

  it("takes an empty key and an empty message", function()
    assert.equal("b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad",
      crypto.hex(crypto.hmac_sha256("", "")))
  end)
end)

describe("crypto.equal", function()
  it("compares bytes", function()
    assert.is_true(crypto.equal("", ""))
    assert.is_true(crypto.equal("a\0b", "a\0b"))
    assert.is_false(crypto.equal("a\0b", "a\0c"))
    assert.is_false(crypto.equal("secret", "secre"))
    assert.is_false(crypto.equal("", "\0"))
  end)

  it("sees each single bit", function()
    local text = crypto.random(16)
    for at = 1, #text do
      for bit = 0, 7 do
        local other = text:sub(1, at - 1) .. string.char(text:byte(at) ~ 1 << bit) .. text:sub(at + 1)
        assert.is_false(crypto.equal(text, other))
      end
    end
  end)
end)

describe("crypto.random", function()
  it("gives as many bytes as it is asked for", function()
    for _, length in ipairs({ 0, 1, 255, 256, 257, 65536, 1048576 }) do
      assert.equal(length, #crypto.random(length))
    end
  end)

  it("gives others each time, and all values", function()
    local seen = {}
    for _ = 1, 100 do
      local token = crypto.random(16)
      assert.is_nil(seen[token])
      seen[token] = true
    end
    local values, count = {}, 0
    for char in crypto.random(65536):gmatch(".") do
      count = count + (values[char] and 0 or 1)
      values[char] = true
    end
    assert.equal(256, count)
  end)

  it("refuses a count that nobody can mean", function()
    for _, count in ipairs({ -1, 1048577, math.maxinteger, math.mininteger }) do
      assert.error_matches(function()
        crypto.random(count)
      end, "bad argument #1 to 'random' %(0 to 1048576 bytes expected%)")
    end
    assert.error_matches(function()
      crypto.random(1.5)
    end, "number has no integer representation")
  end)
end)

describe("hex", function()
  it("agrees with RFC 4648 §10", function()
    assert.equal("666f6f626172", crypto.hex("foobar"))
    assert.equal("foobar", crypto.unhex("666F6F626172"))
    assert.equal("", crypto.hex(""))
    assert.equal("", crypto.unhex(""))
  end)

  it("brings every byte back", function()
    for byte = 0, 255 do
      local char = string.char(byte)
      assert.equal(("%02x"):format(byte), crypto.hex(char))
      assert.equal(char, crypto.unhex(("%02x"):format(byte)))
      assert.equal(char, crypto.unhex(("%02X"):format(byte)))
    end
  end)

  it("names the byte that is wrong", function()
    for text, message in pairs({
      ["0g"] = "no hex: byte 2 is no digit", ["00 0"] = "no hex: byte 3 is no digit",
      ["000"] = "no hex: it ends with byte 3, half a pair", ["0x00"] = "no hex: byte 2 is no digit",
      ["00\0"] = "no hex: byte 3 is no digit", [("00"):rep(5000) .. "é"] = "no hex: byte 10001 is no digit",
    }) do
      assert.same({ nil, message }, { crypto.unhex(text) })
    end
  end)
end)

describe("base64", function()
  --- RFC 4648 §10.
  local PAIRS = {
    [""] = "", f = "Zg==", fo = "Zm8=", foo = "Zm9v", foob = "Zm9vYg==", fooba = "Zm9vYmE=", foobar = "Zm9vYmFy",
    ["\xfb\xff\xfe"] = "+//+",
  }

  it("agrees with RFC 4648", function()
    for text, coded in pairs(PAIRS) do
      local url = coded:gsub("[+/=]", { ["+"] = "-", ["/"] = "_", ["="] = "" })
      assert.equal(coded, crypto.base64(text))
      assert.equal(text, crypto.unbase64(coded))
      assert.equal(url, crypto.base64url(text))
      assert.equal(text, crypto.unbase64url(url))
    end
  end)

  it("agrees with coreutils", function()
    local texts = random_texts()
    for i, answer in ipairs(ask("base64 -w0", texts)) do
      assert.equal(answer, crypto.base64(texts[i]))
      assert.equal(texts[i], crypto.unbase64(answer))
    end
    for i, answer in ipairs(ask("basenc --base64url -w0", texts)) do
      assert.equal((answer:gsub("=", "")), crypto.base64url(texts[i]))
      assert.equal(texts[i], crypto.unbase64url((answer:gsub("=", ""))))
    end
  end)

  it("names the byte that is wrong", function()
    for text, message in pairs({
      ["Zm9-"] = "byte 4 is no digit", ["Zm 9"] = "byte 3 is no digit", ["Zm9v\n"] = "byte 5 is no digit",
      ["Zg==Zg=="] = "byte 3 is no digit", ["Z==="] = "byte 2 is no digit", ["\0AAA"] = "byte 1 is no digit",
      Zm9vZg = "it ends with byte 6, inside a group of four", ["Zh=="] = "byte 2 has bits beyond the last byte",
    }) do
      assert.same({ nil, "no base64: " .. message }, { crypto.unbase64(text) })
    end
    for text, message in pairs({
      ["Zm9+"] = "byte 4 is no digit", ["Zg=="] = "byte 3 is no digit",
      Zm9vZ = "it ends with byte 5, inside a group of four", Zm9 = "byte 3 has bits beyond the last byte",
    }) do
      assert.same({ nil, "no base64url: " .. message }, { crypto.unbase64url(text) })
    end
  end)

  it("reads only what it would write", function()
    -- Any four bytes of a small alphabet: what is accepted is the one text of its bytes.
    local alphabet = { "A", "B", "Q", "g", "+", "-", "=", " " }
    local accepted = 0
    for number = 0, 8 ^ 4 - 1 do
      local text = ""
      for place = 0, 3 do
        text = text .. alphabet[(number // 8 ^ place | 0) % 8 + 1]
      end
      local back = crypto.unbase64(text)
      accepted = accepted + (back and 1 or 0)
      assert.is_true(not back or crypto.base64(back) == text)
      back = crypto.unbase64url(text)
      assert.is_true(not back or crypto.base64url(back) == text)
    end
    -- ABQg+ as four digits; as three, of which the last has two bits to spare; as two with four.
    assert.equal(5 ^ 4 + 5 ^ 2 * 3 + 5 * 3, accepted)
  end)
end)

describe("wrong types", function()
  it("raise, and name the function", function()
    for _, name in ipairs({ "sha256", "hex", "unhex", "base64", "unbase64", "base64url", "unbase64url" }) do
      -- The name is in the code, as in a handler's: Lua tells it from there.
      local call = assert(load(("local crypto, value = ... ; local _ = crypto.%s(value)"):format(name)))
      for _, value in ipairs({ 42, true, {}, print, false }) do
        assert.error_matches(function()
          call(crypto, value)
        end, ("bad argument #1 to '%s' %%(string expected, got %s%%)"):format(name, type(value)))
      end
      assert.error_matches(function()
        crypto[name]()
      end, "%(string expected, got no value%)")
    end
    assert.error_matches(function()
      crypto.hmac_sha256("key")
    end, "bad argument #2 to 'hmac_sha256' %(string expected, got no value%)")
    assert.error_matches(function()
      crypto.equal("a", nil)
    end, "bad argument #2 to 'equal' %(string expected, got nil%)")
  end)

  it("are named through pcall, too", function()
    local ok, err = pcall(crypto.sha256, 7)
    assert.is_false(ok)
    assert.equal("bad argument #1 to 'lambda.crypto.sha256' (string expected, got number)", err)
  end)
end)
