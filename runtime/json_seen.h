/* SPDX-License-Identifier: MIT
 * Strings that come back in a text, kept as Lua strings. Raises as json_reader.h says; owns nothing. */
#ifndef LUNAMBDA_JSON_SEEN_H
#define LUNAMBDA_JSON_SEEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    JSON_SEEN_PLACES = 256,      /* a power of two */
    JSON_SEEN_FROM_BYTES = 8192, /* shorter texts do not repeat enough to pay for it */
    JSON_SEEN_BYTES_MAX = 64,    /* longer strings seldom come back */
};

/* A string of the text that was seen lately. */
struct json_seen {
    const char *bytes; /* NULL in an empty place */
    size_t len;
    uint32_t hash; /* json_seen_hash */
    uint16_t next; /* place of the key that came behind this one last time */
    bool is_kept;  /* as a Lua string */
};

struct json_reader;

/* Prepares for the next function; takes JSON_SEEN_PLACES stack slots from the one given on. */
void json_seen_start(struct json_reader *r, int slot);

/* Pushes the bytes, which stand in the text, as a string; hash is json_seen_hash of them. Those seen
 * more than once are kept at hand. For use where r->array_depth > 0. */
void json_seen_push(struct json_reader *r, const char *bytes, size_t len, uint32_t hash);

/* From the length and the first and last bytes. */
uint32_t json_seen_hash(const char *bytes, size_t len);

#endif
