/* SPDX-License-Identifier: MIT
 * A message on its way up: built where the knowledge is, each floor adding what it was doing. */
#ifndef LUNAMBDA_ERR_H
#define LUNAMBDA_ERR_H

#include "buf.h"

enum { ERR_LIMIT_BYTES = 1024 };

/* Starts as { "" }. Text beyond the limit is cut. */
struct err {
    char text[ERR_LIMIT_BYTES];
};

/* Sets the message; false, so that a failing function ends with `return err_set(…)`. */
bool err_set(struct err *err, const char *format, ...) PRINTF_LIKE(2, 3);

/* Puts "doing: " before the message; false. */
bool err_while(struct err *err, const char *doing);

#endif
