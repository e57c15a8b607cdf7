/* SPDX-License-Identifier: MIT
 * What an option's value may be. */
#ifndef LUNAMBDA_LOCAL_VALUES_H
#define LUNAMBDA_LOCAL_VALUES_H

#include "buf.h"
#include "err.h"

enum {
    /* --client-context in base64, --trace as it stands: Lambda's own limit */
    OPTIONS_HEADER_LIMIT_BYTES = 3583,
};

/* False: err names the option, what it takes, and what it got. */
MUST_CHECK bool values_number(const char *name, const char *text, long least, long most,
                              long *number, struct err *err);

/* The same for seconds with decimals, from 0.001 to most_s; *us gets microseconds. */
MUST_CHECK bool values_seconds(const char *name, const char *text, int most_s,
                               long long *us, struct err *err);

/* What travels in a header. */
MUST_CHECK bool values_client_context(const char *text, struct err *err);
MUST_CHECK bool values_trace(const char *text, struct err *err);

#endif
