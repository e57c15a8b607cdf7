/* SPDX-License-Identifier: MIT
 * The functions that a handler asked to be called at the turns of the runtime's life: lists that
 * lua-lib/lambda/lifecycle.lua fills and C reads. Reading allocates nothing and cannot raise. */
#ifndef LUNAMBDA_HOOKS_H
#define LUNAMBDA_HOOKS_H

#include <lua.h>

#include <stdbool.h>

/* lifecycle.lua finds the numbers in the table, under these names without HOOK_. The lists are in the order in which they are run. */
enum hook {
    HOOK_SHUTDOWN = 1,    /* last registered first */
    HOOK_AFTER_EACH,      /* after every answer */
    HOOK_AFTER_THIS,      /* after the answer to the present event */
    HOOK_BEFORE_SNAPSHOT, /* last registered first */
    HOOK_AFTER_RESTORE,
};

/* Pushes the table of the lists, the same for the life of the state. Raises. Returns 1. */
int hooks_library(lua_State *L);

/* Whether there is a function with this number, from 1, in the list. */
bool hooks_have(lua_State *L, enum hook hook, int number);

/* Calls that function, which hooks_have. Raises what it raises. */
void hooks_call(lua_State *L, enum hook hook, int number);

/* Forgets a list. */
void hooks_drop(lua_State *L, enum hook hook);

#endif
