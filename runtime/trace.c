/* SPDX-License-Identifier: MIT */
#include "trace.h"

#include <lauxlib.h>

#include <string.h>

void trace_take(lua_State *L, int level, struct buf *trace) /* raises */
{
    buf_clear(trace);
    luaL_traceback(L, L, NULL, level);
    size_t len;
    const char *at = lua_tolstring(L, -1, &len), *end = at + len;
    bool fits = true;
    while (at < end && fits) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        const char *next = newline ? newline + 1 : end;
        size_t line = (size_t)(next - at);
        if (line <= TRACE_LINE_LIMIT_BYTES)
            fits = buf_append(trace, at, line);
        else
            fits = buf_append(trace, at, TRACE_LINE_LIMIT_BYTES) &&
                   (!newline || buf_puts(trace, "\n"));
        at = next;
    }
    lua_pop(L, 1);
}
