/* SPDX-License-Identifier: MIT
 * How a verb ends; its exit status too (docs/local.md). */
#ifndef LUNAMBDA_LOCAL_VERDICT_H
#define LUNAMBDA_LOCAL_VERDICT_H

#include "err.h"

enum verdict {
    VERDICT_FINE = 0,
    VERDICT_UNFIT = 1,  /* the function is at fault: Lambda would not run it as it is */
    VERDICT_CANNOT = 2, /* lunambda could not do what was asked */
};

/* Set the message; for `return UNFIT(err, …)`. */
#define UNFIT(err, ...)  ((void)err_set(err, __VA_ARGS__), VERDICT_UNFIT)
#define CANNOT(err, ...) ((void)err_set(err, __VA_ARGS__), VERDICT_CANNOT)

#endif
