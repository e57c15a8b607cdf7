/* SPDX-License-Identifier: MIT
 * The body of a streamed answer, run after the handler returned (lua-lib/lambda/stream.lua). */
#include "failure.h"
#include "host_door.h"
#include "log.h"

#include <lauxlib.h>

#include <stdio.h>

enum { RUN_ARGUMENTS = 2 };

static const char stream_key; /* its address is where the registry keeps the stream */

void host_keep_stream(lua_State *L) /* raises */
{
    lua_rawsetp(L, LUA_REGISTRYINDEX, &stream_key);
    (*host_of(L))->streams = true;
}

/* send(bytes): true, or nil, why, whether it was for the deadline. */
static int send_piece(lua_State *L) /* raises */
{
    const struct sink *sink = (*host_of(L))->sink;
    size_t len;
    const char *bytes = luaL_checklstring(L, 1, &len);
    struct err err = { "the answer is complete" };
    enum sink_result result = SINK_LOST;
    if (sink)
        result = len ? sink->write(sink->arg, bytes, len, &err) : SINK_TAKEN;
    if (result == SINK_TAKEN) {
        lua_pushboolean(L, true);
        return 1;
    }
    lua_pushnil(L);
    lua_pushstring(L, err.text);
    lua_pushboolean(L, result == SINK_LATE);
    return 3;
}

static int call_run(lua_State *L) /* raises */
{
    lua_rawgetp(L, LUA_REGISTRYINDEX, &stream_key);
    lua_pushnil(L);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &stream_key); /* once */
    lua_getfield(L, -1, "run");
    lua_insert(L, -2);
    lua_pushcfunction(L, send_piece); /* stack: … run stream send */
    lua_call(L, RUN_ARGUMENTS, 0);
    return 0;
}

enum host_status host_stream(struct host *host, const struct sink *sink,
                             struct reply *reply)
{
    host->stage = STAGE_HANDLER;
    host->sink = sink;
    collector_pace(host->L);
    enum host_status status = host_enter(host, call_run, reply);
    host->sink = NULL;
    guard_report(&host->guard, host->in);
    log_flush();
    return status;
}

/* What host_abridge works on; lies in its frame. */
struct abridging {
    const struct buf *document;
    size_t limit_bytes;
};

static int call_abridge(lua_State *L) /* raises */
{
    const struct host *host = lua_touserdata(L, 1);
    const struct abridging *job = host->arg;
    luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
    lua_getfield(L, -1, "lambda.stream");
    lua_getfield(L, -1, "abridge");
    lua_pushlstring(L, buf_text(job->document), job->document->len);
    lua_pushinteger(L, (lua_Integer)job->limit_bytes);
    lua_call(L, 2, 1);
    size_t len;
    const char *text = luaL_checklstring(L, -1, &len);
    if (len > job->limit_bytes || !buf_append(&host->reply->body, text, len))
        luaL_error(L, "an abridged document of %d bytes", (int)len);
    return 0;
}

enum host_status host_abridge(struct host *host, const struct reply *error,
                              size_t limit_bytes, struct reply *out)
{
    const struct abridging job = { &error->body, limit_bytes };
    host->arg = &job;
    enum host_status status = host_enter(host, call_abridge, out);
    host->arg = NULL;
    if (status != HOST_OK)
        failure_write(out, error->error_type, "the answer broke off; the log says why");
    (void)snprintf(out->error_type, sizeof out->error_type, "%s", error->error_type);
    return status == HOST_EXHAUSTED ? status : HOST_OK;
}
