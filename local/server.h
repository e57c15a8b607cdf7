/* SPDX-License-Identifier: MIT
 * The Runtime API over HTTP, on 127.0.0.1 and a free port: paths and headers in, statuses out.
 * What a call means is protocol's.
 * It has no thread: the owner polls what server_watch names and calls server_run. */
#ifndef LUNAMBDA_LOCAL_SERVER_H
#define LUNAMBDA_LOCAL_SERVER_H

#include "err.h"
#include "options.h"
#include "protocol.h"

#include <poll.h>

enum {
    SERVER_CONNECTION_MEMORY_BYTES =
        1024 * 1024, /* headers: an X-Ray cause alone may have 32 KiB */
    SERVER_CONNECTIONS_LIMIT = OPTIONS_CONCURRENCY_LIMIT + 16,
    SERVER_FDS_LIMIT = SERVER_CONNECTIONS_LIMIT + 2, /* the listener, and one to spare */
};

struct server;

/* One protocol for each event that may be in hand at a time. They are borrowed and must outlive the server.
 * NULL: err says why. */
MUST_CHECK struct server *server_open(struct protocol *const *protocols, size_t count,
                                      struct err *err);

unsigned server_port(const struct server *server);

/* Fills fds with what is to be polled, for at most server_timeout_ms (-1: for ever).
 * Returns how many; 0 when the server is of no more use. */
MUST_CHECK size_t server_watch(struct server *server,
                               struct pollfd fds[SERVER_FDS_LIMIT]);
int server_timeout_ms(struct server *server);

/* Does what can be done without waiting. False: the server is of no more use. */
MUST_CHECK bool server_run(struct server *server);

/* Lets the /next that waits on this protocol go on, after protocol_deliver. */
void server_wake(struct server *server, const struct protocol *protocol);

/* The runtime is gone: what its connections still bring is not for the next one. */
void server_forget(struct server *server);

/* Whether the runtime that is there wants to hear of its end. */
bool server_has_extension(const struct server *server);

/* Harmless on NULL. */
void server_close(struct server *server);

#endif
