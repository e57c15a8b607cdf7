/* SPDX-License-Identifier: MIT
 * When Lua collects: after an answer where it can, during a handler only when that allocates much. */
#ifndef LUNAMBDA_COLLECTOR_H
#define LUNAMBDA_COLLECTOR_H

#include "memory.h"

/* Of one VM. Starts as { 0 }. */
struct collector {
    size_t kept_bytes; /* live after the latest collection of ours */
};

/* Before the state is filled: initialising makes little garbage, so it is not collected there. */
void collector_open(struct collector *collector, lua_State *L,
                    const struct memory *memory);

/* Before each invocation: the first time, what loading left is what later heaps are held against. */
void collector_begin(struct collector *collector, const struct memory *memory);

/* Before the body of a streamed answer, which may make garbage for as long as it runs: Lua collects on the way from
 * here on. Whoever has stopped the collector is left alone. */
void collector_pace(lua_State *L);

/* When the answer is posted. Collects if the heap has doubled since the last time, and lets the next
 * invocations allocate as much again before Lua collects on their way. Whoever has stopped the collector is left
 * alone. Runs finalizers. */
void collector_rest(struct collector *collector, lua_State *L, struct memory *memory);

#endif
