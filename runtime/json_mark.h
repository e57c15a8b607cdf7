/* SPDX-License-Identifier: MIT
 * Marks: metatables, shared by all tables of a kind and kept in the registry, that tell what a
 * table is in JSON when its keys do not. */
#ifndef LUNAMBDA_JSON_MARK_H
#define LUNAMBDA_JSON_MARK_H

#include <lua.h>

enum json_mark {
    JSON_MARK_ARRAY,
    JSON_MARK_OBJECT,
    JSON_MARK_RAW,   /* text at [1], copied as it stands */
    JSON_MARK_COUNT, /* no mark */
};

/* Pushes the metatable. Raises when json_open has not been called for this state. */
void json_mark_push(lua_State *L, enum json_mark mark);

#endif
