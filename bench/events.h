/* SPDX-License-Identifier: MIT
 * The events that are served: made here, the same bytes at every run.
 * Compact, without escapes, every number in its shortest form: a loss-free echo has the same length. */
#ifndef LUNAMBDA_BENCH_EVENTS_H
#define LUNAMBDA_BENCH_EVENTS_H

#include "buf.h"

struct event_kind {
    const char *name;
    const char *shape;
    int invocations; /* per start, unless told otherwise: so that a round stays short */
    bool (*write)(struct buf *out);
};

/* Ends with a NULL name. */
extern const struct event_kind event_kinds[];

/* NULL when there is none of that name; name_len because names come from a list. */
const struct event_kind *events_find(const char *name, size_t name_len);

#endif
