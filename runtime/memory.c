/* SPDX-License-Identifier: MIT */
#include "memory.h"

#include "memory_parts.h"
#include "state.h"

#include <stdlib.h>
#include <string.h>

enum {
    BLOCK_HEADER_BYTES = 8, /* glibc's malloc on 64 bits; blocks are multiples of 16 */
    BLOCK_ALIGNMENT_BYTES = 16,
    RETAINED_BYTES_MAX = 32 * 1024 * 1024, /* free at rest: what an event of 6 MB needs */
};

/* AddressSanitizer sees what goes beyond a block only when each one is malloc's. */
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define MEMORY_WITHOUT_SLAB
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define MEMORY_WITHOUT_SLAB
#endif

/* Whether the slab has blocks of this size. */
static bool is_small(size_t bytes)
{
#ifdef MEMORY_WITHOUT_SLAB
    (void)bytes;
    return false;
#else
    return bytes <= SLAB_BLOCK_BYTES_MAX;
#endif
}

/* What a block takes: of the slab, or of malloc. */
static size_t cost(size_t bytes)
{
    if (bytes <= SLAB_BLOCK_BYTES_MAX)
        return slab_cost(bytes);
    return (bytes + BLOCK_HEADER_BYTES + BLOCK_ALIGNMENT_BYTES - 1) &
           ~(size_t)(BLOCK_ALIGNMENT_BYTES - 1);
}

/* A live block of so many bytes has become one of so many; 0 for none. */
static void count(struct memory *memory, size_t held, size_t wanted)
{
    memory->live_bytes += wanted - held;
    if (memory->live_bytes > memory->peak_bytes)
        memory->peak_bytes = memory->live_bytes;
}

/* Gives the chunks back that hold nothing; false when there are none. */
static bool trim(struct memory *memory)
{
    size_t bytes = slab_trim(&memory->slab);
    memory_release(memory, bytes);
    return bytes > 0;
}

static bool grow(struct memory *memory, size_t bytes)
{
    if (!memory_hold(memory, bytes))
        return false;
    if (slab_grow(&memory->slab, bytes))
        return true;
    memory_release(memory, bytes);
    return false;
}

/* The slab has no block of that size at hand. Trimming comes last, for it looks at all that is free. */
static void *find_small(struct memory *memory, size_t bytes)
{
    struct slab *slab = &memory->slab;
    if (grow(memory, slab_chunk_bytes(slab)) || grow(memory, SLAB_CHUNK_BYTES_MIN))
        return slab_take(slab, bytes);
    void *block = slab_split(slab, bytes);
    if (!block && trim(memory) && grow(memory, SLAB_CHUNK_BYTES_MIN))
        return slab_take(slab, bytes);
    return block;
}

/* realloc; block, of malloc's and costing `held`, may be NULL. */
static void *take_large(struct memory *memory, void *block, size_t held, size_t bytes)
{
    size_t wanted = cost(bytes), more = wanted > held ? wanted - held : 0;
    if (!memory_hold(memory, more) && !(trim(memory) && memory_hold(memory, more)))
        return NULL;
    void *moved = realloc(block, bytes);
    if (!moved && trim(memory))
        moved = realloc(block, bytes);
    if (!moved)
        memory_release(memory, more);
    else if (wanted < held)
        memory_release(memory, held - wanted);
    return moved;
}

static void *take(struct memory *memory, size_t bytes)
{
    if (!is_small(bytes))
        return take_large(memory, NULL, 0, bytes);
    void *block = slab_take(&memory->slab, bytes);
    return block ? block : find_small(memory, bytes);
}

static void drop(struct memory *memory, void *block, size_t bytes)
{
    if (is_small(bytes)) {
        slab_give(&memory->slab, block, bytes);
        return;
    }
    free(block);
    memory_release(memory, cost(bytes));
}

/* Lua relies on it that shrinking cannot fail. What is cut off a small block is a free one; a large block, cut to its
 * new size, becomes a block of the slab. */
static void *shrink_in_place(struct memory *memory, void *block, size_t old_bytes,
                             size_t new_bytes)
{
    if (is_small(old_bytes))
        slab_cut(&memory->slab, block, old_bytes, new_bytes);
    if (is_small(old_bytes) || !is_small(new_bytes))
        return block;
    void *moved = realloc(block, cost(new_bytes));
    memory_release(memory, cost(old_bytes));
    return moved ? moved : block;
}

/* A block with the same beginning in the place of one that is there; NULL when it grows and cannot. */
static void *resize(struct memory *memory, void *block, size_t old_bytes,
                    size_t new_bytes)
{
    bool was_small = is_small(old_bytes), becomes_small = is_small(new_bytes);
    void *moved;
    if (!was_small && !becomes_small) {
        moved = take_large(memory, block, cost(old_bytes), new_bytes);
    } else {
        if (was_small && becomes_small && cost(old_bytes) == cost(new_bytes))
            return block;
        moved = take(memory, new_bytes);
        if (moved) {
            memcpy(moved, block, old_bytes < new_bytes ? old_bytes : new_bytes);
            drop(memory, block, old_bytes);
        }
    }
    if (!moved && new_bytes <= old_bytes)
        moved = shrink_in_place(memory, block, old_bytes, new_bytes);
    return moved;
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

/* All that Lua may ask for. Apart from memory_allocate, whose common case is shorter without it. */
__attribute__((noinline)) static void *reallocate(struct memory *memory, void *block,
                                                  size_t old_bytes, size_t new_bytes)
{
    size_t held = block ? cost(old_bytes) : 0; /* without a block, old_bytes is a type */
    if (new_bytes == 0) {
        if (block)
            drop(memory, block, old_bytes);
        count(memory, held, 0);
        return NULL;
    }
    if (new_bytes > PTRDIFF_MAX)
        return refuse(memory, block, new_bytes);
    void *moved =
        block ? resize(memory, block, old_bytes, new_bytes) : take(memory, new_bytes);
    if (!moved)
        return refuse(memory, block, new_bytes);
    size_t wanted = cost(new_bytes);
    count(memory, held, wanted);
    if (wanted > held)
        memory->refused_bytes = 0;
    return moved;
}

void *memory_allocate(void *ud, void *block, size_t old_bytes, size_t new_bytes)
{
    struct memory *memory = ud;
    if (!block && new_bytes && is_small(new_bytes)) {
        void *fresh = slab_take(&memory->slab, new_bytes);
        if (fresh) {
            count(memory, 0, slab_cost(new_bytes));
            memory->refused_bytes = 0;
            return fresh;
        }
    }
    return reallocate(memory, block, old_bytes, new_bytes);
}

lua_State *memory_new_state(struct memory *memory, struct memory_pool *pool)
{
    *memory = (struct memory){ .pool = pool };
    lua_State *L = state_new(memory_allocate, memory);
    if (!L)
        memory_close(memory);
    return L;
}

void memory_rest(struct memory *memory)
{
    const struct memory_pool *pool = memory->pool;
    bool is_scarce = pool && pool->ceiling_bytes &&
                     atomic_load_explicit(&pool->granted_bytes, memory_order_relaxed) >
                         pool->ceiling_bytes / 2;
    if (is_scarce || memory->held_bytes - memory->live_bytes > RETAINED_BYTES_MAX)
        (void)trim(memory);
}

void memory_close(struct memory *memory)
{
    slab_close(&memory->slab);
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
