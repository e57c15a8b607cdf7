/* SPDX-License-Identifier: MIT
 * io.stdin and io.stdout of one Lua state, for an event: what the handler reads is the event, where it lies; what it
 * writes is the answer, up to the limit of its buffer. The FILE inside Lua's two streams is exchanged (luaL_Stream,
 * manual §5), so that io.read, io.lines, io.write and whatever holds io.stdin follow. The process's own are not
 * touched: other states go on with theirs. */
#ifndef LUNAMBDA_SCRIPT_IO_H
#define LUNAMBDA_SCRIPT_IO_H

#include "buf.h"

#include <lauxlib.h>

#include <stdio.h>

/* Of one state. Starts as { 0 }. Never moves while an event is on. */
struct script_io {
    luaL_Stream *in, *out;   /* Lua's, kept alive by its registry */
    FILE *own_in, *own_out;  /* what is in them outside events */
    const struct buf *event; /* while one is on; else NULL */
    size_t event_at;         /* bytes of it that were read */
    struct buf *answer;
};

/* The libraries are open, and no handler is loaded yet. Raises. */
void script_io_open(struct script_io *io, lua_State *L);

/* From now on Lua reads the event and appends to the answer; both must outlive script_io_end. False when out of memory:
 * then nothing has changed. Raises before anything has. */
MUST_CHECK bool script_io_begin(struct script_io *io, lua_State *L,
                                const struct buf *event, struct buf *answer);

/* Completes the answer, whose flags say whether all of it fitted, and puts everything back, the default files of
 * io.read and io.write too. Raises nothing. False when no event was on. */
bool script_io_end(struct script_io *io, lua_State *L);

/* A light userdata that Lua raises to end the script well: os.exit(). */
void *script_io_end_mark(void);

#endif
