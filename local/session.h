/* SPDX-License-Identifier: MIT
 * A local Lambda: the Runtime API, one sandbox at a time, and the one place that waits for
 * either of them, for a deadline and for Ctrl-C. */
#ifndef LUNAMBDA_LOCAL_SESSION_H
#define LUNAMBDA_LOCAL_SESSION_H

#include "environment.h"
#include "options.h"
#include "protocol.h"
#include "report.h"
#include "sandbox.h"
#include "stream.h"
#include "target.h"

/* What ended a wait. */
enum session_news {
    SESSION_READY, /* the runtime waits on /next: initialised, or done with its event;
                      with several lanes: one of them that does not rest is READY */
    SESSION_INIT_FAILED, /* it posted init/error */
    SESSION_EXITED,  /* it ended, or lost its mind: session_end_sandbox has the status */
    SESSION_LATE,    /* the time is over */
    SESSION_STOPPED, /* Ctrl-C or SIGTERM: session->signal */
    SESSION_BROKEN,  /* our own failure: err says which */
};

/* Filled by session_open; ends with session_close in any case. */
struct session {
    struct target target;
    struct protocol protocol;                          /* the first of the lanes */
    struct protocol *lanes[OPTIONS_CONCURRENCY_LIMIT]; /* one for each event at a time */
    size_t lane_count;
    struct report report;
    struct stream stream; /* where a streamed answer goes */
    struct sandbox sandbox;
    struct environment environment;
    struct buf bootstrap; /* its path */
    struct server *server;
    int signals_fd;
    int signal; /* the one that stopped us; 0 for none */
};

/* False: err says what is missing. */
MUST_CHECK bool session_open(struct session *session, const struct options *options,
                             struct err *err);

/* A fresh sandbox begins its initialisation. There must be none. */
MUST_CHECK bool session_launch(struct session *session, struct err *err);

bool session_has_sandbox(const struct session *session);

/* Waits until there is news; until_us is on clock_monotonic_us. What the function wrote before
 * the news has gone to stderr when it returns. */
MUST_CHECK enum session_news session_wait(struct session *session, long long until_us,
                                          struct err *err);

/* Gives the event to the runtime that is READY; with several lanes, on one of them. */
void session_deliver(struct session *session, const struct protocol_event *event);
void session_deliver_on(struct session *session, struct protocol *lane,
                        const struct protocol_event *event);

/* The sandbox is no longer needed: tells a runtime that has registered an extension so by SIGTERM, and gives it as
 * long as Lambda does. session_close does the rest. */
void session_shut_down(struct session *session);

/* Kills and reaps the sandbox, and passes on the rest of its output. */
void session_end_sandbox(struct session *session);

void session_close(struct session *session);

#endif
