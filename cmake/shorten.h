/* SPDX-License-Identifier: MIT
 * Bytecode without the names that no trace needs: those of locals, and of upvalues that belong to a module as a whole.
 * Loading them takes a good part of a cold start. What else there is of debug information stays. */
#ifndef LUNAMBDA_SHORTEN_H
#define LUNAMBDA_SHORTEN_H

#include <lua.h>

#include <stddef.h>

/* Pushes the bytecode of the Lua function on top, its length in len. Raises if Lua would load anything but the same
 * function from that. */
const char *shorten(lua_State *L, size_t *len);

#endif
