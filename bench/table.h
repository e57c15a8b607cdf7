/* SPDX-License-Identifier: MIT
 * Tallies as Markdown on stdout: one table per event. */
#ifndef LUNAMBDA_BENCH_TABLE_H
#define LUNAMBDA_BENCH_TABLE_H

#include "stats.h"

/* Ratios refer to the contestants of these names, where they take part and have not failed. */
#define TABLE_FLOOR     "floor"
#define TABLE_FLOOR_DYN "floor_dyn"

struct table_row {
    const char *name;
    const struct tally *tally;
    const char *failure; /* "" unless the contestant has failed */
    const char *error;   /* the first wrong answer, "" without errors */
};

/* title: what stands above the table. */
void table_print(const char *title, const struct table_row *rows, size_t count);

/* Memory alone: before, after STATS_EARLY and after `events` invocations. */
void table_print_soak(const char *title, const struct table_row *rows, size_t count,
                      int events);

#endif
