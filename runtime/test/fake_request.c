/* SPDX-License-Identifier: MIT */
#include "fake_request.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* The value of a header, up to the line's end; NULL when there is none. */
static const char *find_header(const char *head, size_t len, const char *name)
{
    size_t name_len = strlen(name);
    for (const char *line = memchr(head, '\n', len); line;) {
        line++;
        size_t left = len - (size_t)(line - head);
        if (left > name_len && line[name_len] == ':' &&
            strncasecmp(line, name, name_len) == 0)
            return line + name_len + 1;
        line = memchr(line, '\n', left);
    }
    return NULL;
}

enum fake_progress fake_request_parse(const struct buf *in, struct fake_request *request)
{
    if (!in->len)
        return FAKE_REQUEST_PARTIAL;
    const char *end = memmem(in->data, in->len, "\r\n\r\n", 4);
    if (!end)
        return FAKE_REQUEST_PARTIAL;
    request->bytes = in->data;
    request->head_bytes = (size_t)(end - in->data) + 4;
    request->body_bytes = 0;
    const char *encoding =
        find_header(in->data, request->head_bytes, "Transfer-Encoding");
    if (encoding)
        return strncmp(encoding, " chunked\r\n", 10) == 0 ? FAKE_REQUEST_UPLOAD
                                                          : FAKE_REQUEST_BAD;
    const char *length = find_header(in->data, request->head_bytes, "Content-Length");
    if (length) {
        errno = 0;
        size_t bytes = strtoul(length, NULL, 10);
        if (errno || bytes > FAKE_REQUEST_LIMIT_BYTES)
            return FAKE_REQUEST_BAD;
        request->body_bytes = bytes;
    } else if (!fake_request_is(request, "GET")) {
        return FAKE_REQUEST_BAD;
    }
    return in->len - request->head_bytes < request->body_bytes ? FAKE_REQUEST_PARTIAL
                                                               : FAKE_REQUEST_WHOLE;
}

bool fake_request_is(const struct fake_request *request, const char *method)
{
    size_t len = strlen(method);
    return request->head_bytes > len + 1 && memcmp(request->bytes, method, len) == 0 &&
           request->bytes[len] == ' ' && request->bytes[len + 1] == '/';
}

bool fake_request_record(FILE *record, const struct fake_request *request,
                         const struct fake_mark *mark)
{
    size_t bytes = request->head_bytes + request->body_bytes;
    return fprintf(record, "request %ld %ld %ld %ld %zu %zu\n", mark->connection,
                   mark->at_ms, mark->stdout_bytes, mark->stderr_bytes,
                   request->head_bytes, request->body_bytes) > 0 &&
           fwrite(request->bytes, 1, bytes, record) == bytes;
}
