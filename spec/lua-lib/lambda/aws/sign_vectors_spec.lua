--- The published vectors of Signature Version 4, every one: the inputs and the signatures that they must give.
--- Those of the test suite are for "service" in us-east-1 at 2015-08-30 12:36; those of S3's documentation for its
--- examplebucket at 2013-05-24.
local sign = require("lambda.aws.sign")

local HOST = "https://example.amazonaws.com"
local SUITE = { access_key_id = "AKIDEXAMPLE", secret_access_key = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY" }
local S3 = { access_key_id = "AKIAIOSFODNN7EXAMPLE", secret_access_key = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY" }
local UNRESERVED = "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
local TOKEN = "AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoIYRqTflf"
  .. "KD8YUuwthAx7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75YU9HFvlRd8Tx6"
  .. "q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabI"
  .. "Qwj2ICCR/oLxBA=="
local SHORT_TOKEN = "6e86291e8372ff2a2260956d9b8aae1d763fbf315fa00fa31553b73ebf194267"
local FORM = "application/x-www-form-urlencoded"

local function form(charset, len)
  return { ["Content-Type"] = FORM .. (charset or ""), ["Content-Length"] = len }
end

--- Name, what follows the host, signature in the headers, signature in the URL; and what differs from a bare GET.
local VECTORS = {
  { "get-vanilla", "/", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
    "e93c787ed7f371d5c6b165c1b38ede9550f4dce4144713e844b25b7192d3865d" },
  { "get-vanilla-query", "/", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
    "e93c787ed7f371d5c6b165c1b38ede9550f4dce4144713e844b25b7192d3865d" },
  { "get-header-key-duplicate", "/", "c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea",
    "3349ee0b81b4b589da0ff28a395c3591e04de515651dd74f298fa992d1507a97",
    headers = { ["My-Header1"] = { "value2", "value2", "value1" } } },
  { "get-header-value-multiline", "/", "cfd34249e4b1c8d6b91ef74165d41a32e5fab3306300901bb65a51a73575eefd",
    "e6f5def831211aca02987a44b96826706278c7bc078112ae0263659c5b2f2d56",
    headers = { ["My-Header1"] = "value1\n  value2\n     value3" } },
  { "get-header-value-order", "/", "08c7e5a9acfcfeb3ab6b2185e75ce8b1deb5e634ec47601a50643f830c755c01",
    "313720e71ca6202fdcfa9b20f88de01a4eb0638a83c833b1c184359a4eda864e",
    headers = { ["My-Header1"] = { "value4", "value1", "value3", "value2" } } },
  { "get-header-value-trim", "/", "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736",
    "e7bb0fd515e125e1aec2ecc4c0c17484fb06f6846b927c35e46005dd3df3acd4",
    headers = { ["My-Header1"] = " value1", ["My-Header2"] = ' "a   b   c"' } },
  { "get-unreserved", "/" .. UNRESERVED, "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f",
    "95968482db1b9e0fadef6efc1bd24689f77c77d9ef56919c96a28cc92e0d6005" },
  { "get-utf8", "/\u{1234}", "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85",
    "10eae3f14a260bd3911cc6d008d3c576d143b05b62f09782a7a4b37f52178e44" },
  { "get-vanilla-empty-query-key", "/?Param1=value1",
    "a67d582fa61cc504c4bae71f336f98b97f1ea3c7a6bfe1b6e45aec72011b9aeb",
    "49096700cbbaa5753443850f40df10f904fc2fdb544dc9512203cc77c471a9de" },
  { "get-vanilla-query-order-encoded", "/?Param-3=Value3&Param=Value2&%E1%88%B4=Value1",
    "371d3713e185cc334048618a97f809c9ffe339c62934c032af5a0e595648fcac",
    "c5f1848ceec943ac2ca68ee720460c23aaae30a2300586597ada94c4a65e4787" },
  { "get-vanilla-query-order-key", "/?Param1=value2&Param1=Value1",
    "eedbc4e291e521cf13422ffca22be7d2eb8146eecf653089df300a15b2382bd1" },
  { "get-vanilla-query-order-key-case", "/?Param2=value2&Param1=value1",
    "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
    "86012e2c9ad4d77369f5d81c11f75158aae4f895a085212cc6d3f923d300bed5" },
  { "get-vanilla-query-order-value", "/?Param1=value2&Param1=value1",
    "5772eed61e12b33fae39ee5e7012498b51d56abc0abb7c60486157bd471c4694" },
  { "get-vanilla-query-unreserved", "/?" .. UNRESERVED .. "=" .. UNRESERVED,
    "9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197",
    "8e76a88a7433637b12778d5592799b29ad21ecd6cf6325051c21d86f0acda2bf" },
  { "get-vanilla-utf8-query", "/?\u{1234}=bar", "2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04",
    "0bdd809b1519ac4f0c1dc3540e2cc46bd0c7f778eda408b2ebf3b913d21ff600" },
  { "get-vanilla-with-session-token", "/", "07ec1639c89043aa0e3e2de82b96708f198cceab042d4a97044c66dd9f74e7f8",
    "7ff2b50b376cb4d151970630573d6291dc128cc5c2a12ffb237f73cc53f67b6c", token = SHORT_TOKEN },
  { "get-relative", "/example/..", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
    "e93c787ed7f371d5c6b165c1b38ede9550f4dce4144713e844b25b7192d3865d" },
  { "get-relative, unnormalized", "/example/..", "eca7ead57bb5aa5c8e28007acd4ff04e1ff9a0ff3b237ec1554a184887ff9282",
    "cbcb213b928a077e43275df47b500f1dfaa864ab3f5a18f6b95f4ff0938167ee", normalize = false },
  { "get-relative-relative", "/example1/example2/../..",
    "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
    "e93c787ed7f371d5c6b165c1b38ede9550f4dce4144713e844b25b7192d3865d" },
  { "get-relative-relative, unnormalized", "/example1/example2/../..",
    "dc33e0856fd4baca4d7aa2146c38958283844764f38c74252a333df5e613003b",
    "b45db0bfd1cf15003493b733e33aa208dd981bd0e63037a6ed953f71d2118a16", normalize = false },
  { "get-slash", "//", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
    "e93c787ed7f371d5c6b165c1b38ede9550f4dce4144713e844b25b7192d3865d" },
  { "get-slash, unnormalized", "//", "c88bcd3d312d75078c0cd961d6deae3f4c754924b01669efcfcb439fd5e5b76e",
    "b2a9542809db687769200f56a844a03f2bd0291d6eb90232d5101c6a579446cd", normalize = false },
  { "get-slash-dot-slash", "/./", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
    "e93c787ed7f371d5c6b165c1b38ede9550f4dce4144713e844b25b7192d3865d" },
  { "get-slash-dot-slash, unnormalized", "/./", "68714168e6557f8f2de0ef956fc24dc2593a4bd2961f8df51898d8a134695145",
    "a9b13e8f3484d9505bf1a6f347219f8f35b0fe8f128ceea597efc146a3dfe90c", normalize = false },
  { "get-slash-pointless-dot", "/./example", "ef75d96142cf21edca26f06005da7988e4f8dc83a165a80865db7089db637ec5",
    "35034b1a0bdd969f346975386daf8aedfd4976573b8348cf4f67eaa41c5857de" },
  { "get-slash-pointless-dot, unnormalized", "/./example",
    "beb03f223f7deae4146464f06e29eebbee9c8afbe15c290cf07aa8b119e14cff",
    "72b11f16d9530b18204bfb71f2d6ab085894c0ed8d352730a6e76234c58b5e10", normalize = false },
  { "get-slashes", "//example//", "9a624bd73a37c9a373b5312afbebe7a714a789de108f0bdfe846570885f57e84",
    "c1834e8fb0307243711f0f907f6ab7311ed300d87f13792d7ee4da89ab93e082" },
  { "get-slashes, unnormalized", "//example//", "87cca117541a147f6df867677d98a7d80dff226d2bfca9e4ffa899665623c7e5",
    "822a5a9ba28072c5ab2bb4a6307d0c88276d40e49fec6b724c03fb4d4ba60fc2", normalize = false },
  { "get-space", "/example space/", "652487583200325589f1fba4c7e578f72c47cb61beeca81406b39ddec1366741",
    "7a1f416954786484c9824d93c1f26ef64acb9b1b6c9154d08c9f07d0e394abf6" },
  { "get-space, unnormalized", "/example space/", "652487583200325589f1fba4c7e578f72c47cb61beeca81406b39ddec1366741",
    "7a1f416954786484c9824d93c1f26ef64acb9b1b6c9154d08c9f07d0e394abf6", normalize = false },
  { "get-special-character", "/example/$delete", "a853c9b21b528b19643d00910d35b83a10c366a10833ceefb45edd6c80e40f27" },
  { "post-vanilla", "/", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
    "2ce6e6d2e0cf2f9d1b55fafec88cd20574c31dc2e7631979f71ba2310083e95b", method = "POST" },
  { "post-header-key-case", "/", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
    "2ce6e6d2e0cf2f9d1b55fafec88cd20574c31dc2e7631979f71ba2310083e95b", method = "post",
    headers = { HOST = "example.amazonaws.com" } },
  { "post-header-key-sort", "/", "c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c",
    "c09d07e0d55871f10f2a6d350d994acf6825a3cae70673d7def55616e6119dd7", method = "POST",
    headers = { ["My-Header1"] = "value1" } },
  { "post-header-value-case", "/", "cdbc9802e29d2942e5e10b5bccfdd67c5f22c7c4e8ae67b53629efa58b974b7d",
    "0698bc9e4f7f9139065ba2909c0e99da257e8e2a42492a097bcd46d792391fed", method = "POST",
    headers = { ["My-Header1"] = "VALUE1" } },
  { "post-sts-header-before", "/", "85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead",
    "46c2e3c63c1dbe7d39f8ada16fe7f001c1f56c5791441565323677f96308871c", method = "POST", token = TOKEN },
  { "post-sts-header-after", "/", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
    "2ce6e6d2e0cf2f9d1b55fafec88cd20574c31dc2e7631979f71ba2310083e95b", method = "POST", token = TOKEN,
    sign_token = false },
  { "post-vanilla-empty-query-value", "/?Param1=value1",
    "28038455d6de14eafc1f9222cf5aa6f1a96197d7deb8263271d420d138af7f11",
    "a9ef26247f293bffe40eeff86a0480ba8c14d31503b2e0c3399e3a16bf1a3682", method = "POST" },
  { "post-vanilla-query", "/?Param1=value1", "28038455d6de14eafc1f9222cf5aa6f1a96197d7deb8263271d420d138af7f11",
    "a9ef26247f293bffe40eeff86a0480ba8c14d31503b2e0c3399e3a16bf1a3682", method = "POST" },
  { "post-x-www-form-urlencoded", "/", "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a", nil,
    headers = form(), body = "Param1=value1" },
  { "post-x-www-form-urlencoded, signed body", "/",
    "d3875051da38690788ef43de4db0d8f280229d82040bfac253562e56c3f20e0b",
    "89a40deed0f26f9461242825a082d2222717248abc7ab41f552ad84a94ad46e9", headers = form(nil, 13), body = "Param1=value1",
    sign_body = true },
  { "post-x-www-form-urlencoded-parameters", "/",
    "1a72ec8f64bd914b0e42e42607c7fbce7fb2c7465f63e3092b3b0d39fa77a6fe", nil, headers = form("; charset=utf8"),
    body = "Param1=value1" },
  { "post-x-www-form-urlencoded-parameters, signed body", "/",
    "328d1b9eaadca9f5818ef05e8392801e091653bafec24fcab71e7344e7f51422",
    "0dbeb9b026c7b6675f266b8427efec9b4fa8b1f6ef1477d717aea231106eab4d", headers = form("; charset=utf-8", 13),
    body = "Param1=value1", sign_body = true },
}

local function options_of(vector)
  return {
    service = "service", region = "us-east-1", date = "20150830T123600Z", sign_body = vector.sign_body,
    sign_token = vector.sign_token, normalize = vector.normalize, expires = 3600,
    credentials = { access_key_id = SUITE.access_key_id, secret_access_key = SUITE.secret_access_key,
                    session_token = vector.token },
  }
end

local function request_of(vector)
  return { method = vector.method, url = HOST .. vector[2], headers = vector.headers, body = vector.body }
end

describe("the published test suite", function()
  for _, vector in ipairs(VECTORS) do
    it(vector[1] .. ", in headers", function()
      local request, explained = assert(sign.sign(request_of(vector), options_of(vector)))
      assert.equal(vector[3], explained.signature, explained.canonical_request)
      assert.equal("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders="
        .. explained.signed_headers .. ", Signature=" .. vector[3], request.headers.Authorization)
      assert.equal("20150830T123600Z", request.headers["X-Amz-Date"])
      assert.equal(vector.token, request.headers["X-Amz-Security-Token"])
    end)
    if vector[4] then
      it(vector[1] .. ", in the URL", function()
        local url, explained = assert(sign.presign(request_of(vector), options_of(vector)))
        assert.equal(vector[4], explained.signature, explained.canonical_request)
        assert.matches("&X%-Amz%-Signature=" .. vector[4] .. "$", url)
        assert.equal(vector.token ~= nil, url:find("X-Amz-Security-Token=", 1, true) ~= nil)
      end)
    end
  end
end)

local S3_OPTIONS = { service = "s3", region = "us-east-1", credentials = S3, date = "20130524T000000Z" }
local BUCKET = "https://examplebucket.s3.amazonaws.com"
local S3_VECTORS = {
  { "an object's first bytes", "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
    { url = BUCKET .. "/test.txt", headers = { Range = "bytes=0-9" } } },
  { "a new object", "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
    { method = "PUT", url = BUCKET .. "/test$file.text", body = "Welcome to Amazon S3.",
      headers = { Date = "Fri, 24 May 2013 00:00:00 GMT", ["x-amz-storage-class"] = "REDUCED_REDUNDANCY" } } },
  { "a new object, its name escaped", "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
    { method = "PUT", url = BUCKET .. "/test%24file.text", body = "Welcome to Amazon S3.",
      headers = { date = "Fri, 24 May 2013 00:00:00 GMT", ["X-Amz-Storage-Class"] = "REDUCED_REDUNDANCY" } } },
  { "the lifecycle", "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543",
    { url = BUCKET .. "/?lifecycle" } },
  { "a list", "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
    { url = BUCKET, query = { prefix = "J", ["max-keys"] = 2 } } },
}

describe("the examples of S3's documentation", function()
  for _, vector in ipairs(S3_VECTORS) do
    it(vector[1], function()
      local request, explained = assert(sign.sign(vector[3], S3_OPTIONS))
      assert.equal(vector[2], explained.signature, explained.canonical_request)
      assert.equal(64, #request.headers["X-Amz-Content-Sha256"])
    end)
  end

  it("a presigned URL", function()
    local url = assert(sign.presign({ url = BUCKET .. "/test.txt" },
      { service = "s3", region = "us-east-1", credentials = S3, date = "20130524T000000Z", expires = 86400 }))
    assert.equal(BUCKET .. "/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256"
      .. "&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z"
      .. "&X-Amz-Expires=86400&X-Amz-SignedHeaders=host"
      .. "&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404", url)
  end)
end)
