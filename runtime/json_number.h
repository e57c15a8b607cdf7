/* SPDX-License-Identifier: MIT
 * Numbers between text and memory, exactly, whatever os.setlocale said: no decimal point ever
 * passes through the C library. Knows nothing of Lua. */
#ifndef LUNAMBDA_JSON_NUMBER_H
#define LUNAMBDA_JSON_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum json_number_kind {
    JSON_NUMBER_INTEGER, /* in integer */
    JSON_NUMBER_FLOAT,   /* in real */
    JSON_NUMBER_BIG,     /* an integer literal beyond int64; its nearest double in real */
    JSON_NUMBER_TOO_LARGE, /* beyond double */
    JSON_NUMBER_MALFORMED, /* end is where the grammar was left */
};

struct json_number {
    enum json_number_kind kind;
    int64_t integer;
    double real;
    const char *end; /* behind the literal */
};

/* Reads the longest literal of RFC 8259 at text (before end). "-0" is the float -0.0. */
void json_number_read(struct json_number *number, const char *text, const char *end);

enum { JSON_NUMBER_BYTES_MAX = 40 }; /* no number is written longer */

/* Writes it, without a NUL; returns the length. */
size_t json_number_write_integer(char out[JSON_NUMBER_BYTES_MAX], int64_t integer);

/* Writes a finite number as the shortest text that reads back equal: whole numbers up to 2^53
 * without a fraction, all above with an exponent, so that they stay floats. */
size_t json_number_write_real(char out[JSON_NUMBER_BYTES_MAX], double real);

/* 5^0 to 5^27, all that fit into 64 bits: for the two halves, reading and writing. */
enum { JSON_POWER_OF_FIVE_MAX = 27 };
extern const uint64_t json_powers_of_five[JSON_POWER_OF_FIVE_MAX + 1];

#endif
