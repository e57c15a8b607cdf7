/* SPDX-License-Identifier: MIT
 * Lists of Lua as what exec takes: arrays that end with NULL. An array is pushed, and lives as long as it is on the
 * stack; its strings live as long as the list does, or the environment. */
#ifndef LUNAMBDA_NATIVE_SPAWN_H
#define LUNAMBDA_NATIVE_SPAWN_H

#include <lua.h>

/* The strings of the list at that index. Raises. */
char *const *native_spawn_words(lua_State *L, int index);

/* Our environment without the names that are keys of the table `hidden`, and then the strings of the list, which are
 * NAME=value. Raises. */
char *const *native_spawn_environment(lua_State *L, int list, int hidden);

#endif
