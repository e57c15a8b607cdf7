/* SPDX-License-Identifier: MIT
 * lunambda invoke --concurrency: several events in the hands of one sandbox. */
#ifndef LUNAMBDA_LOCAL_TOGETHER_H
#define LUNAMBDA_LOCAL_TOGETHER_H

#include "session.h"

struct together {
    const struct options *options;
    struct session *session; /* with a sandbox that is READY */
    struct protocol_event
        event;   /* what all events are like but for their ids and deadlines */
    bool failed; /* out: one event had an error for an answer */
};

/* Sends options->count events, options->concurrency at a time, and prints each answer as it comes, a line on
 * stdout. A late event does not end the sandbox: the others are still in it.
 * SESSION_READY when all have been answered; SESSION_INIT_FAILED when a sandbox that was to replace a lost one
 * did not initialise; SESSION_STOPPED; SESSION_BROKEN: err says why. */
MUST_CHECK enum session_news together_run(struct together *together, struct err *err);

#endif
