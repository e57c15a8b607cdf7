/* SPDX-License-Identifier: MIT
 * What a VM holds between two events. */
#include "check.h"
#include "collector.h"

#include <lauxlib.h>
#include <lualib.h>

static const size_t MIB = 1024UL * 1024;

/* An event whose handler runs so much Lua. */
static void handle(lua_State *L, struct collector *collector, struct memory *memory,
                   const char *code)
{
    collector_begin(collector, memory);
    CHECK(luaL_dostring(L, code) == LUA_OK);
    lua_settop(L, 0);
    collector_rest(collector, L, memory);
}

/* Runs code as the second event of a VM; returns what it holds afterwards. */
static size_t held_after(const char *code)
{
    struct memory_pool pool = { .ceiling_bytes = 1024 * MIB };
    struct memory memory;
    struct collector collector;
    lua_State *L = memory_new_state(&memory, &pool);
    CHECK(L != NULL);
    if (!L)
        return 0;
    luaL_openlibs(L);
    collector_open(&collector, L, &memory);
    handle(L, &collector, &memory, "return 1");
    handle(L, &collector, &memory, code);
    size_t held = memory.held_bytes;
    CHECK(memory.peak_bytes > 50 * MIB);
    lua_close(L);
    memory_close(&memory);
    CHECK(atomic_load(&pool.granted_bytes) == 0);
    return held;
}

#define GARBAGE "for i = 1, 5e5 do kept[i] = { i, x = i } end kept = nil "

static void gives_back_what_one_large_event_took(void)
{
    CHECK(held_after("local kept = {} " GARBAGE) < 40 * MIB);
}

static void gives_back_what_the_handler_itself_collected(void)
{
    CHECK(held_after("local kept = {} " GARBAGE "collectgarbage()") < 40 * MIB);
}

int main(void)
{
    RUN(gives_back_what_one_large_event_took);
    RUN(gives_back_what_the_handler_itself_collected);
    return check_done();
}
