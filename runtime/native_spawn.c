/* SPDX-License-Identifier: MIT */
#include "native_spawn.h"

#include <lauxlib.h>

#include <stdbool.h>
#include <string.h>
#include <unistd.h>

/* exec* take char *const *, and change nothing. */
static char *const *as_exec_takes(const char **pointers)
{
    union {
        const char **from;
        char *const *to;
    } same = { pointers };
    return same.to;
}

/* Pushes memory for so many pointers, the last of which stays NULL. Raises. */
static const char **new_pointers(lua_State *L, size_t count)
{
    const char **pointers = lua_newuserdatauv(L, count * sizeof *pointers, 0);
    memset(pointers, 0, count * sizeof *pointers);
    return pointers;
}

/* Appends the strings of a list, which keeps them alive. Raises. */
static void add_list(lua_State *L, int index, const char **pointers, lua_Integer count)
{
    for (lua_Integer i = 1; i <= count; i++) {
        if (lua_rawgeti(L, index, i) != LUA_TSTRING)
            luaL_error(L, "argument %d holds what is no string", index);
        *pointers++ = lua_tostring(L, -1);
        lua_pop(L, 1);
    }
}

char *const *native_spawn_words(lua_State *L, int index) /* raises */
{
    lua_Integer count = luaL_len(L, index);
    const char **pointers = new_pointers(L, (size_t)count + 1);
    add_list(L, index, pointers, count);
    return as_exec_takes(pointers);
}

static bool is_hidden(lua_State *L, int hidden, const char *variable) /* raises */
{
    const char *end = strchrnul(variable, '=');
    lua_pushlstring(L, variable, (size_t)(end - variable));
    bool is = lua_rawget(L, hidden) != LUA_TNIL;
    lua_pop(L, 1);
    return is;
}

char *const *native_spawn_environment(lua_State *L, int list, int hidden) /* raises */
{
    size_t count = 0;
    while (environ[count])
        count++;
    lua_Integer added = luaL_len(L, list);
    const char **pointers = new_pointers(L, count + (size_t)added + 1);
    const char **next = pointers;
    for (size_t i = 0; i < count; i++)
        if (!is_hidden(L, hidden, environ[i]))
            *next++ = environ[i];
    add_list(L, list, next, added);
    return as_exec_takes(pointers);
}
