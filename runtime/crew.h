/* SPDX-License-Identifier: MIT
 * One loop, or one loop per thread (docs/concurrency.md); the end of the sandbox, where the handler wants to
 * know of it (docs/lifecycle.md). */
#ifndef LUNAMBDA_CREW_H
#define LUNAMBDA_CREW_H

#include "settings.h"

/* Loads the handler and answers events until the platform or a failure ends it.
 * config_error: what settings_read complained of, reported as an init error; NULL when all is well.
 * Returns the exit status, for _exit: threads may still be in Lua, and states are left open, because closing
 * one runs the handler's finalizers, which may never end, or end the process otherwise. */
int crew_run(const struct settings *settings, const char *config_error);

#endif
