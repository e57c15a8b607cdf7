/* SPDX-License-Identifier: MIT
 * What goes to stderr: the function's own output as it comes, and Lambda's lines around it. */
#ifndef LUNAMBDA_LOCAL_REPORT_H
#define LUNAMBDA_LOCAL_REPORT_H

#include <stdbool.h>
#include <stddef.h>

/* Starts as { 0 }. */
struct report {
    bool mid_line; /* the function's output did not end its last line */
};

/* The figures of one invocation. */
struct report_figures {
    const char *request_id;
    const char *status;     /* "error", "timeout"; NULL for success */
    const char *error_type; /* with status "error" */
    long long duration_us;  /* from the event to the next call for one */
    long long init_us;      /* -1 when no initialisation belongs to it */
    long max_memory_kb;
    int memory_mb;
};

/* Bytes that the function wrote. */
void report_output(struct report *report, const char *bytes, size_t len);

void report_start(struct report *report, const char *request_id);

/* A line of ours in between, such as why a sandbox was killed. */
void report_note(struct report *report, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* "<time> <request id> Task timed out after 3.00 seconds" */
void report_timeout(struct report *report, const char *request_id, double seconds);

/* END and REPORT. */
void report_end(struct report *report, const struct report_figures *figures);

/* INIT_REPORT, as Lambda writes it for an initialisation that failed. */
void report_init_failure(struct report *report, long long init_us, const char *status,
                         const char *error_type);

#endif
