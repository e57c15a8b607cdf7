/* SPDX-License-Identifier: MIT */
#include "guard.h"

#include "clock.h"
#include "headers.h"
#include "log.h"
#include "raised.h"

#include <stdio.h>

enum { MIB = 1024 * 1024 };

lua_State *guard_new_state(struct guard *guard, const struct settings *settings,
                           struct memory_pool *pool)
{
    guard->settings = settings;
    lua_State *L = memory_new_state(&guard->memory, pool);
    if (!L)
        return NULL;
    running_start(&guard->running, L);
    crash_watch(&guard->running, &guard->crash_stack);
    collector_open(&guard->collector, L, &guard->memory);
    return L;
}

void guard_open(struct guard *guard, lua_State *L)
{
    running_open(&guard->running, L);
    deadline_open(&guard->deadline, L, &guard->running);
    if (guard->settings->report)
        report_open(&guard->report, L, guard->settings->report_metrics_of);
}

void guard_begin(struct guard *guard, const struct invocation *in)
{
    guard->end_ms = headers_deadline_ms(&in->headers);
    guard->deadline.is_extra = false;
    guard->running.request_id = in->request_id;
    memory_mark(&guard->memory);
    collector_begin(&guard->collector, &guard->memory);
    report_begin(&guard->report);
}

void guard_enter(struct guard *guard)
{
    if (guard->end_ms && !deadline_start(&guard->deadline, guard->end_ms,
                                         guard->settings->deadline_margin_ms))
        log_message(
            LOG_WARN, guard->running.request_id,
            "the system gave no timer (timer_create): a handler that overruns its "
            "time will not be interrupted");
}

void guard_leave(struct guard *guard)
{
    deadline_stop(&guard->deadline);
}

static bool has_time(const struct guard *guard)
{
    return !guard->end_ms || clock_now_ms() < guard->end_ms;
}

bool guard_allow_extra(struct guard *guard)
{
    if (has_time(guard))
        return true;
    if (guard->deadline.is_extra)
        return false;
    guard->deadline.is_extra = true;
    guard->end_ms = clock_now_ms() + GUARD_EXTRA_MS;
    return true;
}

void guard_lap(struct guard *guard)
{
    report_lap(&guard->report);
}

enum guard_verdict guard_judge(struct guard *guard, lua_State *L, int status)
{
    if (memory_is_cause(&guard->memory, L, status)) {
        guard->memory.is_spent = true;
        return GUARD_OUT_OF_MEMORY;
    }
    return guard->end_ms && guard->deadline.struck ? GUARD_LATE : GUARD_NOTHING;
}

void guard_explain_memory(const struct guard *guard, char *message, size_t size)
{
    const struct memory_pool *pool = guard->memory.pool;
    size_t ceiling_mib = pool ? pool->ceiling_bytes / MIB : 0;
    if (ceiling_mib)
        (void)snprintf(
            message, size,
            "the function ran out of memory: Lua may use %zu of its %ld MB "
            "(AWS_LAMBDA_FUNCTION_MEMORY_SIZE), the rest is kept for the runtime; "
            "give it more, or let it handle its data in parts",
            ceiling_mib, guard->settings->memory_limit_mb);
    else
        (void)snprintf(message, size, "the function ran out of memory");
}

void guard_report(struct guard *guard, const struct invocation *in)
{
    report_send(&guard->report, &guard->memory, in->request_id);
}

void guard_rest(struct guard *guard, lua_State *L)
{
    guard->end_ms = 0;
    guard->running.request_id = "";
    raised_forget(L);
    collector_rest(&guard->collector, L, &guard->memory);
}

void guard_close(struct guard *guard, lua_State *L)
{
    guard->end_ms = 0;
    lua_close(L);
    crash_unwatch(&guard->crash_stack);
    deadline_close(&guard->deadline);
    memory_close(&guard->memory);
}
