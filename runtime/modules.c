/* SPDX-License-Identifier: MIT */
#include "modules.h"

#include "embedded.h"
#include "native.h"

#include <lauxlib.h>

#include <stdlib.h>
#include <string.h>

enum { GLOBAL_COUNT = 33 }; /* of Lua 5.4, with the libraries */

static const char own_globals_key; /* in the registry, by its address */

static int require_own(lua_State *L);

int luaopen_cjson(lua_State *L);
int luaopen_cjson_safe(lua_State *L);

/* Pushes a new table with the pairs of the one at index, which are about that many. */
static void copy_table(lua_State *L, int index, int count) /* raises */
{
    index = lua_absindex(L, index);
    lua_createtable(L, 0, count);
    lua_pushnil(L);
    while (lua_next(L, index)) { /* stack: copy key value */
        lua_pushvalue(L, -2);
        lua_insert(L, -2);
        lua_rawset(L, -4);
    }
}

/* Pushes what lambda.* has for globals: a copy, so that a handler that overwrites globals, or alters
 * string, table, math or utf8, breaks its own code and not the report of that. */
static void push_own_globals(lua_State *L) /* raises */
{
    static const struct {
        const char *name;
        int count;
    } libraries[] = { { "string", 17 }, { "table", 7 }, { "math", 35 }, { "utf8", 6 } };
    if (lua_rawgetp(L, LUA_REGISTRYINDEX, &own_globals_key) == LUA_TTABLE)
        return;
    lua_pop(L, 1);
    lua_pushglobaltable(L);
    copy_table(L, -1, GLOBAL_COUNT);
    lua_remove(L, -2);
    for (size_t i = 0; i < sizeof libraries / sizeof *libraries; i++) {
        lua_getfield(L, -1, libraries[i].name);
        copy_table(L, -1, libraries[i].count);
        lua_setfield(L, -3, libraries[i].name);
        lua_pop(L, 1);
    }
    lua_getfield(L, -1, "require");
    lua_pushcclosure(L, require_own, 1);
    lua_setfield(L, -2, "require");
    lua_pushvalue(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &own_globals_key);
}

static int compare_name(const void *name, const void *module)
{
    return strcmp(name, ((const struct embedded *)module)->name);
}

/* A module of ours; NULL when there is none of that name. */
static const struct embedded *find(const char *name)
{
    return bsearch(name, embedded_modules, embedded_count, sizeof *embedded_modules,
                   compare_name);
}

/* Pushes what a module gives; stack: its name first. */
static void load_embedded(lua_State *L, const struct embedded *module) /* raises */
{
    if (luaL_loadbufferx(L, (const char *)module->bytecode, module->len, module->name,
                         "b"))
        (void)lua_error(L);
    push_own_globals(L);
    lua_setupvalue(L, -2, 1); /* _ENV, the one upvalue of a main function */
    lua_pushvalue(L, 1);
    lua_call(L, 1, 1);
}

/* What lambda.* has for require: modules of ours are there, whatever a handler does to package.searchers. Each is
 * loaded when it is first needed, which may be the report of just that handler's error. */
static int require_own(lua_State *L) /* raises; stack: name; upvalue: Lua's require */
{
    const char *name = luaL_checkstring(L, 1);
    lua_settop(L, 1);
    lua_getfield(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
    (void)lua_getfield(L, 2, name);
    if (lua_toboolean(L, -1))
        return 1;
    const struct embedded *module = find(name);
    if (module) {
        load_embedded(L, module);
        lua_pushvalue(L, -1);
        lua_setfield(L, 2, name);
    } else {
        lua_pushvalue(L, lua_upvalueindex(1));
        lua_pushvalue(L, 1);
        lua_call(L, 1, 1);
    }
    return 1;
}

static int open_embedded(lua_State *L) /* raises; upvalue: the module's index */
{
    load_embedded(L, &embedded_modules[lua_tointeger(L, lua_upvalueindex(1))]);
    return 1;
}

/* __index of package.preload: an opener for a module of ours. Nothing is made before it is asked for. */
static int find_embedded(lua_State *L)
{
    const struct embedded *module =
        lua_type(L, 2) == LUA_TSTRING ? find(lua_tostring(L, 2)) : NULL;
    if (!module)
        return 0;
    lua_pushinteger(L, module - embedded_modules);
    lua_pushcclosure(L, open_embedded, 1);
    return 1;
}

void modules_preload(lua_State *L) /* raises */
{
    luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
    const luaL_Reg libraries[] = {
        { "cjson", luaopen_cjson },
        { "cjson.safe", luaopen_cjson_safe },
        { "lambda.native", luaopen_lambda_native },
        { NULL, NULL },
    };
    luaL_setfuncs(L, libraries, 0);
    lua_createtable(L, 0, 1);
    lua_pushcfunction(L, find_embedded);
    lua_setfield(L, -2, "__index");
    lua_setmetatable(L, -2);
    lua_pop(L, 1);
}
