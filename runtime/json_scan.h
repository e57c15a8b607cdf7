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

/* The same again, two-byte escapes like \n included, which become the byte that they stand for: copies
 * until there is something else, or until no more than the slack is left to read or to write.
 * Returns how many bytes it read; *out_len grows by what it wrote, which is never more than out_cap. */
size_t json_scan_unescape(char *out, size_t *out_len, size_t out_cap, const char *bytes,
                          size_t len);

/* The way back: copies plain bytes and writes those that have a two-byte escape as that; otherwise as
 * json_scan_unescape. */
size_t json_scan_escape(char *out, size_t *out_len, size_t out_cap, const char *bytes, size_t len);

/* The letter of a byte's two-byte escape, 'n' for a line feed; 0 when it has none. */
char json_scan_escape_letter(char byte);

/* Every way to do it that this build has, for the test that compares them; the first is in use. */
struct json_scan_variant {
    const char *name; /* NULL ends the table */
    size_t (*plain)(const char *bytes, size_t len);
    size_t (*copy)(char *out, const char *bytes, size_t len);
    size_t (*unescape)(char *out, size_t *out_len, size_t out_cap, const char *bytes, size_t len);
    size_t (*escape)(char *out, size_t *out_len, size_t out_cap, const char *bytes, size_t len);
};
extern const struct json_scan_variant json_scan_variants[];

#endif
