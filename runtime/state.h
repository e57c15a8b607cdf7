/* SPDX-License-Identifier: MIT
 * A bare Lua state on an allocator. */
#ifndef LUNAMBDA_STATE_H
#define LUNAMBDA_STATE_H

#include <lua.h>

/* What luaL_newstate makes (manual, §5.1), but with another allocator: warn() is off until warn("@on"), warnings and
 * the message of a panic go to stderr. NULL when out of memory. */
lua_State *state_new(lua_Alloc allocate, void *ud);

#endif
