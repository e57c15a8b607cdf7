/* SPDX-License-Identifier: MIT
 * Base64 as Lua sees it: bodies of HTTP requests and answers that are not text. */
#ifndef LUNAMBDA_NATIVE_BASE64_H
#define LUNAMBDA_NATIVE_BASE64_H

#include <lua.h>

/* lua_CFunction: returns { encode, decode }. */
int native_base64_library(lua_State *L);

#endif
