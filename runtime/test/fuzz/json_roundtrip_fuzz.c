/* SPDX-License-Identifier: MIT
 * What was decoded can be encoded, and decodes to an equal value; in every form of output. */
#include "fuzz_state.h"
#include "json_codec.h"

#include <lauxlib.h>

enum { OUT_LIMIT_BYTES = 64 * 1024 * 1024, INDENT = 3 };

static const char buf_key;

/* The buffer lives with the state: a raise leaks nothing. */
static int free_buffer(lua_State *L)
{
    buf_free(lua_touserdata(L, 1));
    return 0;
}

static int prepare(lua_State *L)
{
    json_open(L);
    struct buf *out = lua_newuserdatauv(L, sizeof *out, 0);
    *out = (struct buf){ .limit = OUT_LIMIT_BYTES };
    lua_createtable(L, 0, 1);
    lua_pushcfunction(L, free_buffer);
    lua_setfield(L, -2, "__gc");
    lua_setmetatable(L, -2);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &buf_key);
    return 0;
}

static void check_round_trip(lua_State *L, struct buf *out,
                             const struct json_options *options)
{
    buf_clear(out);
    if (!json_try_encode(L, 2, out, options))
        luaL_error(L, "decoded, but: %s", lua_tostring(L, -1));
    if (!json_try_decode(L, out->data, out->len, options))
        luaL_error(L, "encoded as %s, but: %s", out->data, lua_tostring(L, -1));
    if (!fuzz_is_equal(L, 2, lua_gettop(L)))
        luaL_error(L, "encoded as %s, which is not the same", out->data);
    lua_settop(L, 2);
}

static int body(lua_State *L) /* stack: input */
{
    static const struct json_options forms[] = {
        { .indent = 0 },
        { .sort = true },
        { .sort = true, .indent = INDENT },
    };
    const struct fuzz_input *input = lua_touserdata(L, 1);
    lua_rawgetp(L, LUA_REGISTRYINDEX, &buf_key);
    struct buf *out = lua_touserdata(L, -1);
    lua_settop(L, 1);
    if (!json_try_decode(L, input->bytes, input->len, &forms[0]))
        return 0;
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
        check_round_trip(L, out, &forms[i]);
    return 0;
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t len)
{
    fuzz_run(prepare, body, data, len);
    return 0;
}
