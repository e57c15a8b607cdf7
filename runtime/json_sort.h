/* SPDX-License-Identifier: MIT
 * The keys of a table in byte order, for { sort = true }. */
#ifndef LUNAMBDA_JSON_SORT_H
#define LUNAMBDA_JSON_SORT_H

#include <lua.h>

#include <stdbool.h>
#include <stddef.h>

/* Pushes a userdata with the keys of the table at a stack index, sorted by their text in JSON; it
 * is good as long as the table is not changed. False when a key is neither string nor number: then
 * that key is pushed instead. Needs four free stack slots. Raises when memory is short. */
bool json_sort_keys(lua_State *L, int table, size_t *count);

/* Pushes the key at a position (from 0) of the userdata at a stack index. */
void json_sort_push_key(lua_State *L, int keys, size_t position);

#endif
