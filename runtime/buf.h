/* SPDX-License-Identifier: MIT
 * Bytes that grow up to a limit. Always NUL-terminated once anything was written; may hold NULs. */
#ifndef LUNAMBDA_BUF_H
#define LUNAMBDA_BUF_H

#include <stdbool.h>
#include <stddef.h>

#define MUST_CHECK              __attribute__((warn_unused_result))
#define PRINTF_LIKE(text, args) __attribute__((__format__(__printf__, text, args)))

enum {
    /* No buffer above this size outlives the invocation that needed it. */
    BUF_KEEP_BYTES = 1024 * 1024,
};

/* Starts as { .limit = … }; ends with buf_free. */
struct buf {
    char *data;   /* NULL until the first write */
    size_t len;   /* bytes in use, the final NUL not counted */
    size_t cap;   /* bytes that fit without growing, the final NUL not counted */
    size_t limit; /* the most it may ever hold, in bytes */
    /* Since the last buf_clear a write was refused: by the limit; for want of memory. */
    bool full, starved;
};

/* Room for `extra` more bytes behind len. False when over the limit or out of memory: contents stay. */
MUST_CHECK bool buf_reserve(struct buf *buf, size_t extra);

/* Appends a copy of the bytes. False as for buf_reserve: nothing is appended then. */
MUST_CHECK bool buf_append(struct buf *buf, const void *bytes, size_t len);

/* Appends a NUL-terminated string. */
MUST_CHECK bool buf_puts(struct buf *buf, const char *text);

/* Appends formatted text. */
MUST_CHECK bool buf_printf(struct buf *buf, const char *format, ...) PRINTF_LIKE(2, 3);

/* Empties it, keeping at most BUF_KEEP_BYTES of memory for the next use. */
void buf_clear(struct buf *buf);

/* Gives the memory back; the limit stays, so it may be used again. */
void buf_free(struct buf *buf);

/* The contents as text, "" when nothing was written; valid until the next write. */
const char *buf_text(const struct buf *buf);

#endif
