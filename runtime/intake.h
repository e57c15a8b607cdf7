/* SPDX-License-Identifier: MIT
 * What comes out of a pipe, into a buffer and out of it again at the front. */
#ifndef LUNAMBDA_INTAKE_H
#define LUNAMBDA_INTAKE_H

#include "buf.h"

enum intake {
    INTAKE_SOME,
    INTAKE_NOTHING, /* for now: the descriptor is non-blocking */
    INTAKE_END,
    INTAKE_NO_ROOM, /* buf->full, or buf->starved */
};

/* Appends what one read(2) gives, `most` bytes at most. At the end it closes the descriptor, which becomes -1. */
enum intake intake_read(int *fd, struct buf *into, size_t most);

/* Removes the first bytes. */
void intake_drop(struct buf *buf, size_t len);

#endif
