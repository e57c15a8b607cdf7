/* SPDX-License-Identifier: MIT
 * LUNAMBDA_SECRETS: which environment variables name a parameter or a secret (docs/params.md). */
#ifndef LUNAMBDA_REFERENCE_H
#define LUNAMBDA_REFERENCE_H

#include <lua.h>

/* Pushes a table: name → value of the variables whose value starts with "ssm:" or "secret:"; nil when there are none.
 * Raises for want of memory. */
void reference_push_all(lua_State *L);

#endif
