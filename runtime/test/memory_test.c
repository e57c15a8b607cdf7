/* SPDX-License-Identifier: MIT
 * The counting allocator: what it counts, when it refuses, what the verdict is. */
#include "check.h"
#include "memory.h"

#include <lauxlib.h>
#include <lualib.h>

#include <pthread.h>
#include <stdint.h>

static const size_t MIB = 1024UL * 1024;

static void counts_what_is_live(void)
{
    struct memory memory = { 0 };
    char *block = memory_allocate(&memory, NULL, LUA_TTABLE, 1000);
    CHECK(block != NULL);
    CHECK(memory.live_bytes == 1008);
    block = memory_allocate(&memory, block, 1000, 2000);
    CHECK(memory.live_bytes == 2016);
    block = memory_allocate(&memory, block, 2000, 10);
    CHECK(memory.live_bytes == 32); /* malloc's least block */
    CHECK(memory.peak_bytes == 2016);
    memory_mark(&memory);
    CHECK(memory.peak_bytes == 32);
    CHECK(memory_allocate(&memory, block, 10, 0) == NULL);
    CHECK(memory.live_bytes == 0);
}

static void leaves_a_reserve_of_the_functions_memory(void)
{
    CHECK(memory_ceiling_bytes(0) == 0);
    CHECK(memory_ceiling_bytes(128) == 100 * MIB);
    CHECK(memory_ceiling_bytes(10240) == (10240 - 24 - 320) * MIB);
    CHECK(memory_ceiling_bytes(16) == 8 * MIB);
}

static void refuses_beyond_the_ceiling_and_keeps_the_block(void)
{
    struct memory_pool pool = { .ceiling_bytes = MIB };
    struct memory memory = { .pool = &pool };
    char *block = memory_allocate(&memory, NULL, 0, MIB / 2);
    CHECK(block != NULL);
    CHECK(memory_allocate(&memory, block, MIB / 2, 2 * MIB) == NULL);
    CHECK(memory_allocate(&memory, NULL, 0, SIZE_MAX) == NULL);
    CHECK(memory.refusals == 2);
    CHECK(memory.live_bytes < MIB);
    if (block)
        block[MIB / 2 - 1] = 'x'; /* ASan would know if it were gone */
    CHECK(memory_allocate(&memory, block, MIB / 2, 0) == NULL);
    memory_close(&memory);
    CHECK(atomic_load(&pool.granted_bytes) == 0);
}

static void is_spent_when_the_same_is_refused_twice_in_a_row(void)
{
    struct memory_pool pool = { .ceiling_bytes = MIB };
    struct memory memory = { .pool = &pool };
    CHECK(memory_allocate(&memory, NULL, 0, 2 * MIB) == NULL);
    void *small = memory_allocate(&memory, NULL, 0, 100);
    CHECK(small != NULL);
    CHECK(memory_allocate(&memory, NULL, 0, 2 * MIB) == NULL);
    CHECK(!memory.is_spent); /* something succeeded in between */
    CHECK(memory_allocate(&memory, small, 100, 2 * MIB) == NULL);
    CHECK(!memory.is_spent); /* another block */
    small = memory_allocate(&memory, small, 100, 50);
    CHECK(memory_allocate(&memory, NULL, 0, 2 * MIB) == NULL);
    CHECK(!memory.is_spent);
    small = memory_allocate(&memory, small, 50, 40);
    CHECK(memory_allocate(&memory, NULL, 0, 2 * MIB) == NULL);
    CHECK(memory.is_spent); /* what a collection frees and shrinks is no success */
    CHECK(memory_allocate(&memory, small, 40, 0) == NULL);
}

