/* SPDX-License-Identifier: MIT */
#include "reference.h"

#include <stdbool.h>
#include <string.h>
#include <unistd.h>

static bool is_reference(const char *value)
{
    return strncmp(value, "ssm:", 4) == 0 || strncmp(value, "secret:", 7) == 0;
}

void reference_push_all(lua_State *L) /* raises */
{
    lua_pushnil(L);
    for (char **entry = environ; entry && *entry; entry++) {
        const char *equals = strchr(*entry, '=');
        if (!equals || !is_reference(equals + 1))
            continue;
        if (lua_isnil(L, -1)) {
            lua_pop(L, 1);
            lua_newtable(L);
        }
        lua_pushlstring(L, *entry, (size_t)(equals - *entry));
        lua_pushstring(L, equals + 1);
        lua_rawset(L, -3); /* stack: references */
    }
}
