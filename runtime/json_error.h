/* SPDX-License-Identifier: MIT
 * Where something is, in words: "line 3, column 17 ($.Records[3].body)". Nothing here runs before
 * something has gone wrong. Whatever the input, the words are valid UTF-8 on one line. */
#ifndef LUNAMBDA_JSON_ERROR_H
#define LUNAMBDA_JSON_ERROR_H

#include "buf.h"

#include <stdbool.h>
#include <stddef.h>

enum {
    JSON_PATH_LIMIT_BYTES = 240,    /* a longer path ends with "..." */
    JSON_KEY_SHOWN_BYTES = 40,      /* of one key in a path */
    JSON_PROBLEM_LIMIT_BYTES = 160, /* what is wrong, without the place */
};

struct json_path {
    char text[JSON_PATH_LIMIT_BYTES + 8]; /* NUL-terminated */
    size_t len;
    bool cut; /* something did not fit: what follows is not shown either */
};

/* "$", the whole. */
void json_path_start(struct json_path *path);

/* .name, or ["…"] for a key that is no identifier. */
void json_path_key(struct json_path *path, const char *key, size_t len);

/* [index] */
void json_path_index(struct json_path *path, long long index);

struct json_place {
    size_t line, column; /* from 1; the column counts characters */
    struct json_path path;
};

/* Finds the place of text[offset]. Everything before offset is known to be well formed, but for a
 * string that may still be open. Array elements count from 0, as in JSONPath. */
void json_place_find(struct json_place *place, const char *text, size_t offset);

#endif
