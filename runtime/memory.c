/* SPDX-License-Identifier: MIT */
#include "memory.h"

#include <lauxlib.h>

#include <stdlib.h>
#include <string.h>

enum {
    RESERVE_BYTES = 24 * 1024 * 1024,
    RESERVE_PART = 32, /* and one of so many parts of the function's memory */
    LEAST_PART = 2,    /* but never more than one of so many */
    QUANTUM_BYTES =
        65536, /* asked of the pool at once, so that its atomic count stays out of the way */
    BLOCK_LEAST_BYTES =
        32, /* glibc's malloc on 64 bits: a block has a header of 8 and is a multiple of 16 */
    BLOCK_HEADER_BYTES = 8,
    BLOCK_ALIGNMENT_BYTES = 16,
};

size_t memory_ceiling_bytes(long function_memory_mb)
{
    if (function_memory_mb <= 0)
        return 0;
    size_t bytes = (size_t)function_memory_mb * 1024 * 1024;
    size_t reserve = RESERVE_BYTES + bytes / RESERVE_PART;
    return bytes - (reserve < bytes / LEAST_PART ? reserve : bytes / LEAST_PART);
}

/* What malloc takes for that many bytes. */
static size_t cost(size_t bytes)
{
    size_t block = (bytes + BLOCK_HEADER_BYTES + BLOCK_ALIGNMENT_BYTES - 1) &
                   ~(size_t)(BLOCK_ALIGNMENT_BYTES - 1);
    return block < BLOCK_LEAST_BYTES ? BLOCK_LEAST_BYTES : block;
}

/* So many bytes more from the pool; false when it has not as many. */
static bool draw(struct memory_pool *pool, size_t bytes)
{
    size_t before =
        atomic_fetch_add_explicit(&pool->granted_bytes, bytes, memory_order_relaxed);
    if (!pool->ceiling_bytes ||
        (before <= pool->ceiling_bytes && bytes <= pool->ceiling_bytes - before))
        return true;
    (void)atomic_fetch_sub_explicit(&pool->granted_bytes, bytes, memory_order_relaxed);
    return false;
}

/* Counts more bytes as live, if the pool allows. */
static bool take(struct memory *memory, size_t bytes)
{
    size_t free_bytes = memory->granted_bytes - memory->live_bytes;
    if (memory->pool && bytes > free_bytes) {
        size_t lacking = bytes - free_bytes;
        size_t asked = lacking < QUANTUM_BYTES ? QUANTUM_BYTES : lacking;
        if (!draw(memory->pool, asked)) {
            asked = lacking;
            if (!draw(memory->pool, asked))
                return false;
        }
        memory->granted_bytes += asked;
    }
    memory->live_bytes += bytes;
    if (memory->live_bytes > memory->peak_bytes)
        memory->peak_bytes = memory->live_bytes;
    return true;
}

/* Counts bytes as no longer live; the pool gets them back by quanta. */
static void give(struct memory *memory, size_t bytes)
{
    memory->live_bytes -= bytes < memory->live_bytes ? bytes : memory->live_bytes;
    if (!memory->pool)
        return;
    size_t free_bytes = memory->granted_bytes - memory->live_bytes;
    if (free_bytes < 2 * (size_t)QUANTUM_BYTES)
        return;
    size_t back = free_bytes - QUANTUM_BYTES;
    (void)atomic_fetch_sub_explicit(&memory->pool->granted_bytes, back,
                                    memory_order_relaxed);
    memory->granted_bytes -= back;
}

/* Lua repeats a refused allocation once, after an emergency collection, with nothing allocated in between. */
static void *refuse(struct memory *memory, const void *block, size_t bytes)
{
    if (memory->refused_bytes == bytes && memory->refused_block == block)
        memory->is_spent = true;
    memory->refused_block = block;
    memory->refused_bytes = bytes;
    memory->refusals++;
    return NULL;
}

void *memory_allocate(void *ud, void *block, size_t old_bytes, size_t new_bytes)
{
    struct memory *memory = ud;
    size_t held = block ? cost(old_bytes) : 0; /* without a block, old_bytes is a type */
    if (new_bytes == 0) {
        give(memory, held);
        free(block);
        return NULL;
    }
    if (new_bytes > PTRDIFF_MAX)
        return refuse(memory, block, new_bytes);
    size_t wanted = cost(new_bytes);
    if (wanted > held && !take(memory, wanted - held))
        return refuse(memory, block, new_bytes);
    void *moved = realloc(block, new_bytes);
    if (moved) {
        if (wanted < held)
            give(memory, held - wanted);
        else if (wanted > held)
            memory->refused_bytes = 0;
        return moved;
    }
    if (wanted <= held)
        return block; /* Lua relies on it that shrinking cannot fail */
    give(memory, wanted - held);
    return refuse(memory, block, new_bytes);
}

lua_State *memory_new_state(struct memory *memory, struct memory_pool *pool)
{
    *memory = (struct memory){ .pool = pool };
    /* Its allocator is realloc and free too (manual, lua_Alloc), so ours can go on with its blocks; its panic
     * function and its warnings stay. */
    lua_State *L = luaL_newstate();
    if (!L)
        return NULL;
    size_t bytes =
        (size_t)lua_gc(L, LUA_GCCOUNT) * 1024 + (size_t)lua_gc(L, LUA_GCCOUNTB);
    if (!take(memory, bytes)) {
        lua_close(L);
        return NULL;
    }
    lua_setallocf(L, memory_allocate, memory);
    return L;
}

void memory_close(struct memory *memory)
{
    if (memory->pool)
        (void)atomic_fetch_sub_explicit(&memory->pool->granted_bytes,
                                        memory->granted_bytes, memory_order_relaxed);
    *memory = (struct memory){ 0 };
}

void memory_mark(struct memory *memory)
{
    memory->peak_bytes = memory->live_bytes;
    memory->refusals = 0;
}

bool memory_is_cause(const struct memory *memory, lua_State *L, int status)
{
    if (memory->refusals ==
        0) /* error("not enough memory", 0) gives LUA_ERRMEM all the same */
        return false;
    /* string.rep and its kin allocate past Lua's collector, and raise a string; so does a coroutine.wrap. */
    return status == LUA_ERRMEM ||
           (lua_type(L, -1) == LUA_TSTRING &&
            strstr(lua_tostring(L, -1), "not enough memory") != NULL);
}
