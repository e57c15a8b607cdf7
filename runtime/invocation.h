/* SPDX-License-Identifier: MIT
 * One event, its metadata, and what is answered: the currency between the floors. */
#ifndef LUNAMBDA_INVOCATION_H
#define LUNAMBDA_INVOCATION_H

#include "buf.h"

enum {
    /* The largest answer that the platform takes, 6 MiB + 100 (API: 413 beyond it). */
    ANSWER_LIMIT_BYTES = 6 * 1024 * 1024 + 100,
    /* An answer is built with some room beyond, so that a little too large is told from far too large. */
    ANSWER_ROOM_BYTES = ANSWER_LIMIT_BYTES + 64 * 1024,
    /* The largest event we take. The platform promises 6 MB; an emulator may send more. */
    EVENT_LIMIT_BYTES = 64 * 1024 * 1024,
    ERROR_TYPE_LIMIT_BYTES = 128,
    CONTENT_TYPE_LIMIT_BYTES = 256,
    CAUSE_LIMIT_BYTES = 32 * 1024,
};

/* Filled anew by each rapi_next, so copy what must outlive it. */
struct invocation {
    const char *request_id; /* never "" */
    const char *trace_id;   /* X-Ray; "" when the platform sent none */
    /* To be echoed with the answer; "" when the platform sent none. */
    const char *invocation_id;
    struct buf body;    /* the event: any bytes */
    struct buf headers; /* all of them, see headers.h; the pointers above lead into it */
};

/* What becomes of an invocation: an answer, or an error document. */
struct reply {
    struct buf body;
    char content_type
        [CONTENT_TYPE_LIMIT_BYTES];          /* of an answer; "" means application/json */
    char error_type[ERROR_TYPE_LIMIT_BYTES]; /* of an error: "Function.LuaError" */
    /* Of an error, for X-Ray: JSON on one line of ASCII; "" for none. Always has room, for errors of memory. */
    char cause[CAUSE_LIMIT_BYTES + 1];
};

#endif
