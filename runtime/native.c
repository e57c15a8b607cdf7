/* SPDX-License-Identifier: MIT */
#include "native.h"

#include "clock.h"
#include "hooks.h"
#include "json.h"
#include "native_crypto.h"
#include "native_datagram.h"
#include "native_environment.h"
#include "native_log.h"
#include "native_process.h"

#include <lauxlib.h>

#include <unistd.h>

enum { PATH_LIMIT_BYTES = 4096 };

static int now_ms(lua_State *L)
{
    lua_pushinteger(L, clock_now_ms());
    return 1;
}

/* Nil when it has been removed, or has a longer name. */
static int working_directory(lua_State *L)
{
    char folder[PATH_LIMIT_BYTES];
    lua_pushstring(L, getcwd(folder, sizeof folder));
    return 1;
}

/* The one name that the loadable module exports. */
__attribute__((visibility("default"))) int luaopen_lambda_native(lua_State *L)
{
    static const luaL_Reg functions[] = {
        { "now_ms", now_ms },
        { "working_directory", working_directory },
        { "environment", native_environment },
        /* Made when they are first used: they cost nothing until then. */
        { "crypto", native_crypto_library },
        { "datagram", native_datagram_library },
        { "process", native_process_library },
        { NULL, NULL },
    };
    luaL_newlib(L, functions);
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
