/* SPDX-License-Identifier: MIT
 * The stack of a Lua state as text, bounded: the name of a function may be a megabyte. */
#ifndef LUNAMBDA_TRACE_H
#define LUNAMBDA_TRACE_H

#include "buf.h"

#include <lua.h>

enum {
    TRACE_LINE_LIMIT_BYTES = 512,
    TRACE_LIMIT_BYTES = 32 * 1024, /* luaL_traceback has 22 frames at most */
};

/* Fills trace with what luaL_traceback says of L, from that level up, each line cut to its limit; before that the frames
 * of coroutines through which the value at the index came (raised.h).
 * An error without a trace is still reported: what finds no memory is left out. Raises for want of memory. */
void trace_take(lua_State *L, int raised, int level, struct buf *trace);

#endif
