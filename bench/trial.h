/* SPDX-License-Identifier: MIT
 * One start of one contestant: the first /next, then so many events, every answer checked. */
#ifndef LUNAMBDA_BENCH_TRIAL_H
#define LUNAMBDA_BENCH_TRIAL_H

#include "contestant.h"
#include "server.h"
#include "stats.h"

struct trial {
    struct server *server;
    struct contestant_setting setting;
    const struct buf *event;
    int invocations; /* at least 1 */
    int limit_ms;    /* the longest silence: a contestant that keeps it up has failed */
    int pause_ms;    /* before each event; in no figure but that of the cycle */
    bool echo; /* the answers must be the event, up to blanks and the order of keys */
};

struct trial_result {
    double value[MEASURES];
    long errors;
    /* What was wrong with the first wrong answer; "" without errors. */
    char first_error[160];
};

/* False when the contestant has failed; why is in err. */
MUST_CHECK bool trial_run(const struct trial *trial, const char *command,
                          struct trial_result *out, struct err *err);

#endif
