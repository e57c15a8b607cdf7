/* SPDX-License-Identifier: MIT
 * Against lua-cjson: what we accept it accepts, and makes the same of it. Known differences: it knows no
 * integers and no marks, so numbers are compared as doubles and metatables not at all. */
#include "fuzz_state.h"
#include "json_codec.h"

#include <lauxlib.h>

int luaopen_cjson(lua_State *L);

static const char decode_key;

static int prepare(lua_State *L)
{
    json_open(L);
    luaL_requiref(L, "cjson", luaopen_cjson, 0);
    lua_getfield(L, -1, "decode");
    lua_rawsetp(L, LUA_REGISTRYINDEX, &decode_key);
    return 0;
}

/* The value at the top as cjson would have it: no marks, floats only. stack: … value */
static void simplify(lua_State *L)
{
    int top = lua_gettop(L);
    luaL_checkstack(L, 8, "simplifying");
    lua_pushnil(L);
    lua_setmetatable(L, top);
    for (lua_pushnil(L); lua_next(L, top);) {
        if (lua_istable(L, -1))
            simplify(L);
        if (lua_isinteger(L, -1)) {
            lua_pushvalue(L, -2);
            lua_pushnumber(L, lua_tonumber(L, -2));
            lua_rawset(L, top); /* an existing field: the traversal goes on */
        }
        lua_pop(L, 1);
    }
}

static int body(lua_State *L) /* stack: input */
{
    const struct fuzz_input *input = lua_touserdata(L, 1);
    const struct json_options options = { 0 };
    if (!json_try_decode(L, input->bytes, input->len, &options))
        return 0;
    if (lua_istable(L, -1)) {
        simplify(L);
    } else if (lua_isinteger(L, -1)) {
        lua_pushnumber(L, lua_tonumber(L, -1));
        lua_remove(L, -2);
    }
    lua_rawgetp(L, LUA_REGISTRYINDEX, &decode_key);
    lua_pushlstring(L, input->bytes, input->len);
    if (lua_pcall(L, 1, 1, 0))
        return luaL_error(L, "accepted by us, but: %s", lua_tostring(L, -1));
    if (!fuzz_is_equal(L, 2, 3))
        return luaL_error(L, "not what cjson makes of it");
    return 0;
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t len)
{
    fuzz_run(prepare, body, data, len);
    return 0;
}
