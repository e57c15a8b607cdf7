/* SPDX-License-Identifier: MIT */
#include "collector.h"

enum {
    /* What a handler may allocate beyond the heap's own size before Lua collects on its way: enough for an
     * event and an answer of 5 MB. */
    ALLOWANCE_BYTES = 32 * 1024 * 1024,
    /* Less garbage than this is not worth a collection, however small the heap. */
    SLACK_BYTES = 256 * 1024,
};

/* Lua has no call for an absolute threshold, but counts a "debt" of bytes and collects while it is positive:
 * LUA_GCRESTART sets it to 0, and LUA_GCSTEP adds so many KiB to it before it looks (lua_gc in lapi.c, 5.4.0 to
 * 5.4.8), so that a negative number puts the next collection off. From there on Lua paces itself. */
static void put_off(lua_State *L, const struct memory *memory)
{
    size_t room = memory->live_bytes + ALLOWANCE_BYTES;
    size_t ceiling = memory->pool ? memory->pool->ceiling_bytes : 0;
    if (ceiling) {
        size_t left = ceiling > memory->live_bytes ? ceiling - memory->live_bytes : 0;
        room = left / 2 < room ? left / 2 : room;
    }
    (void)lua_gc(L, LUA_GCRESTART);
    if (room >= 1024)
        (void)lua_gc(L, LUA_GCSTEP, -(int)(room / 1024));
}

void collector_open(struct collector *collector, lua_State *L,
                    const struct memory *memory)
{
    *collector = (struct collector){ 0 };
    put_off(L, memory);
}

void collector_begin(struct collector *collector, const struct memory *memory)
{
    if (!collector->kept_bytes)
        collector->kept_bytes = memory->live_bytes;
}

void collector_pace(lua_State *L)
{
    if (lua_gc(L, LUA_GCISRUNNING))
        (void)lua_gc(L, LUA_GCRESTART);
}

/* lua_gc should not raise, but finalizers are other people's: behind a pcall. */
static int collect(lua_State *L)
{
    (void)lua_gc(L, LUA_GCCOLLECT);
    return 0;
}

void collector_rest(struct collector *collector, lua_State *L, struct memory *memory)
{
    if (memory->live_bytes <= 2 * collector->kept_bytes + SLACK_BYTES ||
        !lua_gc(L, LUA_GCISRUNNING))
        return;
    lua_pushcfunction(L, collect);
    (void)lua_pcall(L, 0, 0, 0);
    lua_settop(L, 0);
    collector->kept_bytes = memory->live_bytes;
    memory_rest(memory);
    put_off(L, memory);
}
