/* SPDX-License-Identifier: MIT
 * lunambda check: loads a handler, sends it nothing. */
#ifndef LUNAMBDA_LOCAL_DRY_RUN_H
#define LUNAMBDA_LOCAL_DRY_RUN_H

#include "err.h"
#include "options.h"

/* Prints what would be called on stdout, or why it does not load on stderr.
 * Returns the exit status: 0 when it loads, 1 when not, 128 + n when signal n stopped it,
 * 2 when it could not be tried: err says why. */
MUST_CHECK int dry_run(const struct options *options, struct err *err);

#endif
