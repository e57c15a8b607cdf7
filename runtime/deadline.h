/* SPDX-License-Identifier: MIT
 * Raises an error in the handler shortly before its time is up. A POSIX timer sends a signal to the VM's own
 * thread; its handler sets a hook; the hook raises at the next instruction of Lua, again and again, so that no
 * pcall keeps it. The timer is only ever set when it would fire too late: it stays armed from one invocation to
 * the next, and when it fires too early sets itself anew. */
#ifndef LUNAMBDA_DEADLINE_H
#define LUNAMBDA_DEADLINE_H

#include "buf.h"
#include "running.h"

#include <stdatomic.h>
#include <time.h>

enum { DEADLINE_MESSAGE_LIMIT_BYTES = 512 };

/* Of one VM. Starts as { 0 }. Never moves in memory once it has a timer. */
struct deadline {
    struct running *running;
    timer_t timer;
    bool has_timer, failed_to_make_one;
    atomic_llong fires_ms; /* when the timer will; Unix epoch; 0 when it is not armed */
    atomic_llong due_ms;   /* when to interrupt; 0 outside an invocation */
    long long end_ms;      /* of the invocation's time */
    bool is_extra;         /* that time is over: end_ms is what was allowed behind it */
    bool struck; /* the hook has raised since deadline_start; then these are set: */
    char message[DEADLINE_MESSAGE_LIMIT_BYTES];
    struct buf trace; /* as luaL_traceback writes it, through all coroutines */
};

/* running outlives it. Raises. */
void deadline_open(struct deadline *deadline, lua_State *L, struct running *running);

/* Watches an invocation that ends at end_ms (Unix epoch), to interrupt it margin_ms before, but never more than a
 * tenth of the time left. Not when margin_ms is 0, nor when the end is past: then the clocks disagree. To be called
 * on the thread that runs the VM. False when the system gave no timer, for the first time. */
MUST_CHECK bool deadline_start(struct deadline *deadline, long long end_ms,
                               long margin_ms);

/* Nothing is interrupted any more; `struck` stays. To be called when not started, too. */
void deadline_stop(struct deadline *deadline);

void deadline_close(struct deadline *deadline);

#endif
