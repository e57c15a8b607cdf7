/* SPDX-License-Identifier: MIT */
#include "host.h"

#include "failure.h"
#include "host_door.h"
#include "log.h"
#include "native_log.h"
#include "trace.h"
#include "vm.h"

#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct host **host_of(lua_State *L)
{
    return lua_getextraspace(L);
}

/* Pushing a light C function or a light userdata allocates nothing, so nothing out here can raise. */
enum host_status host_enter(struct host *host, lua_CFunction body, struct reply *reply)
{
    lua_State *L = host->L;
    host->reply = reply;
    buf_clear(&host->trace);
    buf_clear(&reply->body);
    reply->content_type[0] = '\0';
    lua_settop(L, 0);
    lua_pushcfunction(L, host_keep_trace);
    lua_pushcfunction(L, body);
    lua_pushlightuserdata(L, host);
    guard_enter(&host->guard);
    int status = lua_pcall(L, 1, 0, 1);
    guard_leave(&host->guard);
    status = host_leave_event(host, status);
    enum host_status result = status == LUA_OK ? HOST_OK : host_fail(host, status);
    lua_settop(L, 0); /* the stack is empty between calls */
    return result;
}

static int set_up(lua_State *L) /* raises */
{
    struct host *host = lua_touserdata(L, 1);
    vm_set_up(L, host->settings);
    script_io_open(&host->io, L);
    guard_open(&host->guard, L);
    return 0;
}

struct host *host_open(const struct settings *settings, struct memory_pool *pool,
                       struct reply *reply)
{
    struct host *host = calloc(1, sizeof *host);
    lua_State *L = host ? guard_new_state(&host->guard, settings, pool) : NULL;
    if (!L) {
        free(host);
        failure_write(reply, "Runtime.OutOfMemory", "not enough memory for a Lua state");
        return NULL;
    }
    host->L = L;
    host->settings = settings;
    host->json = (struct json_options){
        .bigint_as_string = settings->bigint_as_string,
        .replace_invalid_utf8 = settings->replace_invalid_utf8,
    };
    host->trace.limit = TRACE_LIMIT_BYTES;
    *host_of(L) = host;
    if (host_enter(host, set_up, reply) == HOST_OK)
        return host;
    host_close(host);
    return NULL;
}

static int call_load(lua_State *L) /* raises */
{
    struct host *host = lua_touserdata(L, 1);
    vm_push(L, VM_LOAD);
    lua_call(L, 0, 1);
    host_take_convention(host, luaL_checkstring(L, -1));
    return 0;
}

enum host_status host_load(struct host *host, struct reply *reply)
{
    host->stage = STAGE_INIT;
    enum host_status status = host_enter(host, call_load, reply);
    log_flush();
    return status;
}

/* Takes the content type that a handler gave, if it can go into a header. Stack: …, type or nil. */
static void take_content_type(lua_State *L, struct reply *reply) /* raises */
{
    if (lua_isnil(L, -1))
        return;
    if (lua_type(L, -1) != LUA_TSTRING)
        luaL_error(L, "the content type is a %s, not a string", luaL_typename(L, -1));
    size_t len;
    const char *type = lua_tolstring(L, -1, &len);
    if (len >= sizeof reply->content_type)
        luaL_error(L, "the content type is longer than %d bytes",
                   CONTENT_TYPE_LIMIT_BYTES - 1);
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)type[i] < ' ' || type[i] == 0x7F)
            luaL_error(L, "the content type has a control character at byte %d",
                       (int)i + 1);
    memcpy(reply->content_type, type, len + 1);
}

static int call_dispatch(lua_State *L) /* raises */
{
    struct host *host = lua_touserdata(L, 1);
    const struct invocation *in = host->in;
    struct reply *reply = host->reply;
    host->stage = STAGE_DECODE;
    vm_push(L, VM_DISPATCH);
    lua_pushlstring(L, buf_text(&in->headers), in->headers.len);
    native_log_begin(L);
    host_push_event(host);
    lua_insert(L, -2); /* stack: host dispatch event headers */
    guard_lap(&host->guard);
    host->stage = STAGE_HANDLER;
    lua_call(L, 2, 3); /* stack: host result content_type stream */
    guard_lap(&host->guard);
    if (host->event_form == EVENT_STDIN) /* what was written is the answer */
        return 0;
    host->stage = STAGE_ENCODE;
    bool streams = !lua_isnil(L, -1);
    if (streams)
        host_keep_stream(L);
    else
        lua_pop(L, 1);
    take_content_type(L, reply);
    if (streams)
        return 0;
    json_encode(L, -2, &reply->body, &host->json);
    return 0;
}

enum host_status host_invoke(struct host *host, const struct invocation *in,
                             struct reply *reply)
{
    host->in = in;
    host->streams = false;
    guard_begin(&host->guard, in);
    enum host_status status = host_enter(host, call_dispatch, reply);
    bool streams = status == HOST_OK && host->streams;
    if (!streams)
        guard_report(&host->guard, in);
    log_flush(); /* the sandbox may freeze as soon as the answer is posted */
    if (status == HOST_OK && reply->body.len > ANSWER_LIMIT_BYTES)
        return host_fail_too_large(reply);
    return streams ? HOST_STREAMS : status;
}

bool host_is_spent(const struct host *host)
{
    return host->guard.memory.is_spent;
}

void host_rest(struct host *host)
{
    native_log_end(host->L);
    if (!host_is_spent(host))
        guard_rest(&host->guard, host->L);
}

void host_close(struct host *host)
{
    if (!host)
        return;
    guard_close(&host->guard, host->L);
    buf_free(&host->trace);
    free(host);
}
