/* SPDX-License-Identifier: MIT
 * The process's environment as a table: os.getenv cannot say which variables there are. */
#ifndef LUNAMBDA_NATIVE_ENVIRONMENT_H
#define LUNAMBDA_NATIVE_ENVIRONMENT_H

#include <lua.h>

/* lua_CFunction: returns a new table of names to values, as they are now. */
int native_environment(lua_State *L);

#endif
