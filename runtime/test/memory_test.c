/* SPDX-License-Identifier: MIT
 * The counting allocator: what it counts, when it refuses, what the verdict is. */
#include "check.h"
#include "memory.h"

#include <lauxlib.h>
#include <lualib.h>

#include <pthread.h>
#include <stdint.h>
#include <string.h>

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
    CHECK(memory.live_bytes == 16); /* a block of the slab, without a header */
    CHECK(memory.peak_bytes == 2016);
    memory_mark(&memory);
    CHECK(memory.peak_bytes == 16);
    CHECK(memory_allocate(&memory, block, 10, 0) == NULL);
    CHECK(memory.live_bytes == 0);
    memory_close(&memory);
}

/* Whether a block still begins with so many of the letter. */
static bool is_kept(const char *block, size_t bytes, char letter)
{
    for (size_t i = 0; i < bytes; i++)
        if (block[i] != letter)
            return false;
    return true;
}

static void keeps_the_bytes_when_a_block_changes_size(void)
{
    struct memory memory = { 0 };
    const size_t sizes[] = {
        1, 16, 17, 500, 512, 513, 512, 5000, 400, 400, 30, 600, 30, 1
    };
    size_t before = 0;
    char *block = NULL;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        size_t bytes = sizes[i];
        block = memory_allocate(&memory, block, before, bytes);
        CHECK(block && is_kept(block, before < bytes ? before : bytes, 'x'));
        if (!block)
            return;
        memset(block, 'x', bytes);
        before = bytes;
    }
    CHECK(memory_allocate(&memory, block, before, 0) == NULL);
    CHECK(memory.live_bytes == 0);
    memory_close(&memory);
}

static void shrinks_also_where_the_ceiling_leaves_no_room(void)
{
    struct memory_pool pool = { .ceiling_bytes = 1024 };
    struct memory memory = { .pool = &pool };
    char *block = memory_allocate(&memory, NULL, 0, 1000);
    CHECK(block != NULL);
    if (!block)
        return;
    memset(block, 'x', 1000);
    CHECK(memory_allocate(&memory, NULL, 0, 100) == NULL);
    block = memory_allocate(&memory, block, 1000, 900);
    CHECK(block && is_kept(block, 900, 'x'));
    block = memory_allocate(&memory, block, 900, 100);
    CHECK(block && is_kept(block, 100, 'x'));
    block = memory_allocate(&memory, block, 100, 10);
    CHECK(block && is_kept(block, 10, 'x'));
    CHECK(memory.live_bytes == 16);
    CHECK(memory_allocate(&memory, block, 10, 0) == NULL);
    CHECK(memory.live_bytes == 0);
    pool.ceiling_bytes = 2 * MIB;
    block = memory_allocate(&memory, NULL, 0, 16); /* the same one, perhaps */
    CHECK(block != NULL);
    CHECK(memory_allocate(&memory, block, 16, 0) == NULL);
    memory_close(&memory);
    CHECK(atomic_load(&pool.granted_bytes) == 0);
}

enum { SMALL_COUNT = 20000, MANY_COUNT = 90000, SMALL_BYTES = 48 };

/* Takes so many small blocks, and then drops them. */
static void churn_small(struct memory *memory, size_t count, size_t bytes)
{
    static void *blocks[MANY_COUNT];
    for (size_t i = 0; i < count; i++)
        CHECK((blocks[i] = memory_allocate(memory, NULL, 0, bytes)) != NULL);
    for (size_t i = 0; i < count; i++)
        CHECK(memory_allocate(memory, blocks[i], bytes, 0) == NULL);
    CHECK(memory->live_bytes == 0);
}

static void what_small_blocks_leave_free_serves_large_ones(void)
{
    struct memory_pool pool = { .ceiling_bytes = 2 * MIB };
    struct memory memory = { .pool = &pool };
    churn_small(&memory, SMALL_COUNT, SMALL_BYTES);
    void *large = memory_allocate(&memory, NULL, 0, 2 * MIB - 4096);
    CHECK(large != NULL);
    CHECK(memory_allocate(&memory, NULL, 0, 8192) == NULL);
    CHECK(memory_allocate(&memory, large, 2 * MIB - 4096, 0) == NULL);
    memory_close(&memory);
    CHECK(atomic_load(&pool.granted_bytes) == 0);
}

static void keeps_what_is_free_until_it_is_much_or_scarce(void)
{
    struct memory_pool pool = { .ceiling_bytes = 64 * MIB };
    struct memory memory = { .pool = &pool };
    churn_small(&memory, SMALL_COUNT, SMALL_BYTES);
    size_t held = memory.held_bytes;
    memory_rest(&memory);
    CHECK(memory.held_bytes == held);
    pool.ceiling_bytes = MIB;
    memory_rest(&memory);
    CHECK(memory.held_bytes == 0);
    pool.ceiling_bytes = 1024 * MIB;
    churn_small(&memory, MANY_COUNT, SLAB_BLOCK_BYTES_MAX); /* 44 MiB */
    memory_rest(&memory);
    CHECK(memory.held_bytes == 0);
    memory_close(&memory);
    CHECK(atomic_load(&pool.granted_bytes) == 0);
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
    memory_close(&memory);
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
    CHECK(memory->live_bytes == 0);
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

/* Up to 2 MiB in 64 blocks, some of them small, again and again. */
static void *churn(void *unused)
{
    struct memory memory = { .pool = &shared };
    void *blocks[64] = { NULL };
    (void)unused;
    for (size_t i = 0; i < 20000; i++) {
        size_t slot = i % 64;
        if (blocks[slot])
            (void)memory_allocate(&memory, blocks[slot], (slot * slot + 1) * 15, 0);
        blocks[slot] = memory_allocate(&memory, NULL, 0, (slot * slot + 1) * 15);
    }
    for (size_t slot = 0; slot < 64; slot++)
        if (blocks[slot])
            (void)memory_allocate(&memory, blocks[slot], (slot * slot + 1) * 15, 0);
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
    RUN(keeps_the_bytes_when_a_block_changes_size);
    RUN(shrinks_also_where_the_ceiling_leaves_no_room);
    RUN(what_small_blocks_leave_free_serves_large_ones);
    RUN(keeps_what_is_free_until_it_is_much_or_scarce);
    RUN(leaves_a_reserve_of_the_functions_memory);
    RUN(refuses_beyond_the_ceiling_and_keeps_the_block);
    RUN(is_spent_when_the_same_is_refused_twice_in_a_row);
    RUN(judges_by_what_was_refused);
    RUN(collects_before_it_gives_up);
    RUN(several_vms_share_a_ceiling);
    return check_done();
}
