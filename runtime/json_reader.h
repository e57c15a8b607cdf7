/* SPDX-License-Identifier: MIT
 * What the files of the decoder share: a text, a place in it, and what went wrong. The functions
 * take the place where they start and return the place behind what they read, or NULL after
 * json_reader_fail. They may raise (memory, Lua's stack), and own nothing. */
#ifndef LUNAMBDA_JSON_READER_H
#define LUNAMBDA_JSON_READER_H

#include "json.h"
#include "json_error.h"

#include <stdint.h>

enum {
    /* Longer strings with escapes are put together in a userdata. */
    JSON_SCRATCH_BYTES = 1024,
    JSON_SEEN_PLACES = 256,      /* a power of two */
    JSON_SEEN_FROM_BYTES = 8192, /* shorter texts do not repeat enough to pay for it */
    JSON_SEEN_BYTES_MAX = 64,    /* longer strings seldom come back */
};

/* Which keys an object has had, roughly: for the question whether one came twice. Starts as { 0 }. */
enum { JSON_KEY_SET_WORDS = 4 };
struct json_key_set {
    uint64_t seen[JSON_KEY_SET_WORDS]; /* bits by hash */
    bool may_repeat;                   /* false: all keys so far are different */
};

/* A string of the text that was seen lately. */
struct json_seen {
    const char *bytes; /* NULL in an empty place */
    size_t len;
    uint32_t hash; /* json_seen_hash */
    uint16_t next; /* place of the key that came behind this one last time */
    bool is_kept;  /* as a Lua string */
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
const char *json_read_number(struct json_reader *r, const char *p);

/* Reads true, false or null; pushes nothing. */
const char *json_read_word(struct json_reader *r, const char *p, const char *word,
                           size_t len);

/* Pushes the string whose text starts at p, behind the opening quote. */
const char *json_read_string(struct json_reader *r, const char *p);

/* The same for a key, which is noted in the set. */
const char *json_read_key(struct json_reader *r, const char *p, struct json_key_set *set);

/* Prepares for the next function; takes JSON_SEEN_PLACES stack slots from the one given on. */
void json_seen_start(struct json_reader *r, int slot);

/* Pushes the bytes, which stand in the text, as a string; hash is json_seen_hash of them. Those seen
 * more than once are kept at hand. For use where r->array_depth > 0. */
void json_seen_push(struct json_reader *r, const char *bytes, size_t len, uint32_t hash);

/* From the length and the first and last bytes. */
uint32_t json_seen_hash(const char *bytes, size_t len);

#endif
