/* SPDX-License-Identifier: MIT */
#include "report.h"

#include "clock.h"
#include "log.h"

#include <lauxlib.h>

#include <stdio.h>

enum { RECORD_LIMIT_BYTES = 512 };

/* Finalizer of an object that nobody refers to: called at each collection, makes itself ready for the next. */
static int count_collection(lua_State *L)
{
    struct report *report = *(struct report **)lua_touserdata(L, 1);
    report->collections++;
    lua_getmetatable(L, 1);
    lua_setmetatable(L, 1);
    return 0;
}

void report_open(struct report *report, lua_State *L)
{
    report->is_open = true;
    struct report **sentinel = lua_newuserdatauv(L, sizeof(struct report *), 0);
    *sentinel = report;
    lua_createtable(L, 0, 1);
    lua_pushcfunction(L, count_collection);
    lua_setfield(L, -2, "__gc");
    lua_setmetatable(L, -2);
    lua_pop(L, 1);
}

void report_begin(struct report *report)
{
    if (!report->is_open)
        return;
    *report = (struct report){ .is_open = true,
                               .start_us = clock_monotonic_us(),
                               .collections = report->collections };
    report->leg_start_us = report->start_us;
}

void report_lap(struct report *report)
{
    if (!report->is_open || report->leg == REPORT_LEGS)
        return;
    long long now_us = clock_monotonic_us();
    report->leg_us[report->leg++] = now_us - report->leg_start_us;
    report->leg_start_us = now_us;
}

/* Milliseconds, for "%lld.%03lld": %f would write the comma of a locale that a handler set. */
#define MS(us) (us) / 1000, (us) % 1000

void report_send(struct report *report, const struct memory *memory,
                 const char *request_id)
{
    if (!report->is_open)
        return;
    report_lap(report);
    char record[RECORD_LIMIT_BYTES];
    const long long *leg_us = report->leg_us;
    long long wall_us = clock_monotonic_us() - report->start_us;
    (void)snprintf(record, sizeof record,
                   "{\"wallMs\":%lld.%03lld,\"decodeMs\":%lld.%03lld,"
                   "\"handlerMs\":%lld.%03lld,\"encodeMs\":%lld.%03lld,\"vmLiveBytes\":%"
                   "zu,\"vmPeakBytes\":%zu,"
                   "\"collections\":%ld}",
                   MS(wall_us), MS(leg_us[REPORT_DECODE]), MS(leg_us[REPORT_HANDLER]),
                   MS(leg_us[REPORT_ENCODE]), memory->live_bytes, memory->peak_bytes,
                   report->collections);
    report->collections = 0;
    log_members(LOG_INFO, request_id, "Report", record);
}
