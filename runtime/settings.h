/* SPDX-License-Identifier: MIT
 * The environment, read once and checked. Names and forms:
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html; LUNAMBDA_* are ours (docs/settings.md). */
#ifndef LUNAMBDA_SETTINGS_H
#define LUNAMBDA_SETTINGS_H

#include "err.h"
#include "log.h"

enum {
    /* The most workers: a sandbox may have 1,024 processes and threads together. */
    WORKERS_LIMIT = 1000,
};

/* Strings are the environment's own: valid as long as nobody replaces the variable. */
struct settings {
    const char *api;           /* host:port of the Runtime API; NULL when not on Lambda */
    const char *handler;       /* as given; "" when nobody gave one */
    const char *task_root;     /* where the function's files are; never "" */
    const char *function_name; /* these six: NULL when absent */
    const char *function_version;
    const char *log_group_name;
    const char *log_stream_name;
    const char *region;
    const char *init_type;
    long memory_limit_mb; /* 0 when absent */
    /* Threads, each with a Lua state; 0: no threads, one event at a time. */
    long worker_count;
    const char *wrapper; /* AWS_LAMBDA_EXEC_WRAPPER; NULL when absent */
    const char *
        convention; /* LUNAMBDA_EVENT, in lower case: how the event reaches the handler */
    enum log_format log_format;
    enum log_level log_level;
    long deadline_margin_ms;       /* LUNAMBDA_DEADLINE_MARGIN_MS; 0: no guard */
    bool report;                   /* LUNAMBDA_REPORT=1 or metrics */
    const char *report_metrics_of; /* LUNAMBDA_REPORT=metrics: the function; else NULL */
    bool bigint_as_string;         /* LUNAMBDA_BIGINT=string */
    bool replace_invalid_utf8;     /* LUNAMBDA_ENCODING=replace */
};

/* handler_argument stands in for a missing _HANDLER (a container's CMD); NULL for none.
 * False with a message when something is wrong; all the same, out is filled with what was right, so that
 * the failure can be reported. */
MUST_CHECK bool settings_read(struct settings *out, const char *handler_argument,
                              struct err *err);

#endif
