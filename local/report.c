/* SPDX-License-Identifier: MIT */
#include "report.h"

#include "clock.h"
#include "output.h"

#include <stdarg.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

enum { LINE_LIMIT_BYTES = 2048, KB_PER_MB = 1024 };

/* When nobody reads stderr any more, the answer still counts. */
static void write_all(const char *bytes, size_t len)
{
    (void)!output_write(STDERR_FILENO, bytes, len);
}

void report_output(struct report *report, const char *bytes, size_t len)
{
    if (len == 0)
        return;
    write_all(bytes, len);
    report->mid_line = bytes[len - 1] != '\n';
}

/* One write a line, so that lines of several programs do not mix. */
__attribute__((format(printf, 2, 0))) static void
write_line(struct report *report, const char *format, va_list args)
{
    char line[LINE_LIMIT_BYTES];
    size_t at = 0;
    if (report->mid_line)
        line[at++] = '\n';
    int len = vsnprintf(line + at, sizeof line - 2, format, args);
    if (len < 0)
        return;
    at += (size_t)len < sizeof line - 2 ? (size_t)len : sizeof line - 3;
    line[at++] = '\n';
    write_all(line, at);
    report->mid_line = false;
}

void report_note(struct report *report, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    write_line(report, format, args);
    va_end(args);
}

void report_start(struct report *report, const char *request_id)
{
    report_note(report, "START RequestId: %s Version: $LATEST", request_id);
}

void report_timeout(struct report *report, const char *request_id, double seconds)
{
    long long now_ms = clock_now_ms();
    time_t now = (time_t)(now_ms / 1000);
    struct tm utc;
    char text[sizeof "2026-11-20T12:00:00"] = "";
    if (gmtime_r(&now, &utc))
        (void)strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &utc);
    report_note(report, "%s.%03lldZ %s Task timed out after %.2f seconds", text,
                now_ms % 1000, request_id, seconds);
}

static double in_ms(long long us)
{
    return (double)us / 1000;
}

static long long billed_ms(long long us)
{
    return (us + 999) / 1000;
}

void report_end(struct report *report, const struct report_figures *figures)
{
    char init[64] = "", status[256] = "";
    long long billed_us = figures->duration_us;
    if (figures->init_us >= 0) {
        billed_us += figures->init_us; /* since August 2025 */
        (void)snprintf(init, sizeof init, "Init Duration: %.2f ms\t",
                       in_ms(figures->init_us));
    }
    if (figures->status)
        (void)snprintf(status, sizeof status, "Status: %s%s%s", figures->status,
                       figures->error_type ? "\tError Type: " : "",
                       figures->error_type ? figures->error_type : "");
    report_note(report, "END RequestId: %s", figures->request_id);
    report_note(report,
                "REPORT RequestId: %s\tDuration: %.2f ms\tBilled Duration: %lld ms\t"
                "Memory Size: %d MB\tMax Memory Used: %ld MB\t%s%s",
                figures->request_id, in_ms(figures->duration_us), billed_ms(billed_us),
                figures->memory_mb, (figures->max_memory_kb + KB_PER_MB - 1) / KB_PER_MB,
                init, status);
}

void report_init_failure(struct report *report, long long init_us, const char *status,
                         const char *error_type)
{
    report_note(report, "INIT_REPORT Init Duration: %.2f ms\tPhase: init\tStatus: %s%s%s",
                in_ms(init_us), status, error_type ? "\tError Type: " : "",
                error_type ? error_type : "");
}
