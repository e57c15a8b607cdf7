/* SPDX-License-Identifier: MIT */
#include "tokens.h"

#include <string.h>

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_name(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || is_digit(c);
}

static size_t left(const struct tokens *tokens)
{
    return (size_t)(tokens->end - tokens->at);
}

static bool has(const struct tokens *tokens, const char *text)
{
    size_t len = strlen(text);
    return left(tokens) >= len && memcmp(tokens->at, text, len) == 0;
}

static void skip(struct tokens *tokens, size_t count)
{
    for (; count > 0 && tokens->at < tokens->end; count--)
        tokens->line += *tokens->at++ == '\n';
}

/* How long the opening long bracket here is: 2 for [[, 3 for [=[; 0 for none. */
static size_t bracket_len(const struct tokens *tokens)
{
    const char *at = tokens->at;
    if (at == tokens->end || *at++ != '[')
        return 0;
    while (at < tokens->end && *at == '=')
        at++;
    return at < tokens->end && *at == '[' ? (size_t)(at - tokens->at) + 1 : 0;
}

/* From an opening long bracket to behind the closing one. The text is what is between, without a first newline. */
static void skip_long(struct tokens *tokens, struct token *token)
{
    size_t len = bracket_len(tokens);
    skip(tokens, len);
    if (has(tokens, "\r\n") || has(tokens, "\n\r"))
        skip(tokens, 2);
    else if (has(tokens, "\n") || has(tokens, "\r"))
        skip(tokens, 1);
    token->text = tokens->at;
    for (; tokens->at < tokens->end; skip(tokens, 1)) {
        size_t equals = 0;
        if (*tokens->at != ']')
            continue;
        while (equals + 1 < left(tokens) && tokens->at[equals + 1] == '=')
            equals++;
        if (equals + 2 == len && len <= left(tokens) && tokens->at[len - 1] == ']')
            break;
    }
    token->len = (size_t)(tokens->at - token->text);
    skip(tokens, len);
}

static void skip_short(struct tokens *tokens, struct token *token)
{
    char quote = *tokens->at;
    skip(tokens, 1);
    token->text = tokens->at;
    while (tokens->at < tokens->end && *tokens->at != quote && *tokens->at != '\n') {
        if (*tokens->at == '\\') {
            token->kind = TOKEN_OTHER_STRING;
            skip(tokens, has(tokens, "\\\r\n") ? 2 : 1);
        }
        skip(tokens, 1);
    }
    token->len = (size_t)(tokens->at - token->text);
    if (tokens->at < tokens->end && *tokens->at == quote)
        skip(tokens, 1);
}

static void skip_blank(struct tokens *tokens)
{
    struct token comment;
    for (;;) {
        if (tokens->at < tokens->end && strchr(" \t\r\n\f\v", *tokens->at) &&
            *tokens->at) {
            skip(tokens, 1);
        } else if (has(tokens, "--")) {
            skip(tokens, 2);
            if (bracket_len(tokens) > 0)
                skip_long(tokens, &comment);
            else
                while (tokens->at < tokens->end && *tokens->at != '\n')
                    skip(tokens, 1);
        } else {
            return;
        }
    }
}

/* As Lua reads them: 0x1p-4 and 3..2 (an error there) are each one. */
static bool goes_on_as_number(const char *at)
{
    return is_name(*at) || *at == '.' ||
           ((*at == '+' || *at == '-') && strchr("eEpP", at[-1]) != NULL);
}

struct token tokens_next(struct tokens *tokens)
{
    skip_blank(tokens);
    struct token token = { TOKEN_END, tokens->at, 0, tokens->line };
    if (tokens->at == tokens->end)
        return token;
    char first = *tokens->at;
    bool is_fraction = first == '.' && left(tokens) > 1 && is_digit(tokens->at[1]);
    if (first == '"' || first == '\'') {
        token.kind = TOKEN_STRING;
        skip_short(tokens, &token);
        return token;
    }
    if (bracket_len(tokens) > 0) {
        token.kind = TOKEN_STRING;
        skip_long(tokens, &token);
        return token;
    }
    skip(tokens, 1);
    if (is_digit(first) || is_fraction) {
        token.kind = TOKEN_NUMBER;
        while (tokens->at < tokens->end && goes_on_as_number(tokens->at))
            skip(tokens, 1);
    } else if (is_name(first)) {
        token.kind = TOKEN_NAME;
        while (tokens->at < tokens->end && is_name(*tokens->at))
            skip(tokens, 1);
    } else {
        token.kind = TOKEN_SYMBOL;
        while (first == '.' && tokens->at < tokens->end && *tokens->at == '.')
            skip(tokens, 1);
    }
    token.len = (size_t)(tokens->at - token.text);
    return token;
}

bool tokens_is(const struct token *token, enum token_kind kind, const char *text)
{
    return token->kind == kind && token->len == strlen(text) &&
           memcmp(token->text, text, token->len) == 0;
}
