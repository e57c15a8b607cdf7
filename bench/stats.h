/* SPDX-License-Identifier: MIT
 * What is measured, and the middle of many measurements. */
#ifndef LUNAMBDA_BENCH_STATS_H
#define LUNAMBDA_BENCH_STATS_H

#include <stddef.h>

enum { STATS_ROUNDS_MAX = 1000 };

/* One number of each per start of a contestant. Times in microseconds, memory in KB. */
enum measure {
    COLD,       /* execve to the first GET /next read */
    FIRST,      /* the first event sent to its answer read */
    HANDLE_P50, /* the same for the later ones */
    HANDLE_P99,
    CYCLE_P50, /* a GET /next read to the following one read */
    CPU,       /* per invocation, user and system, children included */
    RSS_NEXT,  /* when the first /next was read */
    HWM_NEXT,
    RSS_EARLY, /* after STATS_EARLY invocations, or the last if there are fewer */
    RSS_END,   /* after the last invocation */
    HWM_END,
    MEASURES,
};

enum { STATS_EARLY = 100 };

/* One contestant with one event, over the rounds. */
struct tally {
    double by_round[MEASURES][STATS_ROUNDS_MAX];
    int rounds;
    long errors; /* answers that were wrong or reported an error */
};

/* Nanoseconds on the monotonic clock. */
long long stats_now_ns(void);

/* The p-th percentile (nearest rank) of count values, which it sorts; 0 when there are none. */
double stats_percentile(double *values, size_t count, double p);

/* The same over the rounds; leaves the tally as it was. */
double stats_over_rounds(const struct tally *tally, enum measure measure, double p);

#endif
