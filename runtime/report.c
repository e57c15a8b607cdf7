/* SPDX-License-Identifier: MIT */
#include "report.h"

#include "clock.h"
#include "log.h"
#include "quote.h"

#include <lauxlib.h>

#include <stdio.h>
#include <unistd.h>

enum {
    RECORD_LIMIT_BYTES = 512,
    METRICS_LIMIT_BYTES = 4096,
    NAME_LIMIT_BYTES = 1024, /* of a dimension's value */
};

/* Finalizer of an object that nobody refers to: called at each collection, makes itself ready for the next. */
static int count_collection(lua_State *L)
{
    struct report *report = *(struct report **)lua_touserdata(L, 1);
    report->collections++;
    lua_getmetatable(L, 1);
    lua_setmetatable(L, 1);
    return 0;
}

void report_open(struct report *report, lua_State *L, const struct settings *settings)
{
    report->form = settings->report_form;
    report->function_name = settings->function_name;
    if (report->form == REPORT_NONE)
        return;
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
    if (report->form == REPORT_NONE)
        return;
    *report = (struct report){ .form = report->form,
                               .function_name = report->function_name,
                               .start_us = clock_monotonic_us(),
                               .collections = report->collections };
    report->leg_start_us = report->start_us;
}

void report_lap(struct report *report)
{
    if (report->form == REPORT_NONE || report->leg == REPORT_LEGS)
        return;
    long long now_us = clock_monotonic_us();
    report->leg_us[report->leg++] = now_us - report->leg_start_us;
    report->leg_start_us = now_us;
}

/* Milliseconds, for "%lld.%03lld": %f would write the comma of a locale that a handler set. */
#define MS(us) (us) / 1000, (us) % 1000

/* Appends a dimension and a property that are quoted; the rest needs no quotes. */
static bool put_metrics(struct buf *out, const struct report *report,
                        const char *request_id, const char *figures)
{
    static const char metrics[] = "{\"Name\":\"wallMs\",\"Unit\":\"Milliseconds\"},"
                                  "{\"Name\":\"decodeMs\",\"Unit\":\"Milliseconds\"},"
                                  "{\"Name\":\"handlerMs\",\"Unit\":\"Milliseconds\"},"
                                  "{\"Name\":\"encodeMs\",\"Unit\":\"Milliseconds\"},"
                                  "{\"Name\":\"vmLiveBytes\",\"Unit\":\"Bytes\"},"
                                  "{\"Name\":\"vmPeakBytes\",\"Unit\":\"Bytes\"},"
                                  "{\"Name\":\"collections\",\"Unit\":\"Count\"}";
    const char *name = report->function_name;
    return buf_printf(out,
                      "{\"_aws\":{\"Timestamp\":%lld,\"CloudWatchMetrics\":[{"
                      "\"Namespace\":\"lunambda\",\"Dimensions\":[[%s]],"
                      "\"Metrics\":[%s]}]},",
                      clock_now_ms(), name ? "\"FunctionName\"" : "", metrics) &&
           (!name || (buf_puts(out, "\"FunctionName\":") &&
                      quote_text(out, name, NAME_LIMIT_BYTES) && buf_puts(out, ","))) &&
           buf_puts(out, "\"requestId\":") &&
           quote_text(out, request_id, NAME_LIMIT_BYTES) &&
           buf_printf(out, ",%s\n", figures + 1); /* without the brace */
}

/* On stdout, as it is in either log format: CloudWatch takes a line for metrics only if it is nothing else. */
static void send_metrics(const struct report *report, const char *request_id,
                         const char *figures)
{
    struct buf line = { .limit = METRICS_LIMIT_BYTES };
    (void)fflush(stdout); /* what was printed before comes before */
    if (put_metrics(&line, report, request_id, figures))
        log_write(STDOUT_FILENO, line.data, line.len);
    buf_free(&line);
}

void report_send(struct report *report, const struct memory *memory,
                 const char *request_id)
{
    if (report->form == REPORT_NONE)
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
    if (report->form == REPORT_METRICS)
        send_metrics(report, request_id, record);
    else
        log_members(LOG_INFO, request_id, "Report", record);
}
