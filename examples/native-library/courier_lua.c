/* SPDX-License-Identifier: MIT
 * libcourier for Lua: require("courier").open("s3"):scope("20261120"). A handle is a userdata, closed when it is
 * collected; what goes wrong in the world is nil and a message. */
#include "courier.h"

#include <lauxlib.h>
#include <lua.h>

#define TYPE_NAME "courier"

enum { SCOPE_LIMIT_BYTES = 512 };

static struct courier *check(lua_State *L)
{
    struct courier **courier = luaL_checkudata(L, 1, TYPE_NAME);
    luaL_argcheck(L, *courier, 1, "the courier is closed");
    return *courier;
}

static int open_courier(lua_State *L)
{
    const char *service = luaL_checkstring(L, 1);
    struct courier **courier = lua_newuserdatauv(L, sizeof(struct courier *), 0);
    *courier = NULL;
    luaL_setmetatable(
        L,
        TYPE_NAME); /* before there is anything to close: lua_* may raise, and leak nothing */
    *courier = courier_open(service);
    return *courier ? 1 : luaL_error(L, "not enough memory for a courier");
}

static int scope(lua_State *L)
{
    char text[SCOPE_LIMIT_BYTES];
    const char *fault =
        courier_scope(check(L), luaL_checkstring(L, 2), text, sizeof text);
    lua_pushstring(L, fault ? NULL : text); /* NULL is nil */
    lua_pushstring(L, fault);
    return 2;
}

static int close_courier(lua_State *L)
{
    struct courier **courier = luaL_checkudata(L, 1, TYPE_NAME);
    courier_close(*courier);
    *courier = NULL;
    return 0;
}

int luaopen_courier(lua_State *L)
{
    static const luaL_Reg methods[] = {
        { "scope", scope },
        { "close", close_courier },
        { "__gc", close_courier },
        { "__close", close_courier },
        { NULL, NULL },
    };
    if (luaL_newmetatable(L, TYPE_NAME)) {
        luaL_setfuncs(L, methods, 0);
        lua_pushvalue(L, -1);
        lua_setfield(L, -2, "__index");
    }
    lua_createtable(L, 0, 1);
    lua_pushcfunction(L, open_courier);
    lua_setfield(L, -2, "open");
    return 1;
}
