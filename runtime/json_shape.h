/* SPDX-License-Identifier: MIT
 * Whether a table is an array or an object, told by its keys alone. Raw access throughout. */
#ifndef LUNAMBDA_JSON_SHAPE_H
#define LUNAMBDA_JSON_SHAPE_H

#include <lua.h>

enum {
    /* Holes become null as long as there are few: the highest index is at most this, or at least
     * every second element is there. */
    JSON_HOLES_FREE_UP_TO = 10,
};

enum json_shape {
    JSON_SHAPE_ARRAY,  /* keys are whole numbers from 1 on, with few holes */
    JSON_SHAPE_SPARSE, /* the same, with many */
    JSON_SHAPE_OBJECT, /* some key is something else */
};

/* Looks at the keys of the table, not empty, at a stack index until the answer is clear. *length is the highest
 * index of an array. Needs three free stack slots; raises nothing. */
enum json_shape json_shape_find(lua_State *L, int table, lua_Integer *length);

#endif
