--- Digests, signatures, random bytes, and bytes as text (docs/crypto.md; the work is done in runtime/native_crypto.c).
--- Bytes are strings: a number or nil where bytes are expected raises. Text that is no hex or base64 gives nil and a
--- message that names the byte, never the text itself, for that is often a secret.
local native = require("lambda.native")

local C = native.crypto()

---@class lambda.Crypto
local M = {}

--- SHA-256 (FIPS 180-4).
---@type fun(bytes: string): string # 32 raw bytes
M.sha256 = C.sha256

--- HMAC with SHA-256 (RFC 2104), for keys of any length.
---@type fun(key: string, message: string): string # 32 raw bytes
M.hmac_sha256 = C.hmac_sha256

--- Whether two secrets are the same, in a time that depends on their lengths only.
---@type fun(a: string, b: string): boolean
M.equal = C.equal

--- Bytes of the kernel's generator, good for keys. Raises when there are none.
---@type fun(count: integer): string # count is at most 1048576
M.random = C.random

--- Two lower-case digits a byte.
---@type fun(bytes: string): string
M.hex = C.hex

--- Digits of either case.
---@type fun(text: string): string?, string? # nil and a message when it is no hex
M.unhex = C.unhex

--- Base64 with + and /, padded, on one line (RFC 4648 §4).
---@type fun(bytes: string): string
M.base64 = C.base64

--- Strict: no white space, whole groups of four, no stray bits.
---@type fun(text: string): string?, string? # nil and a message when it is no base64
M.unbase64 = C.unbase64

--- Base64 with - and _, without padding (RFC 4648 §5), as JSON Web Tokens have it.
---@type fun(bytes: string): string
M.base64url = C.base64url

--- Strict: no padding, no stray bits.
---@type fun(text: string): string?, string? # nil and a message when it is no base64url
M.unbase64url = C.unbase64url

return M
