/* SPDX-License-Identifier: MIT */
#include "table.h"

#include <stdio.h>
#include <string.h>

static const struct tally *find(const struct table_row *rows, size_t count,
                                const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (!strcmp(rows[i].name, name) && !*rows[i].failure)
            return rows[i].tally;
    return NULL;
}

static double middle(const struct tally *tally, enum measure measure)
{
    return stats_over_rounds(tally, measure, 50);
}

static void cell(double value)
{
    printf(value < 100 ? " %.1f |" : " %.0f |", value);
}

static void ratio(const struct tally *tally, const struct tally *base,
                  enum measure measure)
{
    double below = base ? middle(base, measure) : 0;
    if (below > 0)
        printf(" %.2f |", middle(tally, measure) / below);
    else
        printf(" - |");
}

/* Whoever has failed or erred is explained below the table. */
static void notes(const struct table_row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (*rows[i].failure)
            printf("\n%s failed: %s\n", rows[i].name, rows[i].failure);
        else if (*rows[i].error)
            printf("\n%s, first error: %s\n", rows[i].name, rows[i].error);
    }
    printf("\n");
    (void)fflush(stdout);
}

void table_print(const char *title, const struct table_row *rows, size_t count)
{
    static const enum measure memory[] = { RSS_NEXT, HWM_NEXT, RSS_END, HWM_END };
    const struct tally *floor = find(rows, count, TABLE_FLOOR);
    const struct tally *floor_dyn = find(rows, count, TABLE_FLOOR_DYN);
    printf("%s\n\n", title);
    printf(
        "| contestant | cold p50 | cold p90 | x floor | x floor_dyn | first | handle p50 "
        "| "
        "handle p99 | cycle p50 | x floor | CPU/inv | RSS /next | HWM /next | RSS end | "
        "HWM end | errors |\n"
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n");
    for (size_t i = 0; i < count; i++) {
        const struct tally *tally = rows[i].tally;
        printf("| %s |", rows[i].name);
        if (*rows[i].failure) {
            printf(" failed | | | | | | | | | | | | | | |\n");
            continue;
        }
        cell(middle(tally, COLD));
        cell(stats_over_rounds(tally, COLD, 90));
        ratio(tally, floor, COLD);
        ratio(tally, floor_dyn, COLD);
        cell(middle(tally, FIRST));
        cell(middle(tally, HANDLE_P50));
        cell(middle(tally, HANDLE_P99));
        cell(middle(tally, CYCLE_P50));
        ratio(tally, floor, CYCLE_P50);
        cell(middle(tally, CPU));
        for (size_t m = 0; m < sizeof memory / sizeof *memory; m++)
            printf(" %.0f |", middle(tally, memory[m]));
        printf(" %ld |\n", tally->errors);
    }
    notes(rows, count);
}

void table_print_soak(const char *title, const struct table_row *rows, size_t count,
                      int events)
{
    printf("%s\n\n", title);
    printf("| contestant | RSS /next | RSS after %d | RSS after %d | growth | HWM | "
           "errors |\n"
           "|---|--:|--:|--:|--:|--:|--:|\n",
           events < STATS_EARLY ? events : STATS_EARLY, events);
    for (size_t i = 0; i < count; i++) {
        const struct tally *tally = rows[i].tally;
        if (*rows[i].failure) {
            printf("| %s | failed | | | | | |\n", rows[i].name);
            continue;
        }
        double early = middle(tally, RSS_EARLY), end = middle(tally, RSS_END);
        printf("| %s | %.0f | %.0f | %.0f | %.0f | %.0f | %ld |\n", rows[i].name,
               middle(tally, RSS_NEXT), early, end, end - early, middle(tally, HWM_END),
               tally->errors);
    }
    notes(rows, count);
}
