/* SPDX-License-Identifier: MIT
 * Reading strings. */
#ifndef LUNAMBDA_JSON_STRING_H
#define LUNAMBDA_JSON_STRING_H

#include "json_reader.h"

/* Pushes the string whose text starts at p, behind the opening quote. Returns and raises as json_reader.h says. */
const char *json_string_read(struct json_reader *r, const char *p);

#endif
