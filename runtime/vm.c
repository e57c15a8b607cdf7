/* SPDX-License-Identifier: MIT */
#include "vm.h"

#include "json.h"
#include "modules.h"
#include "native_log.h"
#include "reference.h"
#include "script_io.h"

#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>

#include <stdbool.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <unistd.h>

enum { EXECUTABLE_PATH_LIMIT_BYTES = 4096 };

/* Under these names lambda.boot gives them; in the registry they go by the addresses of these entries. */
static const char *const functions[] = {
    [VM_LOAD] = "load",
    [VM_DISPATCH] = "dispatch",
    [VM_DESCRIBE] = "describe",
};

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
    modules_preload(L);
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
