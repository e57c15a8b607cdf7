/* SPDX-License-Identifier: MIT
 * `lunambda event NAME [OPTIONS]`: an event to be looked at, or saved. */
#ifndef LUNAMBDA_LOCAL_EVENT_VERB_H
#define LUNAMBDA_LOCAL_EVENT_VERB_H

#include "err.h"
#include "options.h"
#include "verdict.h"

/* Prints the event that the options name on standard output, or the names of all. */
MUST_CHECK enum verdict event_verb_run(const struct options *options, struct err *err);

#endif
