/* SPDX-License-Identifier: MIT */
#include "native.h"

#include "clock.h"
#include "hooks.h"
#include "json.h"
#include "libraries.h"
#include "native_crypto.h"
#include "native_datagram.h"
#include "native_environment.h"
#include "native_log.h"
#include "native_process.h"

#include <lauxlib.h>

#include <stdbool.h>
#include <time.h>
#include <unistd.h>

enum {
    PATH_LIMIT_BYTES = 4096,
    FIELD_COUNT = 15, /* of lambda.native */
    SLEEP_LIMIT_MS = 60 * 1000,
};

static int now_ms(lua_State *L)
{
    lua_pushinteger(L, clock_now_ms());
    return 1;
}

/* May end early: a signal such as the deadline guard's interrupts it, so that its hook runs before the next call. */
static int sleep_ms(lua_State *L)
{
    lua_Integer ms = luaL_checkinteger(L, 1);
    luaL_argcheck(L, ms >= 0 && ms <= SLEEP_LIMIT_MS, 1,
                  "0 to 60000 milliseconds expected");
    struct timespec duration = { .tv_sec = (time_t)(ms / 1000),
                                 .tv_nsec = (long)(ms % 1000) * 1000000L };
    (void)nanosleep(&duration, NULL);
    return 0;
}

/* Whether Lua can call a value. A metatable that __metatable hides counts, too. */
static int is_callable(lua_State *L)
{
    luaL_checkany(L, 1);
    bool is_function = lua_isfunction(L, 1);
    lua_pushboolean(L, is_function || luaL_getmetafield(L, 1, "__call") != LUA_TNIL);
    return 1;
}

/* Nil when it has been removed, or has a longer name. */
static int working_directory(lua_State *L)
{
    char folder[PATH_LIMIT_BYTES];
    lua_pushstring(L, getcwd(folder, sizeof folder));
    return 1;
}

/* A new list of { name, version, licence, source }. */
static int list_libraries(lua_State *L)
{
    lua_newtable(L);
    for (int i = 0; libraries[i].name; i++) {
        lua_createtable(L, 0, 4); /* stack: list one */
        lua_pushstring(L, libraries[i].name);
        lua_setfield(L, -2, "name");
        lua_pushstring(L, libraries[i].version);
        lua_setfield(L, -2, "version");
        lua_pushstring(L, libraries[i].licence);
        lua_setfield(L, -2, "licence");
        lua_pushstring(L, libraries[i].source);
        lua_setfield(L, -2, "source");
        lua_rawseti(L, -2, i + 1);
    }
    return 1;
}

/* The one name that the loadable module exports. */
__attribute__((visibility("default"))) int luaopen_lambda_native(lua_State *L)
{
    static const luaL_Reg functions[] = {
        { "now_ms", now_ms },
        { "sleep_ms", sleep_ms },
        { "is_callable", is_callable },
        { "working_directory", working_directory },
        { "environment", native_environment },
        /* Made when they are first used: they cost nothing until then. */
        { "crypto", native_crypto_library },
        { "datagram", native_datagram_library },
        { "process", native_process_library },
        { "libraries", list_libraries },
        { NULL, NULL },
    };
    luaL_checkversion(L);
    lua_createtable(L, 0, FIELD_COUNT);
    luaL_setfuncs(L, functions, 0);
    (void)json_library(L); /* stack: native json */
    lua_setfield(L, -2, "json");
    lua_createtable(L, 0, 8);
    lua_setfield(L, -2, "stream_mt");
    (void)native_log_library(L); /* stack: native log */
    lua_setfield(L, -2, "log");
    (void)hooks_library(L);
    lua_setfield(L, -2, "hooks");
    return 1;
}
