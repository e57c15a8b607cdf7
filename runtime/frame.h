/* SPDX-License-Identifier: MIT
 * Where an answer ends in the bytes that a program writes. */
#ifndef LUNAMBDA_FRAME_H
#define LUNAMBDA_FRAME_H

#include <stdbool.h>
#include <stddef.h>

enum frame_kind {
    FRAME_UNTIL,  /* a terminator, which is no part of the answer */
    FRAME_LENGTH, /* the answer's length, and then the answer */
    FRAME_COUNT,  /* so many bytes */
    FRAME_SOME,   /* whatever is there, at least one byte */
    FRAME_ALL,    /* all until the end of the output */
};

enum { FRAME_PREFIX_LIMIT_BYTES = 8 };

/* Plain; terminator is borrowed. */
struct frame {
    enum frame_kind kind;
    const char *terminator; /* FRAME_UNTIL: at least one byte */
    size_t terminator_len;
    size_t prefix_bytes; /* FRAME_LENGTH: 1 to FRAME_PREFIX_LIMIT_BYTES */
    bool is_little_endian;
    size_t count;       /* FRAME_COUNT */
    size_t limit_bytes; /* the longest answer that is taken */
    size_t scanned;     /* FRAME_UNTIL: no terminator begins before; starts as 0 */
};

enum frame_verdict {
    FRAME_OPEN, /* more has to come */
    FRAME_WHOLE,
    FRAME_TOO_LONG,
};

/* Where the answer lies, in bytes from the start. */
struct frame_part {
    size_t start, len, end; /* end: of all that belongs to the frame */
};

/* Looks at all bytes that came so far. has_ended: no more will come. part is set when the frame is whole. */
enum frame_verdict frame_find(struct frame *frame, const char *bytes, size_t len,
                              bool has_ended, struct frame_part *part);

#endif
