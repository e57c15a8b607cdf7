/* SPDX-License-Identifier: MIT
 * A small library of the kind that one has already: it knows nothing of Lua, and nothing of Lambda. */
#ifndef COURIER_H
#define COURIER_H

#include <stddef.h>

struct courier;

/* For one service of AWS. NULL without memory. */
struct courier *courier_open(const char *service);

void courier_close(struct courier *courier);

/* Writes the credential scope that signed requests of that day carry (YYYYMMDD): "KEY/DAY/REGION/SERVICE/aws4_request".
 * Reads AWS_ACCESS_KEY_ID and AWS_REGION at each call, for they may be replaced at any time. Returns NULL, or what
 * was wrong. */
const char *courier_scope(const struct courier *courier, const char *day, char *text,
                          size_t size);

#endif
