/* SPDX-License-Identifier: MIT
 * The command line as a struct, read once and checked. Knows no file and no process. */
#ifndef LUNAMBDA_LOCAL_OPTIONS_H
#define LUNAMBDA_LOCAL_OPTIONS_H

#include "err.h"

enum {
    OPTIONS_ENV_LIMIT = 256,          /* --env, how often */
    OPTIONS_CONCURRENCY_LIMIT = 64,   /* --concurrency */
    OPTIONS_COUNT_LIMIT = 1000000000, /* --count */
    OPTIONS_TIMEOUT_LIMIT_S = 900, /* --timeout and --init-timeout: Lambda's own limit */
    OPTIONS_MEMORY_MIN_MB = 128,   /* --memory: Lambda's own range */
    OPTIONS_MEMORY_MAX_MB = 10240,
    OPTIONS_HEADER_LIMIT_BYTES =
        3583, /* --client-context in base64, --trace as it stands */
};

enum options_verb {
    OPTIONS_HELP,
    OPTIONS_VERSION,
    OPTIONS_INVOKE,
    OPTIONS_CHECK,
    OPTIONS_PACK, /* pack_options.h reads the rest */
};

/* All text is borrowed from argv. */
struct options {
    enum options_verb verb;
    const char *handler;
    const char *event;      /* literal; NULL when not given */
    const char *event_file; /* -e: a path, "-" for standard input; NULL when not given */
    const char *root;       /* --root; NULL when not given */
    const char *client_context; /* NULL when not given */
    const char *trace;          /* NULL when not given: one is made up; "" sends none */
    const char *env[OPTIONS_ENV_LIMIT]; /* "NAME=value" each, checked by environment.h */
    int env_count;
    int memory_mb;
    long count; /* how many events, at least 1 */
    /* How many of them at a time; 0: one, as on a function of one at a time. */
    long concurrency;
    long long timeout_us;
    long long init_timeout_us;
};

/* Reads argv into options. False: err names what is wrong and the remedy. */
MUST_CHECK bool options_read(struct options *options, int argc, char **argv,
                             struct err *err);

#endif
