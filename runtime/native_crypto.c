/* SPDX-License-Identifier: MIT */
#include "native_crypto.h"

#include "native_coding.h"
#include "sha256.h"

#include <lauxlib.h>

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/random.h>

/* Keys and tokens need a few dozen; a mistake in units shall not stop a function for seconds. */
enum { RANDOM_LIMIT_BYTES = 1024 * 1024 };

/* HMAC's pads (RFC 2104 §2). */
enum { INNER_PAD = 0x36, OUTER_PAD = 0x5c };

/* sha256(bytes): 32 raw bytes. */
static int hash(lua_State *L)
{
    size_t len = 0;
    const char *bytes = native_coding_bytes(L, 1, &len);
    unsigned char digest[SHA256_SIZE];
    struct sha256 sha;
    sha256_init(&sha);
    sha256_update(&sha, bytes, len);
    sha256_final(&sha, digest);
    lua_pushlstring(L, (const char *)digest, sizeof digest);
    return 1;
}

/* The digest of the key with one of the pads, and then of the bytes. */
static void hash_padded(const unsigned char key[SHA256_BLOCK_SIZE], unsigned char pad,
                        const void *bytes, size_t len, unsigned char digest[SHA256_SIZE])
{
    unsigned char padded[SHA256_BLOCK_SIZE];
    for (size_t i = 0; i < sizeof padded; i++)
        padded[i] = key[i] ^ pad;
    struct sha256 sha;
    sha256_init(&sha);
    sha256_update(&sha, padded, sizeof padded);
    sha256_update(&sha, bytes, len);
    sha256_final(&sha, digest);
}

/* hmac_sha256(key, message): 32 raw bytes. */
static int authenticate(lua_State *L)
{
    size_t key_len = 0, len = 0;
    const char *key = native_coding_bytes(L, 1, &key_len);
    const char *message = native_coding_bytes(L, 2, &len);
    unsigned char block[SHA256_BLOCK_SIZE] = { 0 }, inner[SHA256_SIZE],
                  outer[SHA256_SIZE];
    if (key_len > sizeof block) {
        struct sha256 sha;
        sha256_init(&sha);
        sha256_update(&sha, key, key_len);
        sha256_final(&sha, block);
    } else {
        memcpy(block, key, key_len);
    }
    hash_padded(block, INNER_PAD, message, len, inner);
    hash_padded(block, OUTER_PAD, inner, sizeof inner, outer);
    lua_pushlstring(L, (const char *)outer, sizeof outer);
    return 1;
}

/* equal(a, b): takes as long wherever they differ. Only the lengths may be learned from the time. */
static int equal(lua_State *L)
{
    size_t a_len = 0, b_len = 0;
    const char *a = native_coding_bytes(L, 1, &a_len),
               *b = native_coding_bytes(L, 2, &b_len);
    if (a_len != b_len) {
        lua_pushboolean(L, false);
        return 1;
    }
    volatile unsigned char difference =
        0; /* volatile: no compiler may leave the loop early */
    for (size_t i = 0; i < a_len; i++)
        difference = (unsigned char)(difference | (a[i] ^ b[i]));
    lua_pushboolean(L, difference == 0);
    return 1;
}

/* random(count): bytes of the kernel's generator. */
static int random_bytes(lua_State *L)
{
    lua_Integer count = luaL_checkinteger(L, 1);
    luaL_argcheck(L, count >= 0 && count <= RANDOM_LIMIT_BYTES, 1,
                  "0 to 1048576 bytes expected");
    luaL_Buffer bytes;
    char *out = luaL_buffinitsize(L, &bytes, (size_t)count);
    for (size_t have = 0; have < (size_t)count;) {
        ssize_t got = getrandom(out + have, (size_t)count - have, 0);
        if (got < 0 &&
            errno != EINTR) /* raised: a forgotten check must not leave a key empty */
            return luaL_error(L, "no random bytes: %s", strerror(errno));
        have += got > 0 ? (size_t)got : 0;
    }
    luaL_pushresultsize(&bytes, (size_t)count);
    return 1;
}

int native_crypto_library(lua_State *L)
{
    static const luaL_Reg functions[] = {
        { "sha256", hash }, { "hmac_sha256", authenticate },
        { "equal", equal }, { "random", random_bytes },
        { NULL, NULL },
    };
    lua_createtable(L, 0, 10);
    luaL_setfuncs(L, functions, 0);
    native_coding_add(L);
    return 1;
}
