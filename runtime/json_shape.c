/* SPDX-License-Identifier: MIT */
#include "json_shape.h"

#include <stdbool.h>

enum json_shape json_shape_find(lua_State *L, int table, lua_Integer *length)
{
    lua_Integer count = 0, max = 0;
    lua_pushnil(L);
    while (lua_next(L, table)) {
        lua_pop(L, 1); /* stack: key */
        lua_Integer key = lua_isinteger(L, -1) ? lua_tointeger(L, -1) : 0;
        if (key < 1) {
            lua_pop(L, 1);
            return JSON_SHAPE_OBJECT;
        }
        count++;
        max = key > max ? key : max;
    }
    *length = max;
    bool has_few_holes = max <= JSON_HOLES_FREE_UP_TO || count >= max - max / 2;
    return has_few_holes ? JSON_SHAPE_ARRAY : JSON_SHAPE_SPARSE;
}
