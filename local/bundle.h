/* SPDX-License-Identifier: MIT
 * A handler's file and the Lua modules that it requires, and they in turn, as one file. */
#ifndef LUNAMBDA_LOCAL_BUNDLE_H
#define LUNAMBDA_LOCAL_BUNDLE_H

#include "package.h"

enum {
    BUNDLE_MODULES_LIMIT = 4096,
    BUNDLE_NAME_LIMIT_BYTES = 255, /* of a module */
};

/* Puts the text of the bundle into the entry of the handler's file, and takes out those of the modules. What cannot
 * be known without running it stays a file, and is warned of. handler NULL: the one .lua file of the root.
 * as_bytecode: the sources in the bundle are bytecode. */
MUST_CHECK enum verdict bundle_make(struct package *package, const char *handler,
                                    bool as_bytecode, struct err *err);

#endif
