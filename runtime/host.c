/* SPDX-License-Identifier: MIT */
#include "host.h"

#include "cause.h"
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

enum { MESSAGE_LIMIT_BYTES = 512 };

static const char *const stage_names[] = {
    "init",    "before snapshot", "after restore", "decode",
    "handler", "encode",          "hook",          "late",
};

struct host **host_of(lua_State *L)
{
    return lua_getextraspace(L);
}

/* Message handler: keeps the stack trace, for it is gone when lua_pcall returns, and passes on what was
 * raised. Nothing more: after a stack overflow there is room for little. May raise for want of memory. */
static int on_error(lua_State *L)
{
    trace_take(L, 1, &(*host_of(L))->trace);
    return 1;
}

/* Stack: host, raised. Writes the document that lambda.errors makes of it. */
static int call_describe(lua_State *L) /* raises */
{
    struct host *host = lua_touserdata(L, 1);
    const struct deadline *deadline = &host->guard.deadline;
    bool late =
        host->stage == STAGE_LATE; /* the guard saw the stack through all coroutines */
    const struct buf *trace = late ? &deadline->trace : &host->trace;
    vm_push(L, VM_DESCRIBE);
    if (late)
        lua_pushstring(L, deadline->message);
    else
        lua_pushvalue(L, 2);
    lua_pushlstring(L, buf_text(trace), trace->len);
    lua_pushstring(L, stage_names[host->stage]);
    lua_call(L, 3, 3); /* stack: host raised document header_type cause */
    struct reply *reply = host->reply;
    (void)snprintf(reply->error_type, sizeof reply->error_type, "%s",
                   luaL_checkstring(L, -2));
    size_t len;
    const char *cause = luaL_optlstring(L, -1, "", &len);
    cause_take(reply, cause, len);
    const struct json_options options = { .replace_invalid_utf8 = true, .sort = true };
    json_encode(L, -3, &reply->body, &options);
    return 0;
}

/* Found before sending: the platform would refuse the answer, and say less. */
static enum host_status fail_too_large(struct reply *reply)
{
    char message[160];
    bool is_known = !reply->body.full; /* else encoding stopped at the buffer's limit */
    (void)snprintf(
        message, sizeof message,
        "Response payload size (%s%zu bytes) exceeded maximum allowed payload size "
        "(%d bytes).",
        is_known ? "" : "more than ", is_known ? reply->body.len : reply->body.limit,
        ANSWER_LIMIT_BYTES);
    failure_write(reply, "Function.ResponseSizeTooLarge", message);
    return HOST_FAILED;
}

static enum host_status fail_out_of_memory(struct host *host, struct reply *reply)
{
    char message[MESSAGE_LIMIT_BYTES];
    host->guard.memory.is_spent =
        true; /* also where it was our own memory that ran out */
    guard_explain_memory(&host->guard, message, sizeof message);
    failure_write(reply, "Runtime.OutOfMemory", message);
    return HOST_EXHAUSTED;
}

/* Turns what lua_pcall left on the stack into the error document. Stack: raised, gone afterwards. */
static enum host_status fail(struct host *host, int status)
{
    lua_State *L = host->L;
    struct reply *reply = host->reply;
    if (reply->body.full &&
        (host->stage == STAGE_ENCODE || host->event_form == EVENT_STDIN))
        return fail_too_large(reply);
    bool is_starved = reply->body.starved;
    reply->content_type[0] = '\0';
    buf_clear(&reply->body);
    enum guard_verdict verdict = guard_judge(&host->guard, L, status);
    if (verdict == GUARD_OUT_OF_MEMORY || is_starved)
        return fail_out_of_memory(host, reply);
    if (verdict == GUARD_LATE)
        host->stage = STAGE_LATE;
    lua_sethook(L, NULL, 0, 0); /* a handler may have left one that raises */
    lua_pushcfunction(L, call_describe);
    lua_pushlightuserdata(L, host);
    lua_pushvalue(L, -3); /* stack: raised call_describe host raised */
    status = lua_pcall(L, 2, 0, 0);
    if (status == LUA_OK)
        return HOST_FAILED;
    if (guard_judge(&host->guard, L, status) == GUARD_OUT_OF_MEMORY ||
        reply->body.starved)
        return fail_out_of_memory(host, reply);
    /* Describing failed: before lambda.errors was there, or because the handler broke what it stands on.
     * What was raised says most, if it is text; converting a number would allocate. */
    const char *type =
        host->stage == STAGE_INIT ? "Function.InitError" : "Function.LuaError";
    int said = lua_type(L, -2) == LUA_TSTRING ? -2 : -1;
    bool is_text = lua_type(L, said) == LUA_TSTRING;
    failure_write(reply, type, is_text ? lua_tostring(L, said) : "unknown error");
    return HOST_FAILED;
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
    lua_pushcfunction(L, on_error);
    lua_pushcfunction(L, body);
    lua_pushlightuserdata(L, host);
    guard_enter(&host->guard);
    int status = lua_pcall(L, 1, 0, 1);
    guard_leave(&host->guard);
    status = host_leave_event(host, status);
    enum host_status result = status == LUA_OK ? HOST_OK : fail(host, status);
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
        return fail_too_large(reply);
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
