/* SPDX-License-Identifier: MIT
 * The command line of the driver. */
#ifndef LUNAMBDA_BENCH_OPTIONS_H
#define LUNAMBDA_BENCH_OPTIONS_H

#include "err.h"

#include <stdio.h>

/* Ends with options_free. */
struct options {
    int rounds;
    const char *events; /* names with commas between, not yet checked */
    int invocations;    /* 0: as the event kind says */
    int soak;           /* 0: no soak */
    const char *handler;
    char *root; /* absolute; owned */
    int limit_ms;
    int pause_ms; /* 0: none */
    bool unpinned;
    char **words; /* what is not an option, NULL-terminated; of argv */
};

/* False with the offending option and what it takes in err. */
MUST_CHECK bool options_read(struct options *out, int argc, char **argv, struct err *err);

void options_free(struct options *options);

void options_print_usage(FILE *out);

#endif
