/* SPDX-License-Identifier: MIT */
#include "raised.h"

#include <lauxlib.h>

#include <stdbool.h>
#include <string.h>

/* Of frames of coroutines one in another: beyond, the innermost say enough. */
enum { FRAMES_LIMIT_BYTES = 16 * 1024 };

/* In the registry, by their addresses. */
static const char value_key, frames_key;

void raised_push_kept(lua_State *L, int value)
{
    value = lua_absindex(L, value);
    lua_rawgetp(L, LUA_REGISTRYINDEX, &value_key);
    /* Numbers and booleans are too common to know an error by. */
    int type = lua_type(L, value);
    bool is_it = (type == LUA_TSTRING || type == LUA_TTABLE || type == LUA_TUSERDATA) &&
                 lua_rawequal(L, value, -1);
    lua_pop(L, 1);
    if (is_it)
        lua_rawgetp(L, LUA_REGISTRYINDEX, &frames_key);
    else
        lua_pushliteral(L, "");
}

void raised_push_frames(lua_State *L, lua_State *thread)
{
    raised_push_kept(L, -1); /* stack: … kept */
    luaL_traceback(L, thread, NULL, 0);
    const char *frames = strchr(lua_tostring(L, -1), '\n'); /* behind the headline */
    lua_pushstring(L, frames ? frames : "");
    lua_remove(L, -2); /* stack: … kept frames */
    if (lua_rawlen(L, -1) + lua_rawlen(L, -2) > FRAMES_LIMIT_BYTES)
        lua_pop(L, 1);
    else
        lua_concat(L, 2);
}

void raised_keep(lua_State *L, int frames)
{
    frames = lua_absindex(L, frames);
    lua_pushvalue(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &value_key);
    lua_pushvalue(L, frames);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &frames_key);
}

/* Setting a key that is there, or is not, to nil needs no memory. */
static void forget(lua_State *L, const void *key)
{
    if (lua_rawgetp(L, LUA_REGISTRYINDEX, key) != LUA_TNIL) {
        lua_pushnil(L);
        lua_rawsetp(L, LUA_REGISTRYINDEX, key);
    }
    lua_pop(L, 1);
}

void raised_forget(lua_State *L)
{
    forget(L, &value_key);
    forget(L, &frames_key);
}
