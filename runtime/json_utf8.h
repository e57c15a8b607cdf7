/* SPDX-License-Identifier: MIT
 * UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing above U+10FFFF. */
#ifndef LUNAMBDA_JSON_UTF8_H
#define LUNAMBDA_JSON_UTF8_H

#include <stddef.h>

/* What invalid input becomes under replace_invalid_utf8: U+FFFD. */
#define JSON_REPLACEMENT "\xEF\xBF\xBD"
enum { JSON_REPLACEMENT_BYTES = 3, JSON_UTF8_BYTES_MAX = 4 };

/* Judges the sequence at bytes (len > 0): its length, 1 to 4, when well formed; otherwise minus
 * the number of bytes that one U+FFFD stands for (the maximal subpart of the Unicode standard). */
int json_utf8_judge(const char *bytes, size_t len);

/* Writes one code point, at most JSON_UTF8_BYTES_MAX bytes; returns how many. */
size_t json_utf8_put(char *out, unsigned code_point);

#endif
