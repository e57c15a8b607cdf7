/* SPDX-License-Identifier: MIT */
#include "stats.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

long long stats_now_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double stats_percentile(double *values, size_t count, double p)
{
    if (!count)
        return 0;
    qsort(values, count, sizeof *values, compare);
    double rank = p / 100 * (double)count;
    size_t index = (size_t)rank;
    if (index > 0 && (double)index == rank)
        index--;
    return values[index < count ? index : count - 1];
}

double stats_over_rounds(const struct tally *tally, enum measure measure, double p)
{
    double values[STATS_ROUNDS_MAX];
    size_t count = (size_t)tally->rounds;
    memcpy(values, tally->by_round[measure], count * sizeof *values);
    return stats_percentile(values, count, p);
}
