/* SPDX-License-Identifier: MIT
 * A C module that is a handler itself: a function, and a userdata that can be called. */
#include <lauxlib.h>
#include <lua.h>

int luaopen_former(lua_State *L);
int luaopen_src_former(lua_State *L);

/* handler(event): the event, and nothing else. */
static int handler(lua_State *L)
{
    lua_settop(L, 1);
    return 1;
}

/* object(event): __call gets the object first. */
static int call(lua_State *L)
{
    luaL_checkudata(L, 1, "former");
    lua_settop(L, 2);
    return 1;
}

__attribute__((visibility("default"))) int luaopen_former(lua_State *L)
{
    static const luaL_Reg functions[] = {
        { "handler", handler },
        { NULL, NULL },
    };
    luaL_newlib(L, functions);
    (void)lua_newuserdatauv(L, 1, 0);
    luaL_newmetatable(L, "former");
    lua_pushcfunction(L, call);
    lua_setfield(L, -2, "__call");
    lua_setmetatable(L, -2);
    lua_setfield(L, -2, "object");
    return 1;
}

/* As src/former.so it has another name, by Lua's rules. */
__attribute__((visibility("default"))) int luaopen_src_former(lua_State *L)
{
    return luaopen_former(L);
}
