/* SPDX-License-Identifier: MIT
 * How the event reaches the handler, and how an answer that was written comes back. */
#include "host_door.h"

#include <lauxlib.h>

#include <string.h>

void host_take_convention(struct host *host, const char *convention)
{
    host->event_form = strcmp(convention, "string") == 0  ? EVENT_BYTES
                       : strcmp(convention, "stdio") == 0 ? EVENT_STDIN
                                                          : EVENT_VALUE;
}

void host_push_event(struct host *host) /* raises */
{
    lua_State *L = host->L;
    const struct buf *body = &host->in->body;
    switch (host->event_form) {
    case EVENT_VALUE: json_decode(L, buf_text(body), body->len, &host->json); break;
    case EVENT_BYTES: lua_pushlstring(L, buf_text(body), body->len); break;
    case EVENT_STDIN:
        if (!script_io_begin(&host->io, L, body, &host->reply->body)) {
            host->reply->body.starved = true;
            luaL_error(L, "not enough memory for two files");
        }
        lua_pushnil(L);
        break;
    }
}

int host_leave_event(struct host *host, int status)
{
    lua_State *L = host->L;
    if (!script_io_end(&host->io, L))
        return status;
    if (status != LUA_OK && lua_touserdata(L, -1) == script_io_end_mark()) {
        lua_pop(L, 1);
        status = LUA_OK;
    }
    if (status == LUA_OK && (host->reply->body.full || host->reply->body.starved)) {
        lua_pushnil(L);
        status = LUA_ERRRUN; /* host_fail sees the reason */
    }
    return status;
}
