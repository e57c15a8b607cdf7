/* SPDX-License-Identifier: MIT
 * lambda.crypto where no Lua can see: a kernel that interrupts, gives less or refuses; memory that runs out.
 * What it computes is in spec/lua-lib/lambda/crypto_spec.lua. */
#include "check.h"
#include "native_crypto.h"

#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/random.h>

enum { FAILURES_MAX = 2000, MOST_AT_A_TIME = 7 };

/* What the kernel does: every second call is interrupted, the others give at most seven bytes. */
static int calls, refusal;

/* NOLINTNEXTLINE: the linker's name */
ssize_t __wrap_getrandom(void *out, size_t size, unsigned flags);
/* NOLINTNEXTLINE */
ssize_t __wrap_getrandom(void *out, size_t size, unsigned flags)
{
    CHECK(flags == 0);
    if (refusal) {
        errno = refusal;
        return -1;
    }
    if (++calls % 2) {
        errno = EINTR;
        return -1;
    }
    size_t given = size < MOST_AT_A_TIME ? size : MOST_AT_A_TIME;
    memset(out, '0' + calls / 2 % 10, given);
    return (ssize_t)given;
}

/* Runs code with the library as its argument; its result or error as text on top. */
static int run(lua_State *L, const char *code)
{
    lua_settop(L, 0);
    CHECK(luaL_loadstring(L, code) == LUA_OK);
    lua_pushcfunction(L, native_crypto_library);
    lua_call(L, 0, 1);
    return lua_pcall(L, 1, 1, 0);
}

static void collects_random_bytes(void)
{
    lua_State *L = luaL_newstate();
    luaL_openlibs(L);
    calls = 0;
    CHECK(run(L, "return (...).random(24)") == LUA_OK);
    CHECK_TEXT(lua_tostring(L, -1), "111111122222223333333444");
    CHECK(calls == 8);
    calls = 0;
    CHECK(run(L, "return #(...).random(0)") == LUA_OK && calls == 0);
    CHECK(run(L, "return #(...).random(1048576)") == LUA_OK);
    CHECK(lua_tointeger(L, -1) == 1048576);
    lua_close(L);
}

static void raises_without_random_bytes(void)
{
    lua_State *L = luaL_newstate();
    luaL_openlibs(L);
    refusal = ENOSYS;
    CHECK(run(L, "return (...).random(24)") == LUA_ERRRUN);
    CHECK(strstr(lua_tostring(L, -1), ": no random bytes: Function not implemented"));
    refusal = 0;
    lua_close(L);
}

/* An allocator that refuses the n-th request and all behind it. */
struct quota {
    long left; /* requests that are granted still; negative: any number */
};

static void *allocate(void *data, void *block, size_t old_size, size_t new_size)
{
    struct quota *quota = data;
    if (new_size == 0) {
        free(block);
        return NULL;
    }
    bool grows = !block || new_size > old_size;
    if (grows && quota->left == 0)
        return NULL;
    if (grows && quota->left > 0)
        quota->left--;
    return realloc(block, new_size);
}

/* Every function, with results beyond luaL_Buffer's own room. */
static const char everything[] = "local c = ... "
                                 "local bytes = ('\\0\\255'):rep(5000) "
                                 "assert(c.unhex(c.hex(bytes)) == bytes) "
                                 "assert(c.unbase64(c.base64(bytes)) == bytes) "
                                 "assert(c.unbase64url(c.base64url(bytes)) == bytes) "
                                 "assert(not c.unbase64(('AAAA'):rep(5000) .. '!')) "
                                 "assert(not c.unhex(('00'):rep(5000) .. '0')) "
                                 "assert(#c.random(5000) == 5000) "
                                 "assert(c.equal(c.hmac_sha256(bytes, bytes), "
                                 "c.hmac_sha256(c.sha256(bytes), bytes))) ";

/* AddressSanitizer watches for leaks and stray writes. The first run has all the memory: it makes the
 * metatable of luaL_Buffer's boxes, which Lua 5.4 leaves half made for good when memory ends then. */
static void survives_want_of_memory(void)
{
    struct quota quota = { -1 };
    lua_State *L = lua_newstate(allocate, &quota);
    luaL_openlibs(L);
    lua_pushcfunction(L, native_crypto_library);
    lua_call(L, 0, 1);
    CHECK(luaL_loadstring(L, everything) == LUA_OK); /* stack: library code */
    lua_pushvalue(L, 2);
    lua_pushvalue(L, 1);
    lua_call(L, 1, 0);
    long failures = 0;
    int status = LUA_ERRMEM;
    for (; status == LUA_ERRMEM && failures < FAILURES_MAX; failures++) {
        lua_settop(L, 2);
        lua_pushvalue(L, 2);
        lua_pushvalue(L, 1);
        quota.left = failures;
        status = lua_pcall(L, 1, 0, 0);
        quota.left = -1;
    }
    if (status != LUA_OK)
        printf("# %s\n", lua_tostring(L, -1));
    CHECK(status == LUA_OK);
    CHECK(failures > 20);
    lua_close(L);
}

int main(void)
{
    RUN(collects_random_bytes);
    RUN(raises_without_random_bytes);
    RUN(survives_want_of_memory);
    return check_done();
}
