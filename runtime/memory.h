/* SPDX-License-Identifier: MIT
 * An allocator that counts, and refuses beyond a ceiling. Small blocks come from a slab, large ones from malloc and
 * are counted with their header, rounded up. Counts what Lua allocates; not our buffers, nor what C modules take
 * from malloc. The ceiling holds for what is taken from the system, the free part of the slab with it. */
#ifndef LUNAMBDA_MEMORY_H
#define LUNAMBDA_MEMORY_H

#include "slab.h"

#include <lua.h>

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

/* What the VMs of a process share. Starts as { .ceiling_bytes = … }; outlives them. */
struct memory_pool {
    size_t ceiling_bytes;        /* 0 for none */
    atomic_size_t granted_bytes; /* to all of them together */
};

/* Of one VM. Starts as { 0 }. */
struct memory {
    struct memory_pool *pool; /* NULL: no ceiling */
    size_t granted_bytes;     /* taken from the pool, at least held_bytes */
    size_t held_bytes;        /* the chunks of the slab, and large blocks */
    size_t live_bytes;        /* the blocks that Lua has */
    size_t peak_bytes;        /* the most that was live since memory_mark */
    long refusals;            /* since memory_mark */
    /* The latest refusal, until an allocation succeeds: Lua collects and then repeats it. */
    const void *refused_block;
    size_t refused_bytes;
    bool is_spent; /* refused twice in a row: the VM is not to be trusted again */
    struct slab slab;
};

/* The ceiling of a function with so much memory (0: unknown): a reserve is left for the runtime's own buffers,
 * the event and the answer as text, C modules, and what malloc loses between blocks. */
size_t memory_ceiling_bytes(long function_memory_mb);

/* luaL_newstate with this allocator. pool may be NULL. NULL when out of memory. */
lua_State *memory_new_state(struct memory *memory, struct memory_pool *pool);

/* After a collection: gives back what is free of the slab where it is more than the next event will need, or where
 * more than half of the ceiling is taken (by all VMs together). Otherwise it stays for the next event. */
void memory_rest(struct memory *memory);

/* After lua_close: gives back what the pool granted. */
void memory_close(struct memory *memory);

/* Begins an invocation: peak_bytes is live_bytes again, and nothing was refused. */
void memory_mark(struct memory *memory);

/* What went wrong was memory: judged by what was refused, for a handler can raise "not enough memory" without
 * need, and what it caught is its own affair. Stack: what was raised, on top. */
bool memory_is_cause(const struct memory *memory, lua_State *L, int status);

/* lua_Alloc; ud is the struct memory. Who calls it must tell the true old size, as the manual asks of C modules too. */
void *memory_allocate(void *ud, void *block, size_t old_bytes, size_t new_bytes);

#endif
