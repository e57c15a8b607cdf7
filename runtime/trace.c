/* SPDX-License-Identifier: MIT */
#include "trace.h"

#include "raised.h"

#include <lauxlib.h>

#include <string.h>

/* Adds the text on top of the stack from its first newline on, each line cut; pops it. */
static void add_lines(lua_State *L, struct buf *trace)
{
    size_t len;
    const char *text = lua_tolstring(L, -1, &len), *end = text + len;
    const char *at = memchr(text, '\n', len);
    bool fits = true;
    while (at && fits) {
        const char *next = memchr(at + 1, '\n', (size_t)(end - at - 1));
        size_t line = (size_t)((next ? next : end) - at);
        fits = buf_append(trace, at,
                          line < TRACE_LINE_LIMIT_BYTES ? line : TRACE_LINE_LIMIT_BYTES);
        at = next;
    }
    lua_pop(L, 1);
}

void trace_take(lua_State *L, int raised, int level, struct buf *trace) /* raises */
{
    buf_clear(trace);
    raised_push_kept(L, raised);
    add_lines(L, trace);
    luaL_traceback(L, L, NULL, level);
    add_lines(L, trace);
}
