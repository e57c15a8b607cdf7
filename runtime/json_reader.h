/* SPDX-License-Identifier: MIT
 * What the files of the decoder share: a text, a place in it, what went wrong; and the scalars but strings.
 * The functions take the place where they start and return the place behind what they read, or NULL after
 * json_reader_fail. They may raise (memory, Lua's stack), and own nothing. */
#ifndef LUNAMBDA_JSON_READER_H
#define LUNAMBDA_JSON_READER_H

#include "json.h"
#include "json_error.h"
#include "json_seen.h"

enum {
    /* Longer strings with escapes are put together in a userdata. */
    JSON_SCRATCH_BYTES = 1024,
};

struct json_reader {
    lua_State *L;
    const char *text, *end;
    const struct json_options *options;
    const char *failed_at;
    int depth;       /* of open arrays and objects */
    int array_depth; /* of open arrays, in which things repeat; 0 in a short text */
    int array_mt;    /* stack index of the metatable of arrays */
    bool counts_arrays;
    int scratch_slot; /* stack index of the userdata; nil while there is none */
    int key_place;    /* in seen, of the key read last */
    int seen_slot;    /* seen[i] as a Lua string has the stack index seen_slot + i */
    size_t scratch_cap;
    char *scratch;
    char problem[JSON_PROBLEM_LIMIT_BYTES];
    char first_scratch[JSON_SCRATCH_BYTES];
    struct json_seen seen[JSON_SEEN_PLACES]; /* unset unless counts_arrays */
};

/* Notes what is wrong at a place; returns NULL, so that a failing function ends with it. */
const char *json_reader_fail(struct json_reader *r, const char *at, const char *format,
                             ...) PRINTF_LIKE(3, 4);

/* The same where `expected` should be, naming what is there instead. */
const char *json_reader_unexpected(struct json_reader *r, const char *at,
                                   const char *expected);

/* Pushes the number at p. */
const char *json_reader_number(struct json_reader *r, const char *p);

/* Reads true, false or null; pushes nothing. */
const char *json_reader_word(struct json_reader *r, const char *p, const char *word,
                             size_t len);

#endif
