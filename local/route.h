/* SPDX-License-Identifier: MIT
 * Which call of the Runtime API a request is, and whether it is for us at all. Text in,
 * no HTTP library. */
#ifndef LUNAMBDA_LOCAL_ROUTE_H
#define LUNAMBDA_LOCAL_ROUTE_H

#include "protocol.h"

enum {
    ROUTE_ID_SIZE = 256
}; /* longer than any request id of ours: a cut one never matches */

enum route {
    ROUTE_REFUSED,
    ROUTE_NEXT,
    ROUTE_RESPONSE,
    ROUTE_ERROR,
    ROUTE_INIT_ERROR,
    ROUTE_PING,
    ROUTE_REGISTER, /* an internal extension: no more of the Extensions API is here */
    ROUTE_EXTENSION_NEXT,
};

/* Fills id for a response or an error. ROUTE_REFUSED: refusal says why. */
MUST_CHECK enum route route_find(const char *path, const char *method,
                                 char id[ROUTE_ID_SIZE],
                                 struct protocol_refusal *refusal);

/* A web page can make a browser call 127.0.0.1: under its own host name (DNS rebinding), or
 * across origins. A runtime does neither. host and origin are headers, NULL when absent. */
MUST_CHECK bool route_is_ours(const char *host, const char *origin, unsigned port,
                              struct protocol_refusal *refusal);

#endif
