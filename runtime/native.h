/* SPDX-License-Identifier: MIT
 * The C functions that lambda.* may call: preloaded in bootstrap, a loadable module elsewhere. */
#ifndef LUNAMBDA_NATIVE_H
#define LUNAMBDA_NATIVE_H

#include <lua.h>

/* lua_CFunction: returns { json = the native half of lambda.json, log = that of lambda.log, hooks = the lists
 * of hooks.h, now_ms, is_callable, working_directory = functions, stream_mt = the metatable of lambda.stream's
 * results, which lambda.stream fills when it is loaded, process = native_process_library }. */
int luaopen_lambda_native(lua_State *L);

#endif
