/* SPDX-License-Identifier: MIT */
#include "request.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* The value of a header, NULL when absent. The head ends with an empty line, so the search ends too. */
static const char *header(const char *head, size_t head_len, const char *name)
{
    size_t name_len = strlen(name);
    const char *end = head + head_len;
    for (const char *line = memchr(head, '\n', head_len); line && line + 1 < end;
         line = memchr(line, '\n', (size_t)(end - line))) {
        line++;
        if ((size_t)(end - line) > name_len && line[name_len] == ':' &&
            !strncasecmp(line, name, name_len))
            return line + name_len + 1 + strspn(line + name_len + 1, " ");
    }
    return NULL;
}

/* Copies the word that ends with a blank; false when it is too long or not there. */
static bool word(const char **at, const char *end, char *out, size_t size)
{
    const char *blank = memchr(*at, ' ', (size_t)(end - *at));
    if (!blank || (size_t)(blank - *at) >= size)
        return false;
    memcpy(out, *at, (size_t)(blank - *at));
    out[blank - *at] = '\0';
    *at = blank + 1;
    return true;
}

/* One pass over the chunks. With `join`, their data is moved together at the start. */
static enum request_state chunks(char *bytes, size_t len, bool join, struct request *out)
{
    size_t at = 0, joined = 0;
    while (at < len) {
        const char *line_end = memchr(bytes + at, '\n', len - at);
        if (!line_end)
            return REQUEST_PARTIAL;
        size_t size = strtoul(bytes + at, NULL, 16);
        at = (size_t)(line_end - bytes) + 1;
        if (size > len - at || len - at - size < 2)
            return REQUEST_PARTIAL;
        if (join)
            memmove(bytes + joined, bytes + at, size);
        joined += size;
        at += size + 2;
        if (size)
            continue;
        out->body_len = joined;
        out->size = out->head_len + at;
        return REQUEST_COMPLETE;
    }
    return REQUEST_PARTIAL;
}

static enum request_state chunked_body(char *bytes, size_t len, struct request *out)
{
    enum request_state state = chunks(bytes, len, false, out);
    return state == REQUEST_COMPLETE ? chunks(bytes, len, true, out) : state;
}

enum request_state request_parse(char *bytes, size_t len, struct request *out)
{
    out->head_len = 0;
    const char *end = memmem(bytes, len, "\r\n\r\n", 4);
    if (!end)
        return len > REQUEST_HEAD_LIMIT_BYTES ? REQUEST_BAD : REQUEST_PARTIAL;
    out->head_len = (size_t)(end - bytes) + 4;
    const char *at = bytes;
    if (!word(&at, end, out->method, sizeof out->method) ||
        !word(&at, end, out->path, sizeof out->path))
        return REQUEST_BAD;
    const char *value = header(bytes, out->head_len, "Expect");
    out->expects_continue = value && !strncasecmp(value, "100-continue", 12);
    out->body = bytes + out->head_len;
    value = header(bytes, out->head_len, "Transfer-Encoding");
    if (value && !strncasecmp(value, "chunked", 7))
        return chunked_body(out->body, len - out->head_len, out);
    value = header(bytes, out->head_len, "Content-Length");
    out->body_len = value ? strtoul(value, NULL, 10) : 0;
    out->size = out->head_len + out->body_len;
    return len >= out->size ? REQUEST_COMPLETE : REQUEST_PARTIAL;
}
