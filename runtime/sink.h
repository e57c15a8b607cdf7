/* SPDX-License-Identifier: MIT
 * Where a streamed answer goes, piece by piece: what the host writes to, without knowing what it is. */
#ifndef LUNAMBDA_SINK_H
#define LUNAMBDA_SINK_H

#include "err.h"

enum sink_result {
    SINK_TAKEN,
    SINK_LATE, /* the deadline came first; err says so */
    SINK_LOST, /* nobody takes any more; err says why, and every later write gives the same */
};

struct sink {
    /* Returns when all the bytes are on their way, however long that takes. len is never 0. */
    enum sink_result (*write)(void *arg, const char *bytes, size_t len, struct err *err);
    void *arg;
};

#endif
