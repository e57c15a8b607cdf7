/* SPDX-License-Identifier: MIT
 * Which modules a Lua source requires, found without running it. */
#ifndef LUNAMBDA_LOCAL_REQUIRES_H
#define LUNAMBDA_LOCAL_REQUIRES_H

#include "tokens.h"

enum requires_kind {
    REQUIRES_NAMED,    /* require "x", require("x") */
    REQUIRES_TRIED,    /* pcall(require, "x"): it may be missing */
    REQUIRES_COMPUTED, /* require(x): only the running program knows */
};

struct requires_call {
    enum requires_kind kind;
    const char *
        name; /* borrowed from the source, not NUL-terminated; for REQUIRES_COMPUTED nothing */
    size_t len;
    int line;
};

struct requires
{
    struct tokens tokens;
    struct token before; /* the token before the next */
};

void requires_init(struct requires *requires, const char *source, size_t len);

/* The next call; false: no more. */
bool requires_next(struct requires *requires, struct requires_call *call);

#endif
