/* SPDX-License-Identifier: MIT
 * The verb pack: a folder in, a zip out. */
#ifndef LUNAMBDA_LOCAL_PACK_H
#define LUNAMBDA_LOCAL_PACK_H

#include "pack_options.h"
#include "verdict.h"

enum {
    /* Lambda's quotas: what a direct upload takes, and what the console's editor opens. Those of one file and of
     * the unzipped whole are in package.h. */
    PACK_UPLOAD_LIMIT_BYTES = 50 * 1024 * 1024,
    PACK_EDITOR_LIMIT_BYTES = 3 * 1024 * 1024,
};

/* The filter in options notes what it matched. */
MUST_CHECK enum verdict pack_run(struct pack_options *options, struct err *err);

#endif
