/* SPDX-License-Identifier: MIT
 * One loop, or one loop per thread (docs/concurrency.md); the end of the sandbox, where the handler wants to
 * know of it (docs/lifecycle.md). */
#ifndef LUNAMBDA_CREW_H
#define LUNAMBDA_CREW_H

#include "settings.h"

/* What the process is left with. */
struct crew_end {
    int status;       /* for exit */
    bool has_workers; /* some threads are still in Lua: leave by _exit */
};

/* Loads the handler and answers events until the platform or a failure ends it.
 * config_error: what settings_read complained of, reported as an init error; NULL when all is well. */
struct crew_end crew_run(const struct settings *settings, const char *config_error);

#endif
