/* SPDX-License-Identifier: MIT
 * The initialisation of a sandbox, up to its first call for an event, and how it fails. */
#ifndef LUNAMBDA_LOCAL_LAUNCH_H
#define LUNAMBDA_LOCAL_LAUNCH_H

#include "session.h"

/* A sandbox as it shall be started. */
struct launch {
    const char *request_id; /* for whom: failures name it; NULL for nobody */
    long long until_us;     /* on clock_monotonic_us */
    long long limit_us;     /* the same as a length of time, for the message */
    long long took_us;      /* out */
};

/* SESSION_READY, or one of the failures; then the sandbox is gone, and for INIT_FAILED, EXITED
 * and LATE session->protocol.answer is the error document. */
MUST_CHECK enum session_news launch_run(struct session *session, struct launch *launch,
                                        struct err *err);

/* The sandbox has ended by itself: reaps it, says so, and makes it the answer, unless the
 * runtime had answered already. request_id may be NULL. */
void launch_bury(struct session *session, const char *request_id);

#endif
