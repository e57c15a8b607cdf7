/* SPDX-License-Identifier: MIT
 * One HTTP request as bytes: where it ends and what it says. Knows no sockets. */
#ifndef LUNAMBDA_BENCH_REQUEST_H
#define LUNAMBDA_BENCH_REQUEST_H

#include "buf.h"

enum {
    REQUEST_PATH_LIMIT_BYTES = 256,
    REQUEST_HEAD_LIMIT_BYTES = 128 * 1024,
};

enum request_state {
    REQUEST_PARTIAL,  /* more bytes are needed; head_len is set once the head is there */
    REQUEST_COMPLETE, /* everything is set */
    REQUEST_BAD,      /* not HTTP as a contestant should write it */
};

struct request {
    char method[8];
    char path[REQUEST_PATH_LIMIT_BYTES];
    /* The client waits for "100 Continue" before it sends the body. */
    bool expects_continue;
    size_t head_len; /* bytes, with the empty line; 0 when not there yet */
    char *body;      /* inside the bytes that were parsed */
    size_t body_len;
    size_t size;     /* bytes that the request takes, head and framing included */
    long long at_ns; /* when its last byte had been read; set by the server */
};

/* Looks at the first request in the bytes. A chunked body is made plain in place, once it is whole. */
MUST_CHECK enum request_state request_parse(char *bytes, size_t len, struct request *out);

#endif
