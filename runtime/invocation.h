/* SPDX-License-Identifier: MIT
 * One event and its metadata: the currency between the floors. */
#ifndef LUNAMBDA_INVOCATION_H
#define LUNAMBDA_INVOCATION_H

#include "buf.h"

enum {
    /* What the platform takes as an answer, and the most that it sends: 6 MiB + 100 (runtime-api §2.4). */
    INVOCATION_PAYLOAD_LIMIT_BYTES = 6 * 1024 * 1024 + 100,
};

/* Starts as { 0 } with the limits of its buffers set; refilled by each rapi_next, so copy what must outlive it. */
struct invocation {
    struct buf body;    /* the event's bytes, any bytes */
    struct buf headers; /* every header of /next, "name: value\n" each, names in lower case */
    char *request_id;   /* never empty */
    char *trace_id;     /* "" when the platform sent none */
    char *invocation_id; /* nonce to echo (July 2026); "" when the platform sent none */
    long long deadline_ms; /* Unix epoch; 0 when the platform sent none */
};

#endif
