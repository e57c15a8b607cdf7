/* SPDX-License-Identifier: MIT
 * lunambda invoke: events in, answers out. */
#ifndef LUNAMBDA_LOCAL_INVOKE_H
#define LUNAMBDA_LOCAL_INVOKE_H

#include "err.h"
#include "options.h"

/* Sends the event as often as asked, each answer a line on stdout.
 * Returns the exit status: 0 when all were answers, 1 when one was a function's error,
 * 128 + n when signal n stopped it, 2 when it could not be done: err says why. */
MUST_CHECK int invoke_run(const struct options *options, struct err *err);

#endif
