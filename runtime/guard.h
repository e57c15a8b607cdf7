/* SPDX-License-Identifier: MIT
 * The guards of one VM together: deadline, memory, collector, report, crash (docs/guards.md). */
#ifndef LUNAMBDA_GUARD_H
#define LUNAMBDA_GUARD_H

#include "collector.h"
#include "crash.h"
#include "deadline.h"
#include "invocation.h"
#include "memory.h"
#include "report.h"
#include "running.h"
#include "settings.h"

/* What an invocation whose time is over may still use, in all, for what the platform does not wait for:
 * lambda.on_error, lambda.after. In a classic sandbox the platform's kill comes first. */
enum { GUARD_EXTRA_MS = 1000 };

/* Starts as { 0 }. Never moves while it has a state. */
struct guard {
    const struct settings *settings;
    struct memory memory;
    struct running running;
    struct deadline deadline;
    struct collector collector;
    struct report report;
    /* Of the time for the invocation; Unix epoch; 0 outside, or when the platform did not say. */
    long long end_ms;
    struct crash_stack crash_stack;
};

/* What an error that came out of Lua was due to. */
enum guard_verdict { GUARD_NOTHING, GUARD_LATE, GUARD_OUT_OF_MEMORY };

/* A bare state, its allocations counted; pool may be NULL. To be called on the thread that will run it. NULL when
 * out of memory. */
lua_State *guard_new_state(struct guard *guard, const struct settings *settings,
                           struct memory_pool *pool);

/* The libraries are open. Raises. */
void guard_open(struct guard *guard, lua_State *L);

/* An invocation begins. */
void guard_begin(struct guard *guard, const struct invocation *in);

/* Around each entry into Lua: between them the deadline of the invocation may interrupt it. */
void guard_enter(struct guard *guard);
void guard_leave(struct guard *guard);

/* Whether there is time for more: what is left of the invocation's, and behind that, once, GUARD_EXTRA_MS from this
 * call on. Always, where the platform named no deadline. */
MUST_CHECK bool guard_allow_extra(struct guard *guard);

/* Decoding ends and the handler begins; the handler ends and encoding begins: for the report. */
void guard_lap(struct guard *guard);

/* What lua_pcall's status was due to. Stack: what was raised, on top. After GUARD_OUT_OF_MEMORY the VM is spent. */
enum guard_verdict guard_judge(struct guard *guard, lua_State *L, int status);

/* The message for GUARD_OUT_OF_MEMORY. */
void guard_explain_memory(const struct guard *guard, char *message, size_t size);

/* Logs what the invocation took, where that is asked for. */
void guard_report(struct guard *guard, const struct invocation *in);

/* The answer is posted: time to collect. Runs finalizers. */
void guard_rest(struct guard *guard, lua_State *L);

/* Closes the state, too. */
void guard_close(struct guard *guard, lua_State *L);

#endif
