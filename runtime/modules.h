/* SPDX-License-Identifier: MIT
 * The Lua modules that are linked in: lambda.* as bytecode, lambda.native, cjson. What lambda.* goes by is its own:
 * a handler may do as it likes with globals and with package. */
#ifndef LUNAMBDA_MODULES_H
#define LUNAMBDA_MODULES_H

#include <lua.h>

/* Has package.preload know them: found with no search. The standard libraries are open. Raises. */
void modules_preload(lua_State *L);

#endif
