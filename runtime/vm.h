/* SPDX-License-Identifier: MIT
 * What a fresh Lua state holds: the standard libraries, cjson, lambda.*, and the functions of lambda.boot. */
#ifndef LUNAMBDA_VM_H
#define LUNAMBDA_VM_H

#include "settings.h"

#include <lua.h>

/* The functions that C holds of Lua; their signatures are in lua-lib/lambda/boot.lua. */
enum vm_function { VM_LOAD, VM_DISPATCH, VM_DESCRIBE };

/* Fills the state. settings are copied. Raises. */
void vm_set_up(lua_State *L, const struct settings *settings);

/* Pushes one of the functions. */
void vm_push(lua_State *L, enum vm_function function);

#endif
