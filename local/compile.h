/* SPDX-License-Identifier: MIT
 * The Lua files of a package as bytecode. */
#ifndef LUNAMBDA_LOCAL_COMPILE_H
#define LUNAMBDA_LOCAL_COMPILE_H

#include "package.h"

/* Puts app.luac in the place of each app.lua, for a .lua file must be source. */
MUST_CHECK enum verdict compile_package(struct package *package, struct err *err);

#endif
