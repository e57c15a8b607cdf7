/* SPDX-License-Identifier: MIT
 * Where require would find a module in a package: the search paths of lua-lib/lambda/paths.lua, below the task root. */
#ifndef LUNAMBDA_LOCAL_MODULES_H
#define LUNAMBDA_LOCAL_MODULES_H

#include "package.h"

enum modules_answer {
    MODULES_NONE, /* not in the package */
    MODULES_LUA,
    MODULES_FILE,    /* there, and to be loaded as a file: a C module, bytecode */
    MODULES_BUILT_IN /* in bootstrap, or in Lua itself */
};

/* What `name` is, and for MODULES_LUA its entry. */
enum modules_answer modules_find(const struct package *package, const char *name,
                                 struct package_entry **entry);

/* The handler's file, by its path without extension; dots in it stand for themselves. */
enum modules_answer modules_find_file(const struct package *package, const char *stem,
                                      struct package_entry **entry);

#endif
