/* SPDX-License-Identifier: MIT
 * The loopback end of the Runtime API: takes one request at a time, from whichever connection it comes on,
 * and sends what it is told to. Knows HTTP framing; knows nothing of invocations. */
#ifndef LUNAMBDA_BENCH_SERVER_H
#define LUNAMBDA_BENCH_SERVER_H

#include "err.h"
#include "request.h"

struct server;

/* Listens on a free port of 127.0.0.1. NULL with the reason in err. */
struct server *server_open(struct err *err);
void server_close(struct server *server);

int server_port(const struct server *server);

/* Waits until a whole request is there. alive_fd: a pidfd of the client; when it ends, so does the waiting.
 * The body stays valid until the next call. False when limit_ms went by, the client ended or misbehaved. */
MUST_CHECK bool server_receive(struct server *server, int alive_fd, int limit_ms,
                               struct request *out, struct err *err);

/* Sends on the connection that the last request came on. */
MUST_CHECK bool server_send(struct server *server, const char *bytes, size_t len,
                            struct err *err);

/* Closes every connection, also those not yet accepted: the next client starts with none. */
void server_hang_up(struct server *server);

#endif
