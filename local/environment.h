/* SPDX-License-Identifier: MIT
 * The environment that bootstrap starts with: what Lambda sets, over what the user has. */
#ifndef LUNAMBDA_LOCAL_ENVIRONMENT_H
#define LUNAMBDA_LOCAL_ENVIRONMENT_H

#include "options.h"
#include "target.h"

struct environment {
    char **entries; /* "NAME=value" each, NULL at the end; owned */
    size_t count;
    size_t cap;
};

/* Checks each --env: NAME=VALUE, and a name that is the function's to set.
 * False: err says which is wrong and what to use instead. */
MUST_CHECK bool environment_check(const struct options *options, struct err *err);

/* Fills a { 0 } environment. runtime_folder is where bootstrap lies, port our Runtime API's.
 * False: out of memory; environment_free is due in either case. */
MUST_CHECK bool environment_build(struct environment *environment,
                                  const struct options *options,
                                  const struct target *target, const char *runtime_folder,
                                  unsigned port, struct err *err);

void environment_free(struct environment *environment);

#endif
