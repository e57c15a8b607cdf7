/* SPDX-License-Identifier: MIT
 * The event's bytes: literal, from a file, or from standard input. Not checked as JSON:
 * the runtime does that, and says where it is wrong. */
#ifndef LUNAMBDA_LOCAL_EVENT_H
#define LUNAMBDA_LOCAL_EVENT_H

#include "err.h"
#include "options.h"

enum {
    EVENT_LIMIT_BYTES = 6 * 1024 * 1024
}; /* what Lambda takes in one synchronous call */

/* Fills event, whose limit must be EVENT_LIMIT_BYTES, with what was given: the argument's or the file's bytes;
 * "{}" when the options name none. False: err names the file and the reason. */
MUST_CHECK bool event_given(const struct options *options, struct buf *event,
                            struct err *err);

/* The same, but that with --event NAME what was given are the options of an event to be made. */
MUST_CHECK bool event_read(const struct options *options, struct buf *event,
                           struct err *err);

#endif
