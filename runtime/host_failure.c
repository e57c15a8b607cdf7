/* SPDX-License-Identifier: MIT
 * What becomes of an error that came out of Lua: its trace, its document, whether the state goes on. */
#include "cause.h"
#include "failure.h"
#include "host_door.h"
#include "trace.h"
#include "vm.h"

#include <lauxlib.h>
#include <lua.h>

#include <stdio.h>

enum { MESSAGE_LIMIT_BYTES = 512 };

static const char *const stage_names[] = {
    [STAGE_INIT] = "init",
    [STAGE_BEFORE_SNAPSHOT] = "before snapshot",
    [STAGE_AFTER_RESTORE] = "after restore",
    [STAGE_DECODE] = "decode",
    [STAGE_HANDLER] = "handler",
    [STAGE_ENCODE] = "encode",
    [STAGE_HOOK] = "hook",
    [STAGE_LATE] = "late",
};

/* Nothing more: after a stack overflow there is room for little. */
int host_keep_trace(lua_State *L)
{
    trace_take(L, 1, 1, &(*host_of(L))->trace);
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
    lua_pushstring(L, host->late); /* nil for NULL */
    lua_call(L, 4, 3);             /* stack: host raised document header_type cause */
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

enum host_status host_fail_too_large(struct reply *reply)
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

/* Stack: …, raised; the same afterwards, and what describing it raised when the status is not LUA_OK. The handler's
 * on_error and __tostring take part in it: under the deadline guard, for the report must not wait for ever. */
static int describe(struct host *host)
{
    static const char no_time[] = "no time is left";
    lua_State *L = host->L;
    bool is_guarded = host->stage != STAGE_LATE;
    host->late = is_guarded && !guard_allow_extra(&host->guard) ? no_time : NULL;
    for (;;) {
        lua_pushcfunction(L, call_describe);
        lua_pushlightuserdata(L, host);
        lua_pushvalue(L, -3); /* stack: raised call_describe host raised */
        if (is_guarded)
            guard_enter(&host->guard);
        int status = lua_pcall(L, 2, 0, 0);
        guard_leave(&host->guard);
        if (status == LUA_OK || !is_guarded || !host->guard.deadline.struck)
            return status;
        lua_pop(L, 1);
        buf_clear(&host->reply->body);
        is_guarded = false; /* once more, without them */
        host->late = host->guard.deadline.message;
    }
}

enum host_status host_fail(struct host *host, int status)
{
    lua_State *L = host->L;
    struct reply *reply = host->reply;
    if (reply->body.full &&
        (host->stage == STAGE_ENCODE || host->event_form == EVENT_STDIN))
        return host_fail_too_large(reply);
    bool is_starved = reply->body.starved;
    reply->content_type[0] = '\0';
    buf_clear(&reply->body);
    enum guard_verdict verdict = guard_judge(&host->guard, L, status);
    if (verdict == GUARD_OUT_OF_MEMORY || is_starved)
        return fail_out_of_memory(host, reply);
    if (verdict == GUARD_LATE)
        host->stage = STAGE_LATE;
    lua_sethook(L, NULL, 0, 0); /* a handler may have left one that raises */
    status = describe(host);
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
