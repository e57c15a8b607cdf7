/* SPDX-License-Identifier: MIT
 * A C module that takes its time: what the deadline guard cannot interrupt, and what its signal interrupts. */
#include <lauxlib.h>
#include <lua.h>

#include <errno.h>
#include <string.h>
#include <time.h>

int luaopen_sleeper(lua_State *L);

/* sleep(ms): sleeps all of it, whatever signals come. */
static int sleep_ms(lua_State *L)
{
    lua_Integer ms = luaL_checkinteger(L, 1);
    struct timespec left = { .tv_sec = (time_t)(ms / 1000),
                             .tv_nsec = (long)(ms % 1000) * 1000000L };
    while (nanosleep(&left, &left) && errno == EINTR)
        ;
    return 0;
}

/* doze(ms): sleeps until the first signal; the name of the error, nil when it slept all of it. */
static int doze_ms(lua_State *L)
{
    lua_Integer ms = luaL_checkinteger(L, 1);
    struct timespec time = { .tv_sec = (time_t)(ms / 1000),
                             .tv_nsec = (long)(ms % 1000) * 1000000L };
    if (nanosleep(&time, NULL) == 0)
        return 0;
    lua_pushstring(L, strerrorname_np(errno));
    return 1;
}

__attribute__((visibility("default"))) int luaopen_sleeper(lua_State *L)
{
    static const luaL_Reg functions[] = {
        { "sleep", sleep_ms },
        { "doze", doze_ms },
        { NULL, NULL },
    };
    luaL_newlib(L, functions);
    return 1;
}
