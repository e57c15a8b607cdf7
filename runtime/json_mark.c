/* SPDX-License-Identifier: MIT */
#include "json_mark.h"

#include "json.h"

#include <lauxlib.h>

/* Their addresses are the keys in the registry. */
static const char keys[JSON_MARK_COUNT];

static const char *const names[JSON_MARK_COUNT] = {
    [JSON_MARK_ARRAY] = "lambda.array",
    [JSON_MARK_OBJECT] = "lambda.object",
    [JSON_MARK_RAW] = "lambda.raw",
};

void json_open(lua_State *L)
{
    for (int mark = 0; mark < JSON_MARK_COUNT; mark++) {
        if (lua_rawgetp(L, LUA_REGISTRYINDEX, &keys[mark]) == LUA_TNIL) {
            lua_createtable(L, 0, 1);
            lua_pushstring(L, names[mark]);
            lua_setfield(L, -2, "__name");
            lua_rawsetp(L, LUA_REGISTRYINDEX, &keys[mark]); /* stack: nil */
        }
        lua_pop(L, 1);
    }
}

void json_mark_push(lua_State *L, enum json_mark mark)
{
    if (lua_rawgetp(L, LUA_REGISTRYINDEX, &keys[mark]) != LUA_TTABLE)
        luaL_error(L, "json_open has not been called for this Lua state");
}
