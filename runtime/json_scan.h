/* SPDX-License-Identifier: MIT
 * Finds the end of the plain part of a string, many bytes at a time. Plain is what stands in JSON
 * as it stands in memory without a second look: ASCII from space on, but not '"' and '\'. */
#ifndef LUNAMBDA_JSON_SCAN_H
#define LUNAMBDA_JSON_SCAN_H

#include <stddef.h>

/* json_scan_copy may write this much behind the len bytes that it was given. */
enum { JSON_SCAN_SLACK_BYTES = 16 };

/* How many of the first len bytes are plain. Reads nothing behind len. */
size_t json_scan_plain(const char *bytes, size_t len);

/* The same, and copies them: out has room for len + JSON_SCAN_SLACK_BYTES, all of which may be
 * overwritten, and does not overlap bytes. */
size_t json_scan_copy(char *out, const char *bytes, size_t len);

/* Every way to do it that this build has, for the test that compares them; the first is in use. */
struct json_scan_variant {
    const char *name; /* NULL ends the table */
    size_t (*plain)(const char *bytes, size_t len);
    size_t (*copy)(char *out, const char *bytes, size_t len);
};
extern const struct json_scan_variant json_scan_variants[];

#endif
