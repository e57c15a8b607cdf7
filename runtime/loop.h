/* SPDX-License-Identifier: MIT
 * The order of events of one worker. */
#ifndef LUNAMBDA_LOOP_H
#define LUNAMBDA_LOOP_H

#include "settings.h"

/* Loads the handler and answers events until the platform or a failure ends it.
 * config_error: what settings_read complained of, reported as an init error; NULL when all is well.
 * Returns the process's exit status, never 0: an answering loop does not end by itself. */
int loop_run(const struct settings *settings, const char *config_error);

#endif
