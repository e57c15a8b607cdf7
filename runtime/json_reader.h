/* SPDX-License-Identifier: MIT
 * What the files of the decoder share: a text, a place in it, and what went wrong. The functions
 * take the place where they start and return the place behind what they read, or NULL after
 * json_reader_fail. They may raise (memory, Lua's stack), and own nothing. */
#ifndef LUNAMBDA_JSON_READER_H
#define LUNAMBDA_JSON_READER_H

#include "json.h"
#include "json_error.h"

enum { JSON_SCRATCH_BYTES = 1024 }; /* longer strings with escapes are put together in a userdata */

struct json_reader {
    lua_State *L;
    const char *text, *end;
    const struct json_options *options;
    const char *failed_at;
    int depth;        /* of open arrays and objects */
    int array_mt;     /* stack index of the metatable of arrays */
    int scratch_slot; /* stack index of the userdata; nil while there is none */
    size_t scratch_cap;
    char *scratch;
    char problem[JSON_PROBLEM_LIMIT_BYTES];
    char first_scratch[JSON_SCRATCH_BYTES];
};

/* Notes what is wrong at a place; returns NULL, so that a failing function ends with it. */
const char *json_reader_fail(struct json_reader *r, const char *at, const char *format, ...)
    PRINTF_LIKE(3, 4);

/* The same where `expected` should be, naming what is there instead. */
const char *json_reader_unexpected(struct json_reader *r, const char *at, const char *expected);

/* Pushes the string whose text starts at p, behind the opening quote. */
const char *json_read_string(struct json_reader *r, const char *p);

#endif
