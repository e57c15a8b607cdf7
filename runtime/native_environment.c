/* SPDX-License-Identifier: MIT */
#include "native_environment.h"

#include <stdbool.h>
#include <string.h>
#include <unistd.h>

int native_environment(lua_State *L)
{
    lua_settop(L, 0);
    lua_newtable(L);
    for (char **variable = environ; variable && *variable; variable++) {
        const char *equals = strchr(*variable, '=');
        if (!equals)
            continue;
        lua_pushlstring(L, *variable, (size_t)(equals - *variable));
        lua_pushvalue(L, -1); /* stack: table name name */
        bool is_new = lua_rawget(L, 1) == LUA_TNIL;
        lua_pop(L, 1);
        if (is_new) { /* of two with one name getenv takes the first, too */
            lua_pushstring(L, equals + 1);
            lua_rawset(L, 1);
        } else {
            lua_pop(L, 1);
        }
    }
    return 1;
}
