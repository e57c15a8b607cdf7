/* SPDX-License-Identifier: MIT
 * AWS_LAMBDA_EXEC_WRAPPER: a program, usually of a layer, that prepares the environment and then executes
 * its arguments, the runtime (https://docs.aws.amazon.com/lambda/latest/dg/runtimes-modify.html). */
#ifndef LUNAMBDA_WRAPPER_H
#define LUNAMBDA_WRAPPER_H

#include "err.h"

/* Becomes the wrapper, which is handed our own path and argv[1]…, and starts us again; that second time, and
 * when wrapper is NULL, nothing happens. False with a message when it cannot be executed. */
MUST_CHECK bool wrapper_enter(const char *wrapper, int argc, char **argv,
                              struct err *err);

#endif
