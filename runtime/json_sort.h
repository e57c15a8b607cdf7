/* SPDX-License-Identifier: MIT
 * The keys of a table in byte order, for { sort = true }. */
#ifndef LUNAMBDA_JSON_SORT_H
#define LUNAMBDA_JSON_SORT_H

#include <lua.h>

#include <stddef.h>

enum json_sort_status {
    JSON_SORT_OK,
    JSON_SORT_NO_KEY, /* a key, on top of the stack, is neither string nor number */
    JSON_SORT_GROWN,  /* a finaliser added keys meanwhile */
};

/* Pushes two values, a table that keeps the keys of the table at a stack index alive, and a userdata with
 * their order, by their text in JSON. Good whatever becomes of the table afterwards. *count may be less
 * than there were at first: a weak table loses keys. Needs five free stack slots; raises when memory is
 * short. When it fails, the caller is to remove what it has left on the stack. */
enum json_sort_status json_sort_keys(lua_State *L, int table, size_t *count);

/* Pushes the key at a position (from 0); keys is the stack index of the userdata. */
void json_sort_push_key(lua_State *L, int keys, size_t position);

#endif
