/* SPDX-License-Identifier: MIT
 * Child programs as Lua sees them: the native half of lambda.worker and lambda.exec. A process is a userdata that is
 * killed and reaped when it is closed or collected. What it writes to standard error becomes records of the log. */
#ifndef LUNAMBDA_NATIVE_PROCESS_H
#define LUNAMBDA_NATIVE_PROCESS_H

#include <lua.h>

/* lua_CFunction: returns { start, deadline_ms }; lua-lib/lambda/program.lua says what they take. */
int native_process_library(lua_State *L);

#endif
