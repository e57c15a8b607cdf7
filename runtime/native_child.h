/* SPDX-License-Identifier: MIT
 * The userdata that a child program is for Lua: what native_process and native_question share. */
#ifndef LUNAMBDA_NATIVE_CHILD_H
#define LUNAMBDA_NATIVE_CHILD_H

#include "dialogue.h"
#include "log_record.h"

#include <lua.h>

#define NATIVE_CHILD_TYPE_NAME "lambda.process"

/* What Lua holds: the userdata's memory. */
struct native_child {
    struct dialogue dialogue;
    enum log_level level; /* of what it writes to standard error */
};

/* The first argument. Raises. */
struct native_child *native_child_check(lua_State *L);

/* Who takes its standard error: each line becomes a record. Pushes one value, which must stay on the stack while the
 * listener is used, as must the record, which this fills. Raises. */
struct dialogue_listener native_child_listen(lua_State *L,
                                             const struct native_child *child,
                                             struct log_record *record);

/* The argument, so many milliseconds from now, as clock_monotonic_us tells it. Raises. */
long long native_child_until_us(lua_State *L, int arg);

#endif
