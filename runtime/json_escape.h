/* SPDX-License-Identifier: MIT
 * Two-byte escapes, \n and the like, many bytes at a time. Both ways copy what is plain (json_scan.h) and
 * translate what has such an escape, until there is something else, or until less than
 * JSON_ESCAPE_SLACK_BYTES are left to read or to write. They return how many bytes they read; *out_len
 * grows by what they wrote. Up to out_cap bytes of out may be overwritten. */
#ifndef LUNAMBDA_JSON_ESCAPE_H
#define LUNAMBDA_JSON_ESCAPE_H

#include <stddef.h>

enum { JSON_ESCAPE_SLACK_BYTES = 18 };

size_t json_escape_undo(char *out, size_t *out_len, size_t out_cap, const char *bytes,
                        size_t len);
size_t json_escape(char *out, size_t *out_len, size_t out_cap, const char *bytes,
                   size_t len);

/* The letter of a byte's two-byte escape, 'n' for a line feed; 0 when it has none. */
char json_escape_letter(char byte);

/* Every way to do it that this build has, for the test that compares them; the first is in use. */
struct json_escape_variant {
    const char *name; /* NULL ends the table */
    size_t (*unescape)(char *out, size_t *out_len, size_t out_cap, const char *bytes,
                       size_t len);
    size_t (*escape)(char *out, size_t *out_len, size_t out_cap, const char *bytes,
                     size_t len);
};
extern const struct json_escape_variant json_escape_variants[];

#endif
