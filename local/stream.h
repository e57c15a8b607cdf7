/* SPDX-License-Identifier: MIT
 * A streamed answer on its way to stdout, piece by piece; its HTTP prelude and its errors go to stderr. */
#ifndef LUNAMBDA_LOCAL_STREAM_H
#define LUNAMBDA_LOCAL_STREAM_H

#include "err.h"
#include "report.h"

enum { STREAM_PRELUDE_LIMIT_BYTES = 1024 * 1024 };

/* Filled by stream_open; ends with stream_close. */
struct stream {
    struct report *report; /* borrowed */
    struct buf prelude;    /* as far as it came */
    bool in_prelude;       /* its end has not come yet */
    bool mid_line;         /* the last byte was no newline */
    int failure;           /* errno of the first write that failed; 0 for none */
};

void stream_open(struct stream *stream, struct report *report);

/* An answer begins. arg is a struct stream; content_type: NULL for none. */
void stream_begin(void *arg, const char *content_type);

/* Prints a piece of it; blocks while nobody reads. */
void stream_pass(void *arg, const char *bytes, size_t len);

/* The answer is over. error: the document of what cut it short, NULL when it is whole.
 * False: stdout took not all of it, err says why. */
MUST_CHECK bool stream_end(struct stream *stream, const struct buf *error,
                           struct err *err);

void stream_close(struct stream *stream);

#endif
