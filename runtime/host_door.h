/* SPDX-License-Identifier: MIT
 * What the files host*.c share; for no one else. */
#ifndef LUNAMBDA_HOST_DOOR_H
#define LUNAMBDA_HOST_DOOR_H

#include "guard.h"
#include "host.h"
#include "json.h"
#include "script_io.h"

#include <lua.h>

/* Where the state was when something was raised: decides the type of the error. */
enum stage {
    STAGE_INIT,
    STAGE_BEFORE_SNAPSHOT,
    STAGE_AFTER_RESTORE,
    STAGE_DECODE,
    STAGE_HANDLER,
    STAGE_ENCODE,
    STAGE_HOOK,
    STAGE_LATE,
};

/* What the handler gets of an event; its convention decides (lua-lib/lambda/conventions.lua). */
enum event_form {
    EVENT_VALUE, /* what its JSON stands for */
    EVENT_BYTES, /* a string */
    EVENT_STDIN, /* io.stdin; and io.stdout is the answer */
};

struct host {
    lua_State *L;
    const struct settings *settings;
    struct json_options json;
    const struct invocation *in; /* the event being handled */
    struct reply *reply;         /* what the call under way fills */
    const void *arg;             /* what else it was given */
    const struct sink *sink;     /* of the streamed answer under way; NULL for none */
    enum hook hook;              /* being called: this one of its kind */
    int hook_number;
    enum stage stage;
    enum event_form event_form;
    struct script_io io;
    struct guard guard;
    const char
        *late; /* why what was raised is described without the handler's help; or NULL */
    bool streams; /* the handler answered with a stream, which is kept in the registry */
    struct buf trace; /* of the latest error, as luaL_traceback writes it */
};

/* The host of a state or any of its coroutines (lua_newstate and lua_newthread pass it on). */
struct host **host_of(lua_State *L);

/* The one door: runs body(host) in protected mode; reply gets the error document. */
MUST_CHECK enum host_status host_enter(struct host *host, lua_CFunction body,
                                       struct reply *reply);

/* Message handler: keeps the stack trace, for it is gone when lua_pcall returns, and passes on what was raised. May
 * raise for want of memory. */
int host_keep_trace(lua_State *L);

/* Turns what lua_pcall left on the stack into the error document. Stack: raised, gone afterwards. */
MUST_CHECK enum host_status host_fail(struct host *host, int status);

/* The error of an answer that the platform would refuse, and say less. */
MUST_CHECK enum host_status host_fail_too_large(struct reply *reply);
/* What lambda.boot's load gave: decides the form of every event. */
void host_take_convention(struct host *host, const char *convention);

/* Pushes the event in its form; under EVENT_STDIN opens its files and pushes nil. Raises. */
void host_push_event(struct host *host);

/* After every call into Lua: closes the event's files, if there are any. Gives the call's status, but for two: os.exit
 * raises, and all is well; what was written may not have fitted. Stack: raised, unless LUA_OK. */
MUST_CHECK int host_leave_event(struct host *host, int status);

/* Keeps the stream on top of the stack until host_stream; pops it. Raises. */
void host_keep_stream(lua_State *L);

#endif
