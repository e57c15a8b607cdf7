/* SPDX-License-Identifier: MIT
 * The functions that a handler wants called around its events: through the same door. */
#include "hooks.h"
#include "host_door.h"

#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>

#include <stdio.h>
#include <sys/random.h>

bool host_has_hook(const struct host *host, enum hook hook, int number)
{
    return hooks_have(host->L, hook, number);
}

bool host_has_time(struct host *host)
{
    return guard_allow_extra(&host->guard);
}

static int call_hook(lua_State *L) /* raises */
{
    const struct host *host = lua_touserdata(L, 1);
    hooks_call(L, host->hook, host->hook_number);
    return 0;
}

static enum stage stage_of(enum hook hook)
{
    switch (hook) {
    case HOOK_BEFORE_SNAPSHOT: return STAGE_BEFORE_SNAPSHOT;
    case HOOK_AFTER_RESTORE: return STAGE_AFTER_RESTORE;
    case HOOK_SHUTDOWN:
    case HOOK_AFTER_EACH:
    case HOOK_AFTER_THIS: break;
    }
    return STAGE_HOOK;
}

enum host_status host_run_hook(struct host *host, enum hook hook, int number,
                               struct reply *reply)
{
    host->stage = stage_of(hook);
    host->hook = hook;
    host->hook_number = number;
    enum host_status status = host_enter(host, call_hook, reply);
    (void)fflush(stdout); /* the sandbox may freeze, or end */
    return status;
}

void host_drop_hooks(struct host *host, enum hook hook)
{
    hooks_drop(host->L, hook);
}

static int call_reseed(lua_State *L) /* raises */
{
    lua_Integer seed[2];
    if (getrandom(seed, sizeof seed, 0) != (ssize_t)sizeof seed)
        return luaL_error(L, "the kernel gave no random numbers");
    luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
    lua_getfield(L, -1, LUA_MATHLIBNAME);
    lua_getfield(L, -1, "randomseed");
    lua_pushinteger(L, seed[0]);
    lua_pushinteger(L, seed[1]);
    lua_call(L, 2, 0);
    return 0;
}

enum host_status host_reseed(struct host *host, struct reply *reply)
{
    host->stage = STAGE_AFTER_RESTORE;
    return host_enter(host, call_reseed, reply);
}
