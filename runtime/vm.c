/* SPDX-License-Identifier: MIT */
#include "vm.h"

#include "embedded.h"
#include "json.h"
#include "native.h"
#include "native_log.h"
#include "reference.h"
#include "script_io.h"

#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    EXECUTABLE_PATH_LIMIT_BYTES = 4096,
    GLOBAL_COUNT = 33, /* of Lua 5.4, with the libraries */
};

/* Under these names lambda.boot gives them; in the registry they go by the addresses of these entries. */
static const char *const functions[] = {
    [VM_LOAD] = "load",
    [VM_DISPATCH] = "dispatch",
    [VM_DESCRIBE] = "describe",
};

static const char own_globals_key; /* in the registry, by its address */

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
    lua_pushvalue(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &own_globals_key);
}

static int open_embedded(lua_State *L) /* raises; upvalue: the module's index */
{
    const struct embedded *module =
        &embedded_modules[lua_tointeger(L, lua_upvalueindex(1))];
    if (luaL_loadbufferx(L, (const char *)module->bytecode, module->len, module->name,
                         "b"))
        return lua_error(L);
    push_own_globals(L);
    lua_setupvalue(L, -2, 1); /* _ENV, the one upvalue of a main function */
    lua_pushvalue(L, 1);
    lua_call(L, 1, 1);
    return 1;
}

static int compare_name(const void *name, const void *module)
{
    return strcmp(name, ((const struct embedded *)module)->name);
}

/* __index of package.preload: an opener for a module of ours. Nothing is made before it is asked for. */
static int find_embedded(lua_State *L)
{
    const char *name = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : "";
    const struct embedded *module =
        bsearch(name, embedded_modules, embedded_count, sizeof *module, compare_name);
    if (!module)
        return 0;
    lua_pushinteger(L, module - embedded_modules);
    lua_pushcclosure(L, open_embedded, 1);
    return 1;
}

/* Has package.preload know what is linked in: found with no search. */
static void preload_modules(lua_State *L) /* raises */
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

static void set_text(lua_State *L, const char *key, const char *value) /* raises */
{
    lua_pushstring(L, value); /* nil for NULL */
    lua_setfield(L, -2, key);
}

/* Pushes the path of this program, with no symbolic link at its end. As it was started, if that says it: /proc costs
 * a cold start 10 µs. False, and nothing pushed, when there is none. */
static bool push_executable(lua_State *L) /* raises */
{
    char path[EXECUTABLE_PATH_LIMIT_BYTES];
    /* NOLINTNEXTLINE(performance-no-int-to-ptr): it is a pointer */
    const char *started = (const char *)getauxval(AT_EXECFN);
    struct stat is;
    if (started && started[0] == '/' && lstat(started, &is) == 0 && S_ISREG(is.st_mode)) {
        lua_pushstring(L, started);
        return true;
    }
    ssize_t len = readlink("/proc/self/exe", path, sizeof path);
    if (len <= 0 || (size_t)len == sizeof path)
        return false;
    lua_pushlstring(L, path, (size_t)len);
    return true;
}

/* Pushes what Lua may know of the settings, named as in the handler's context. */
static void push_settings(lua_State *L, const struct settings *settings) /* raises */
{
    lua_createtable(L, 0, 14);
    if (push_executable(L))
        lua_setfield(L, -2, "executable");
    set_text(L, "handler", settings->handler);
    set_text(L, "task_root", settings->task_root);
    set_text(L, "function_name", settings->function_name);
    set_text(L, "function_version", settings->function_version);
    set_text(L, "log_group_name", settings->log_group_name);
    set_text(L, "log_stream_name", settings->log_stream_name);
    set_text(L, "region", settings->region);
    set_text(L, "init_type", settings->init_type);
    set_text(L, "convention", settings->convention);
    lua_pushlightuserdata(L, script_io_end_mark());
    lua_setfield(L, -2, "script_end");
    if (settings->resolve_secrets) {
        reference_push_all(L);
        lua_setfield(L, -2, "references");
    }
    if (settings->worker_count > 0) {
        lua_pushboolean(L, true);
        lua_setfield(L, -2, "is_shared");
    }
    if (settings->memory_limit_mb) {
        lua_pushinteger(L, settings->memory_limit_mb);
        lua_setfield(L, -2, "memory_limit_in_mb");
    }
}

/* Takes the functions out of the table on top. */
static void keep_functions(lua_State *L) /* raises */
{
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
        if (lua_getfield(L, -1, functions[i]) != LUA_TFUNCTION)
            luaL_error(L, "lambda.boot gave no function '%s'", functions[i]);
        lua_rawsetp(L, LUA_REGISTRYINDEX, &functions[i]);
    }
}

void vm_set_up(lua_State *L, const struct settings *settings) /* raises */
{
    luaL_checkversion(L);
    luaL_openlibs(L);
    json_open(L);
    native_log_replace_print(L);
    preload_modules(L);
    lua_getglobal(L, "require");
    lua_pushliteral(L, "lambda.boot");
    lua_call(L, 1, 1);
    push_settings(L, settings);
    lua_call(L, 1, 1); /* stack: functions */
    keep_functions(L);
    lua_pop(L, 1);
}

void vm_push(lua_State *L, enum vm_function function)
{
    lua_rawgetp(L, LUA_REGISTRYINDEX, &functions[function]);
}
