/* SPDX-License-Identifier: MIT */
#include "buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_CAP_BYTES = 256 };

bool buf_reserve(struct buf *buf, size_t extra)
{
    if (extra <= buf->cap - buf->len && buf->data)
        return true;
    if (buf->len > buf->limit || extra > buf->limit - buf->len) {
        buf->full = true;
        return false;
    }
    size_t need = buf->len + extra;
    size_t cap = buf->cap < FIRST_CAP_BYTES ? FIRST_CAP_BYTES : buf->cap * 2;
    if (cap < need)
        cap = need;
    if (cap > buf->limit)
        cap = buf->limit;
    char *data = realloc(buf->data, cap + 1);
    if (!data) {
        buf->starved = true;
        return false;
    }
    data[buf->len] = '\0';
    buf->data = data;
    buf->cap = cap;
    return true;
}

bool buf_append(struct buf *buf, const void *bytes, size_t len)
{
    if (!buf_reserve(buf, len))
        return false;
    if (len)
        memcpy(buf->data + buf->len, bytes, len);
    buf->len += len;
    buf->data[buf->len] = '\0';
    return true;
}

bool buf_puts(struct buf *buf, const char *text)
{
    return buf_append(buf, text, strlen(text));
}

bool buf_printf(struct buf *buf, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (len < 0 || !buf_reserve(buf, (size_t)len))
        return false;
    va_start(args, format);
    (void)vsnprintf(buf->data + buf->len, (size_t)len + 1, format, args);
    va_end(args);
    buf->len += (size_t)len;
    return true;
}

void buf_clear(struct buf *buf)
{
    if (buf->cap > BUF_KEEP_BYTES)
        buf_free(buf);
    buf->len = 0;
    buf->full = false;
    buf->starved = false;
    if (buf->data)
        buf->data[0] = '\0';
}

void buf_free(struct buf *buf)
{
    free(buf->data);
    buf->data = NULL;
    buf->len = 0;
    buf->cap = 0;
}

const char *buf_text(const struct buf *buf)
{
    return buf->data ? buf->data : "";
}
