/* SPDX-License-Identifier: MIT
 * What a VM takes of the ceiling that it may share with others. */
#include "memory_parts.h"

enum {
    RESERVE_BYTES = 24 * 1024 * 1024,
    RESERVE_PART = 32, /* and one of so many parts of the function's memory */
    LEAST_PART = 2,    /* but never more than one of so many */
    /* Asked of the pool at once, so that its atomic count stays out of the way. */
    QUANTUM_BYTES = 64 * 1024,
};

size_t memory_ceiling_bytes(long function_memory_mb)
{
    if (function_memory_mb <= 0)
        return 0;
    size_t bytes = (size_t)function_memory_mb * 1024 * 1024;
    size_t reserve = RESERVE_BYTES + bytes / RESERVE_PART;
    return bytes - (reserve < bytes / LEAST_PART ? reserve : bytes / LEAST_PART);
}

/* So many bytes more from the pool; false when it has not as many. */
static bool draw(struct memory_pool *pool, size_t bytes)
{
    size_t before = atomic_load_explicit(&pool->granted_bytes, memory_order_relaxed);
    do {
        if (pool->ceiling_bytes &&
            (before > pool->ceiling_bytes || bytes > pool->ceiling_bytes - before))
            return false;
    } while (!atomic_compare_exchange_weak_explicit(&pool->granted_bytes, &before,
                                                    before + bytes, memory_order_relaxed,
                                                    memory_order_relaxed));
    return true;
}

bool memory_hold(struct memory *memory, size_t bytes)
{
    size_t free_bytes = memory->granted_bytes - memory->held_bytes;
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
    memory->held_bytes += bytes;
    return true;
}

void memory_release(struct memory *memory, size_t bytes)
{
    memory->held_bytes -= bytes;
    if (!memory->pool)
        return;
    size_t free_bytes = memory->granted_bytes - memory->held_bytes;
    if (free_bytes < 2 * (size_t)QUANTUM_BYTES)
        return;
    size_t back = free_bytes - QUANTUM_BYTES;
    (void)atomic_fetch_sub_explicit(&memory->pool->granted_bytes, back,
                                    memory_order_relaxed);
    memory->granted_bytes -= back;
}
