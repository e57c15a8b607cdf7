/* SPDX-License-Identifier: MIT
 * lambda/curl.so, as require finds it. */
#ifndef LUNAMBDA_CURL_MODULE_H
#define LUNAMBDA_CURL_MODULE_H

#include <lua.h>

/* Pushes { client = function, version = "libcurl/8.5.0 …" }. */
int luaopen_lambda_curl(lua_State *L);

#endif
