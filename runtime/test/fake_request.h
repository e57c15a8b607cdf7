/* SPDX-License-Identifier: MIT
 * Requests as they come in, and the record of them. */
#ifndef LUNAMBDA_FAKE_REQUEST_H
#define LUNAMBDA_FAKE_REQUEST_H

#include "buf.h"

#include <stdio.h>

enum { FAKE_REQUEST_LIMIT_BYTES = 32 * 1024 * 1024 };

enum fake_progress {
    FAKE_REQUEST_PARTIAL,
    FAKE_REQUEST_WHOLE,
    FAKE_REQUEST_UPLOAD, /* the head of a chunked upload: see fake_upload.h */
    FAKE_REQUEST_BAD,
};

/* The first request in the bytes of a connection. */
struct fake_request {
    const char *bytes; /* borrowed from the connection */
    size_t head_bytes; /* up to and with the empty line */
    size_t body_bytes;
};

/* What the record adds to the bytes. */
struct fake_mark {
    long connection;   /* counted from 1 */
    long at_ms;        /* since the program was started */
    long stdout_bytes; /* what the program had written by then */
    long stderr_bytes;
};

/* Looks whether a whole request is there. BAD for what this fake does not speak: no Content-Length
 * on a body, more bytes than the limit; the head is there then. */
enum fake_progress fake_request_parse(const struct buf *in, struct fake_request *request);

/* Whether the request line starts with "METHOD /". */
bool fake_request_is(const struct fake_request *request, const char *method);

/* Appends "request CONNECTION AT_MS STDOUT_BYTES STDERR_BYTES HEAD_BYTES BODY_BYTES\n", the head, the body. */
MUST_CHECK bool fake_request_record(FILE *record, const struct fake_request *request,
                                    const struct fake_mark *mark);

#endif
