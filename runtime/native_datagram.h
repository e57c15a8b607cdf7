/* SPDX-License-Identifier: MIT
 * One UDP datagram at a time, sent without waiting: for the X-Ray daemon (lua-lib/lambda/trace.lua). */
#ifndef LUNAMBDA_NATIVE_DATAGRAM_H
#define LUNAMBDA_NATIVE_DATAGRAM_H

#include <lua.h>

/* Pushes the library { send }: called from Lua, by whoever needs it. */
int native_datagram_library(lua_State *L);

#endif
