/* SPDX-License-Identifier: MIT
 * The Runtime API over HTTP, on 127.0.0.1 and a free port: paths and headers in, statuses out.
 * What a call means is protocol's. The only file that includes libmicrohttpd.
 * It has no thread: the owner polls server_fd and calls server_run. */
#ifndef LUNAMBDA_LOCAL_SERVER_H
#define LUNAMBDA_LOCAL_SERVER_H

#include "err.h"
#include "protocol.h"

enum {
    SERVER_CONNECTION_MEMORY_BYTES =
        1024 * 1024, /* headers: an X-Ray cause alone may have 32 KiB */
    SERVER_CONNECTIONS_LIMIT = 16,
};

struct server;

/* protocol is borrowed and must outlive the server. NULL: err says why. */
MUST_CHECK struct server *server_open(struct protocol *protocol, struct err *err);

unsigned server_port(const struct server *server);

/* To be polled for input, for at most server_timeout_ms (-1: for ever). */
int server_fd(const struct server *server);
int server_timeout_ms(struct server *server);

/* Does what can be done without waiting. False: the server is of no more use. */
MUST_CHECK bool server_run(struct server *server);

/* Lets the waiting /next go on, after protocol_deliver. */
void server_wake(struct server *server);

/* The runtime is gone: what its connections still bring is not for the next one. */
void server_forget(struct server *server);

/* Harmless on NULL. */
void server_close(struct server *server);

#endif
