/* SPDX-License-Identifier: MIT
 * Reading keys, and whether one of an object may have come twice. */
#ifndef LUNAMBDA_JSON_KEY_H
#define LUNAMBDA_JSON_KEY_H

#include "json_reader.h"

enum { JSON_KEY_SET_WORDS = 4 };

/* Which keys an object has had, roughly: for the question whether one came twice. Starts as { 0 }. */
struct json_key_set {
    uint64_t seen[JSON_KEY_SET_WORDS]; /* bits by hash */
    bool may_repeat;                   /* false: all keys so far are different */
};

/* As json_string_read; the key is noted in the set. */
const char *json_key_read(struct json_reader *r, const char *p, struct json_key_set *set);

#endif
