/* SPDX-License-Identifier: MIT
 * Response headers in one buffer, "name\0value\0" each, names in lower case: C finds one without copying,
 * Lua takes all of them as one string. */
#ifndef LUNAMBDA_HEADERS_H
#define LUNAMBDA_HEADERS_H

#include "buf.h"

enum {
    HEADERS_LIMIT_BYTES = 1024 * 1024
}; /* Lambda's limit for request line + headers */

/* Takes one line as it came from the wire, "Name: value\r\n". White space around the value goes (RFC 9112 §5);
 * a line without a colon (the status line, the empty one) is passed over. False when over the buffer's limit. */
MUST_CHECK bool headers_add_line(struct buf *headers, const char *line, size_t len);

/* The first value under that name (lower case), "" when there is none; valid until the next write. */
const char *headers_find(const struct buf *headers, const char *name);

/* The same in a copy of the buffer's bytes; valid as long as they are. */
const char *headers_find_in(const char *block, size_t len, const char *name);

/* Lambda-Runtime-Deadline-Ms: ms of the Unix epoch; 0 when there is none that can be read. */
long long headers_deadline_ms(const struct buf *headers);

/* The same in a copy of the buffer's bytes. */
long long headers_deadline_ms_in(const char *block, size_t len);

#endif
