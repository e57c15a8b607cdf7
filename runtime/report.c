/* SPDX-License-Identifier: MIT */
#include "report.h"

#include "clock.h"
#include "log.h"
#include "quote.h"

#include <lauxlib.h>

#include <string.h>
#include <unistd.h>

enum {
    RECORD_LIMIT_BYTES = 8192,
    NAME_LIMIT_BYTES = 1024, /* as much as a dimension of a metric may have */
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

void report_open(struct report *report, lua_State *L, const char *function_name)
{
    report->is_open = true;
    report->function_name = function_name;
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
                               .collections = report->collections,
                               .function_name = report->function_name };
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

/* The figures without the brace that closes them. */
static bool put_figures(struct buf *out, const struct report *report,
                        const struct memory *memory)
{
    const long long *leg_us = report->leg_us;
    long long wall_us = clock_monotonic_us() - report->start_us;
    return buf_printf(
        out,
        "\"wallMs\":%lld.%03lld,\"decodeMs\":%lld.%03lld,\"handlerMs\":%lld.%03lld,"
        "\"encodeMs\":%lld.%03lld,\"vmLiveBytes\":%zu,\"vmPeakBytes\":%zu,"
        "\"collections\":%ld}",
        MS(wall_us), MS(leg_us[REPORT_DECODE]), MS(leg_us[REPORT_HANDLER]),
        MS(leg_us[REPORT_ENCODE]), memory->live_bytes, memory->peak_bytes,
        report->collections);
}

/* What makes metrics of them. The format is AWS's: "Specification: Embedded metric format" in CloudWatch's guide. */
static bool put_metrics_head(struct buf *out, const struct report *report,
                             const char *request_id)
{
    return buf_printf(
               out,
               "{\"_aws\":{\"Timestamp\":%lld,\"CloudWatchMetrics\":[{\"Namespace\":"
               "\"lunambda\",\"Dimensions\":[[\"FunctionName\"]],\"Metrics\":["
               "{\"Name\":\"wallMs\",\"Unit\":\"Milliseconds\"},"
               "{\"Name\":\"decodeMs\",\"Unit\":\"Milliseconds\"},"
               "{\"Name\":\"handlerMs\",\"Unit\":\"Milliseconds\"},"
               "{\"Name\":\"encodeMs\",\"Unit\":\"Milliseconds\"},"
               "{\"Name\":\"vmLiveBytes\",\"Unit\":\"Bytes\"},"
               "{\"Name\":\"vmPeakBytes\",\"Unit\":\"Bytes\"},"
               "{\"Name\":\"collections\",\"Unit\":\"Count\"}]}]},\"FunctionName\":",
               clock_now_ms()) &&
           quote_text(out, report->function_name, NAME_LIMIT_BYTES) &&
           buf_append(out, ",\"requestId\":", strlen(",\"requestId\":")) &&
           quote_text(out, request_id, NAME_LIMIT_BYTES) && buf_append(out, ",", 1);
}

void report_send(struct report *report, const struct memory *memory,
                 const char *request_id)
{
    if (!report->is_open)
        return;
    report_lap(report);
    struct buf text = { .limit = RECORD_LIMIT_BYTES };
    if (report->function_name) {
        if (put_metrics_head(&text, report, request_id) &&
            put_figures(&text, report, memory) && buf_append(&text, "\n", 1))
            log_write(STDERR_FILENO, text.data, text.len);
    } else if (buf_append(&text, "{", 1) && put_figures(&text, report, memory)) {
        log_members(LOG_INFO, request_id, "Report", text.data);
    }
    buf_free(&text);
    report->collections = 0;
}
