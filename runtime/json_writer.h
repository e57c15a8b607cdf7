/* SPDX-License-Identifier: MIT
 * Appends JSON's scalars to a buf, through a cursor of its own: between json_writer_open and
 * json_writer_close the buf's len is stale. Knows nothing of Lua, and never raises.
 * Functions that return bool return false when the buf's limit (buf->full) or memory is reached. */
#ifndef LUNAMBDA_JSON_WRITER_H
#define LUNAMBDA_JSON_WRITER_H

#include "buf.h"

#include <stdint.h>

struct json_writer {
    struct buf *buf;
    char *at;   /* where the next byte goes */
    char *stop; /* the end of what is reserved */
    char none;  /* where both point while the buf has no memory */
};

void json_writer_open(struct json_writer *w, struct buf *buf);
void json_writer_close(struct json_writer *w);

/* Bytes as they stand. */
MUST_CHECK bool json_writer_bytes(struct json_writer *w, const char *bytes, size_t len);
MUST_CHECK bool json_writer_byte(struct json_writer *w, char byte);
MUST_CHECK bool json_writer_integer(struct json_writer *w, int64_t integer);

/* A finite number. */
MUST_CHECK bool json_writer_real(struct json_writer *w, double real);

/* A new line and that many spaces. */
MUST_CHECK bool json_writer_line(struct json_writer *w, size_t spaces);

enum json_writer_status {
    JSON_WRITER_OK,
    JSON_WRITER_FULL,
    JSON_WRITER_NOT_UTF8, /* *bad is the offset of the byte */
};

/* A string in quotes, what must be escaped escaped. `replace` puts U+FFFD where bytes are not UTF-8. */
MUST_CHECK enum json_writer_status json_writer_string(struct json_writer *w,
                                                      const char *bytes, size_t len,
                                                      bool replace, size_t *bad);

#endif
