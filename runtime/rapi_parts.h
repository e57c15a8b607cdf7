/* SPDX-License-Identifier: MIT
 * What rapi.c and rapi_stream.c share; for no one else. */
#ifndef LUNAMBDA_RAPI_PARTS_H
#define LUNAMBDA_RAPI_PARTS_H

#include "http.h"
#include "rapi.h"

struct rapi {
    struct http *http;
    const char *address; /* as rapi_open was given it */
    const char *user_agent;
    struct buf path;
    /* Lends its buffers to the invocation, and takes them back. */
    struct http_reply events;
    struct http_reply verdict; /* on an answer of ours */
};

/* …/invocation/{request id}/what, into path. False when the id is too long. */
MUST_CHECK bool rapi_write_path(struct buf *path, const char *request_id,
                                const char *what);

/* The reason that a refusal gives, on one line, into err; false. */
bool rapi_refusal(const struct http_reply *reply, struct err *err);

#endif
