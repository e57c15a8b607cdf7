/* SPDX-License-Identifier: MIT
 * Lua source as tokens (manual §3.1), as far as it takes to find the calls of require. */
#ifndef LUNAMBDA_LOCAL_TOKENS_H
#define LUNAMBDA_LOCAL_TOKENS_H

#include <stdbool.h>
#include <stddef.h>

enum token_kind {
    TOKEN_END,
    TOKEN_NAME,   /* keywords too */
    TOKEN_STRING, /* text is what it stands for: it has no escapes */
    TOKEN_OTHER_STRING,
    TOKEN_NUMBER,
    TOKEN_SYMBOL, /* text is one character, or a run of dots */
};

/* Text is borrowed from the source. */
struct token {
    enum token_kind kind;
    const char *text;
    size_t len;
    int line; /* of its first character, from 1 */
};

/* Starts as { source, source + len, 1 }; may be copied, to look ahead. */
struct tokens {
    const char *at, *end;
    int line;
};

/* The next one. Whatever the source, it ends with TOKEN_END, and stays there. */
struct token tokens_next(struct tokens *tokens);

bool tokens_is(const struct token *token, enum token_kind kind, const char *text);

#endif