/* What happens to Lua code under a ceiling: its status, and the verdict. */
static int run(const char *code, struct memory *memory, bool *is_cause)
{
    static struct memory_pool pool;
    pool.ceiling_bytes = 4 * MIB;
    lua_State *L = memory_new_state(memory, &pool);
    CHECK(L != NULL);
    if (!L)
        return -1;
    luaL_openlibs(L);
    memory_mark(memory);
    int status = luaL_dostring(L, code) ? LUA_ERRRUN : LUA_OK;
    *is_cause = status != LUA_OK && memory_is_cause(memory, L, status);
    if (memory->refusals > 0)
        CHECK(memory->peak_bytes <= pool.ceiling_bytes);
    lua_close(L);
    CHECK(memory->live_bytes < 8192); /* what was counted roughly: the bare state */
    memory_close(memory);
    CHECK(atomic_load(&pool.granted_bytes) == 0);
    return status;
}

static void judges_by_what_was_refused(void)
{
    struct memory memory;
    bool is_cause = false;
    CHECK(run("return 1", &memory, &is_cause) == LUA_OK);
    CHECK(run("error('not enough memory', 0)", &memory, &is_cause) == LUA_ERRRUN);
    CHECK(!is_cause);
    CHECK(run("local t = {} for i = 1, 1e6 do t[i] = {} end", &memory, &is_cause) ==
          LUA_ERRRUN);
    CHECK(is_cause);
    CHECK(run("return ('x'):rep(8 << 20)", &memory, &is_cause) == LUA_ERRRUN);
    CHECK(is_cause);
    CHECK(run("return pcall(string.rep, 'x', 8 << 20)", &memory, &is_cause) == LUA_OK);
    CHECK(run("pcall(string.rep, 'x', 8 << 20) error('something else')", &memory,
              &is_cause) == LUA_ERRRUN);
    CHECK(!is_cause);
}

static void collects_before_it_gives_up(void)
{
    struct memory memory;
    bool is_cause = false;
    CHECK(run("collectgarbage('stop')\n"
              "for i = 1, 1e5 do local t = { {}, {}, {} } end",
              &memory, &is_cause) == LUA_OK);
}

static struct memory_pool shared;

/* Up to 2 MiB in 64 blocks, again and again. */
static void *churn(void *unused)
{
    struct memory memory = { .pool = &shared };
    void *blocks[64] = { NULL };
    (void)unused;
    for (size_t i = 0; i < 20000; i++) {
        size_t slot = i % 64;
        if (blocks[slot])
            (void)memory_allocate(&memory, blocks[slot], (slot + 1) * 1000, 0);
        blocks[slot] = memory_allocate(&memory, NULL, 0, (slot + 1) * 1000);
    }
    for (size_t slot = 0; slot < 64; slot++)
        if (blocks[slot])
            (void)memory_allocate(&memory, blocks[slot], (slot + 1) * 1000, 0);
    CHECK(memory.live_bytes == 0);
    memory_close(&memory);
    return NULL;
}

static void several_vms_share_a_ceiling(void)
{
    pthread_t threads[4];
    shared.ceiling_bytes = 6 * MIB; /* now and then one is refused */
    for (size_t i = 0; i < 4; i++)
        CHECK(pthread_create(&threads[i], NULL, churn, NULL) == 0);
    for (size_t i = 0; i < 4; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
    CHECK(atomic_load(&shared.granted_bytes) == 0);

    struct memory one = { .pool = &shared }, other = { .pool = &shared };
    void *most = memory_allocate(&one, NULL, 0, 5 * MIB);
    CHECK(most != NULL);
    CHECK(memory_allocate(&other, NULL, 0, 2 * MIB) == NULL);
    CHECK(memory_allocate(&one, most, 5 * MIB, 0) == NULL);
    void *now = memory_allocate(&other, NULL, 0, 2 * MIB);
    CHECK(now != NULL);
    CHECK(memory_allocate(&other, now, 2 * MIB, 0) == NULL);
    memory_close(&one);
    memory_close(&other);
}

int main(void)
{
    RUN(counts_what_is_live);
    RUN(leaves_a_reserve_of_the_functions_memory);
    RUN(refuses_beyond_the_ceiling_and_keeps_the_block);
    RUN(is_spent_when_the_same_is_refused_twice_in_a_row);
    RUN(judges_by_what_was_refused);
    RUN(collects_before_it_gives_up);
    RUN(several_vms_share_a_ceiling);
    return check_done();
}
