/* SPDX-License-Identifier: MIT
 * Bytes to Lua values and back, loss-free, strict RFC 8259 (docs/json.md has the rules).
 * Knows Lua and buf; knows nothing of events, files or HTTP. */
#ifndef LUNAMBDA_JSON_H
#define LUNAMBDA_JSON_H

#include "buf.h"

#include <lua.h>

enum { JSON_DEPTH_LIMIT = 1000 }; /* arrays and objects inside each other, both ways */

/* All false or 0 is the default dialect. */
struct json_options {
    /* decode: an integer beyond int64 becomes a string, not a float */
    bool bigint_as_string;
    bool replace_invalid_utf8; /* both ways: U+FFFD instead of an error */
    bool sort;                 /* encode: keys in byte order */
    int indent;                /* encode: spaces per level; 0 for none */
};

/* Prepares a state: metatables into the registry. Before the others; again is harmless. Raises. */
void json_open(lua_State *L);

/* Pushes the value that the text stands for. The text need not end with NUL; it is not kept.
 * Raises a string that names line, column and path. Owns no memory. */
void json_decode(lua_State *L, const char *text, size_t len,
                 const struct json_options *options);

/* Appends the JSON of the value at index to out. Raises a string that names the path, also when
 * out reaches its limit; out is the caller's in any case, half written after a raise. */
void json_encode(lua_State *L, int index, struct buf *out,
                 const struct json_options *options);

/* lua_CFunction: returns the native half of lambda.json (lua-lib/lambda/json.lua). */
int json_library(lua_State *L);

#endif
