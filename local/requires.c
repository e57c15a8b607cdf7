/* SPDX-License-Identifier: MIT */
#include "requires.h"

void requires_init(struct requires *requires, const char *source, size_t len)
{
    *requires = (struct requires){ .tokens = { source, source + len, 1 },
                                   .before = { TOKEN_END, source, 0, 1 } };
}

/* Fields and methods of that name, and definitions of one's own, are none. */
static bool is_another(const struct token *before)
{
    return tokens_is(before, TOKEN_SYMBOL, ".") || tokens_is(before, TOKEN_SYMBOL, ":") ||
           tokens_is(before, TOKEN_NAME, "function") ||
           tokens_is(before, TOKEN_NAME, "goto");
}

static void take_name(struct requires_call *call, const struct token *name,
                      enum requires_kind kind)
{
    call->kind = kind;
    call->name = name->text;
    call->len = name->len;
}

/* What follows the word require. False: it is not called here. */
static bool read_call(struct tokens ahead, const struct token *before,
                      struct requires_call *call)
{
    struct token next = tokens_next(&ahead);
    call->kind = REQUIRES_COMPUTED;
    if (next.kind == TOKEN_STRING) {
        take_name(call, &next, REQUIRES_NAMED);
        return true;
    }
    if (tokens_is(&next, TOKEN_SYMBOL, ",") && tokens_is(before, TOKEN_SYMBOL, "(")) {
        struct token name = tokens_next(&ahead), close = tokens_next(&ahead);
        if (name.kind != TOKEN_STRING || !tokens_is(&close, TOKEN_SYMBOL, ")"))
            return false;
        take_name(call, &name, REQUIRES_TRIED);
        return true;
    }
    if (tokens_is(&next, TOKEN_SYMBOL, "(")) {
        struct token name = tokens_next(&ahead), close = tokens_next(&ahead);
        if (name.kind == TOKEN_STRING && tokens_is(&close, TOKEN_SYMBOL, ")"))
            take_name(call, &name, REQUIRES_NAMED);
        return true;
    }
    return next.kind == TOKEN_OTHER_STRING;
}

bool requires_next(struct requires *requires, struct requires_call *call)
{
    for (;;) {
        struct token before = requires->before;
        struct token token = tokens_next(&requires->tokens);
        if (token.kind == TOKEN_END)
            return false;
        requires->before = token;
        *call = (struct requires_call){ .line = token.line };
        if (tokens_is(&token, TOKEN_NAME, "require") && !is_another(&before) &&
            read_call(requires->tokens, &before, call))
            return true;
    }
}
