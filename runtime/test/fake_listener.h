/* SPDX-License-Identifier: MIT
 * The fake's port: taken at once, listened on when the plan says so. */
#ifndef LUNAMBDA_FAKE_LISTENER_H
#define LUNAMBDA_FAKE_LISTENER_H

#include "fake_plan.h"

/* Starts as { .fd = -1 }. */
struct fake_listener {
    int fd;
    int port;
    bool is_listening;  /* until then connections are refused */
    long long since_us; /* when the awaited file was there; 0 before */
};

/* Takes a free port of the plan's address, without listening yet. */
MUST_CHECK bool fake_listener_open(struct fake_listener *listener,
                                   const struct fake_plan *plan, struct err *err);

/* What to put into AWS_LAMBDA_RUNTIME_API. */
void fake_listener_name(const struct fake_listener *listener,
                        const struct fake_plan *plan, char *api, size_t size);

/* Starts to listen if the time has come. False only when that fails. */
MUST_CHECK bool fake_listener_listen_when_due(struct fake_listener *listener,
                                              const struct fake_plan *plan,
                                              struct err *err);

void fake_listener_close(struct fake_listener *listener);

#endif
