/* SPDX-License-Identifier: MIT
 * Which coroutine of a VM runs, and which wait for it: so that a signal handler finds the one to interrupt, or
 * whose stack to show. Coroutines that C modules resume by themselves are not seen. */
#ifndef LUNAMBDA_RUNNING_H
#define LUNAMBDA_RUNNING_H

#include <lua.h>

struct running_link {
    lua_State *thread;
    struct running_link *resumer; /* NULL for the main thread */
};

/* Of one VM; read by signal handlers on its own thread. */
struct running {
    struct running_link main;
    struct running_link *volatile top; /* the coroutine that runs */
    volatile lua_Hook
        interrupt; /* NULL, or the hook of every coroutine that gets to run */
    const char *volatile request_id; /* of the event being handled; "" outside */
};

/* L is the main thread of a new state. running outlives the state, and never moves. */
void running_start(struct running *running, lua_State *L);

/* Replaces coroutine.resume, wrap and close by functions that keep note. The coroutine library is open. Raises. */
void running_open(struct running *running, lua_State *L);

/* From a signal handler: interrupts what runs, and all that it returns to, until running_release. */
void running_interrupt(struct running *running, lua_Hook hook);

/* A coroutine that is left suspended keeps its hook: the hook has to remove itself when interrupt is NULL. */
void running_release(struct running *running);

#endif
