/* SPDX-License-Identifier: MIT
 * Bytes as text and back, as Lua sees it: hex and base64 (RFC 4648 §4, §5, §8). */
#ifndef LUNAMBDA_NATIVE_CODING_H
#define LUNAMBDA_NATIVE_CODING_H

#include <lua.h>

#include <stddef.h>

/* The bytes of an argument, as long as it is on the stack. Raises when it is no string: a number is none,
 * for its text depends on how it was computed. */
const char *native_coding_bytes(lua_State *L, int arg, size_t *len);

/* Adds hex, unhex, base64, unbase64, base64url, unbase64url to the table on top. Raises. */
void native_coding_add(lua_State *L);

#endif
