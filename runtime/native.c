/* SPDX-License-Identifier: MIT */
#include "native.h"

#include "clock.h"
#include "json.h"

#include <lauxlib.h>

static int now_ms(lua_State *L)
{
    lua_pushinteger(L, clock_now_ms());
    return 1;
}

/* The one name that the loadable module exports. */
__attribute__((visibility("default"))) int luaopen_lambda_native(lua_State *L)
{
    static const luaL_Reg functions[] = {
        { "now_ms", now_ms },
        { NULL, NULL },
    };
    luaL_newlib(L, functions);
    (void)json_library(L); /* stack: native json */
    lua_setfield(L, -2, "json");
    lua_createtable(L, 0, 8);
    lua_setfield(L, -2, "stream_mt");
    return 1;
}
