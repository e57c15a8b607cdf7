/* SPDX-License-Identifier: MIT
 * The documents that are measured: the same bytes in every run, shaped like what Lambda receives. */
#ifndef LUNAMBDA_BENCH_DOCUMENTS_H
#define LUNAMBDA_BENCH_DOCUMENTS_H

#include "buf.h"

struct document {
    const char *name;
    void (*write)(struct buf *out); /* its JSON; ends the process when memory is short */
    int repeats;                    /* per timing */
};

/* The last has no name. */
extern const struct document documents[];

#endif
