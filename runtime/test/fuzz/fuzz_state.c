/* SPDX-License-Identifier: MIT */
#include "fuzz_state.h"

#include <lauxlib.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { RUNS_OF_A_STATE = 5000 };

static lua_State *renew(lua_State *L, lua_CFunction prepare)
{
    if (L)
        lua_close(L);
    L = luaL_newstate();
    if (!L)
        abort();
    lua_pushcfunction(L, prepare);
    if (lua_pcall(L, 0, 0, 0))
        abort();
    return L;
}

void fuzz_run(lua_CFunction prepare, lua_CFunction body, const unsigned char *data,
              size_t len)
{
    static lua_State *L; /* reachable to the end: no leak */
    static int runs;
    if (runs++ % RUNS_OF_A_STATE == 0)
        L = renew(L, prepare);
    struct fuzz_input input = { (const char *)data, len };
    lua_settop(L, 0);
    lua_pushcfunction(L, body);
    lua_pushlightuserdata(L, &input);
    if (lua_pcall(L, 1, 0, 0)) {
        fprintf(stderr, "found: %s\n", lua_tostring(L, -1));
        abort();
    }
}

static size_t count_pairs(lua_State *L, int table)
{
    size_t count = 0;
    for (lua_pushnil(L); lua_next(L, table); lua_pop(L, 1))
        count++;
    return count;
}

static bool has_same_mark(lua_State *L, int a, int b)
{
    const void *mark_a = NULL, *mark_b = NULL;
    if (lua_getmetatable(L, a)) {
        mark_a = lua_topointer(L, -1);
        lua_pop(L, 1);
    }
    if (lua_getmetatable(L, b)) {
        mark_b = lua_topointer(L, -1);
        lua_pop(L, 1);
    }
    return mark_a == mark_b;
}

static bool is_equal_table(lua_State *L, int a, int b)
{
    luaL_checkstack(L, 8, "comparing");
    if (!has_same_mark(L, a, b) || count_pairs(L, a) != count_pairs(L, b))
        return false;
    for (lua_pushnil(L); lua_next(L, a); lua_pop(L, 2)) { /* stack: key value_a */
        lua_pushvalue(L, -2);
        lua_rawget(L, b); /* stack: key value_a value_b */
        int top = lua_gettop(L);
        if (!fuzz_is_equal(L, top - 1, top))
            return false;
    }
    return true;
}

bool fuzz_is_equal(lua_State *L, int a, int b)
{
    int type = lua_type(L, a);
    if (type != lua_type(L, b))
        return false;
    if (type == LUA_TTABLE)
        return is_equal_table(L, a, b);
    if (type == LUA_TNUMBER && signbit(lua_tonumber(L, a)) != signbit(lua_tonumber(L, b)))
        return false;
    return lua_rawequal(L, a, b);
}
