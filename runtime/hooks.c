/* SPDX-License-Identifier: MIT */
#include "hooks.h"

#include <stddef.h>

/* What calls a function of a list, so that its stack trace ends at a frame of ours. */
enum { CALLER = 0 };

/* In the registry, the table goes by this address. */
static const char key;

/* The numbers by the names that lua-lib/lambda/lifecycle.lua knows. */
static const struct {
    const char *name;
    int number;
} names[] = {
    { "CALLER", CALLER },
    { "SHUTDOWN", HOOK_SHUTDOWN },
    { "AFTER_EACH", HOOK_AFTER_EACH },
    { "AFTER_THIS", HOOK_AFTER_THIS },
    { "BEFORE_SNAPSHOT", HOOK_BEFORE_SNAPSHOT },
    { "AFTER_RESTORE", HOOK_AFTER_RESTORE },
};

int hooks_library(lua_State *L) /* raises */
{
    if (lua_rawgetp(L, LUA_REGISTRYINDEX, &key) == LUA_TTABLE)
        return 1;
    lua_pop(L, 1);
    lua_createtable(L, 0, sizeof names / sizeof *names + 1); /* and is_loaded */
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        lua_pushinteger(L, names[i].number);
        lua_setfield(L, -2, names[i].name);
    }
    lua_pushvalue(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &key);
    return 1;
}

/* Pushes one value of the table's; nil when there is no table. */
static int push(lua_State *L, int index)
{
    if (lua_rawgetp(L, LUA_REGISTRYINDEX, &key) != LUA_TTABLE)
        return LUA_TNIL;
    int type = lua_rawgeti(L, -1, index);
    lua_remove(L, -2);
    return type;
}

bool hooks_have(lua_State *L, enum hook hook, int number)
{
    bool have = push(L, (int)hook) == LUA_TTABLE && number <= (int)lua_rawlen(L, -1);
    lua_pop(L, 1);
    return have;
}

void hooks_call(lua_State *L, enum hook hook, int number) /* raises */
{
    (void)push(L, CALLER);
    (void)push(L, (int)hook); /* stack: caller list */
    (void)lua_rawgeti(L, -1, number);
    lua_remove(L, -2);
    lua_call(L, 1, 0);
}

void hooks_drop(lua_State *L, enum hook hook)
{
    if (push(L, (int)hook) == LUA_TTABLE) {
        (void)lua_rawgetp(L, LUA_REGISTRYINDEX, &key);
        lua_pushnil(L);
        lua_rawseti(L, -2, (int)hook); /* the key is there: no memory needed */
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
}
