/* SPDX-License-Identifier: MIT */
#include "check.h"
#include "requires.h"

#include <stdint.h>
#include <stdlib.h>

enum { TEXT_BYTES = 512, ROUNDS = 20000 };

/* All calls of a source, as "1 named a; 2 tried b; 3 computed". */
static const char *calls_of(const char *source, size_t len)
{
    static char text[TEXT_BYTES];
    static const char *const kinds[] = { [REQUIRES_NAMED] = "named",
                                         [REQUIRES_TRIED] = "tried",
                                         [REQUIRES_COMPUTED] = "computed" };
    struct requires requires;
    struct requires_call call;
    size_t at = 0;
    text[0] = '\0';
    requires_init(&requires, source, len);
    while (requires_next(&requires, &call) && at < sizeof text)
        at +=
            (size_t)snprintf(text + at, sizeof text - at, "%s%d %s%s%.*s", at ? "; " : "",
                             call.line, kinds[call.kind], call.len ? " " : "",
                             (int)call.len, call.len ? call.name : "");
    return text;
}

static const char *calls(const char *source)
{
    return calls_of(source, strlen(source));
}

static void finds_each_way_to_write_it(void)
{
    CHECK_TEXT(calls("local a = require \"a\""), "1 named a");
    CHECK_TEXT(calls("require('a.b')require'c'"), "1 named a.b; 1 named c");
    CHECK_TEXT(calls("require [[a]]\nrequire([==[\nb]==])"), "1 named a; 2 named b");
    CHECK_TEXT(calls("require -- which\n ( --[[ this ]] 'a' --[==[ one ]] ]==]\n)"),
               "1 named a");
    CHECK_TEXT(calls("local ok, m = pcall(require, 'a')"), "1 tried a");
    CHECK_TEXT(calls("return require(\"a\").b(require 'c')"), "1 named a; 1 named c");
    CHECK_TEXT(calls("x = 1 ..require'a'..'b'"), "1 named a");
}

static void tells_names_that_are_computed(void)
{
    CHECK_TEXT(calls("\n\nrequire(name)"), "3 computed");
    CHECK_TEXT(calls("require('a.' .. name)"), "1 computed");
    CHECK_TEXT(calls("require('a' or name)"), "1 computed");
    CHECK_TEXT(calls("require '\\97'"), "1 computed");
    CHECK_TEXT(calls("require(require 'names')"), "1 computed; 1 named names");
}

static void leaves_what_is_no_call(void)
{
    CHECK_TEXT(calls("local require = require"), "");
    CHECK_TEXT(calls("local function require(x) end"), "");
    CHECK_TEXT(calls("loader.require('a') loader:require 'b'"), "");
    CHECK_TEXT(calls("-- require 'a'\n--[[ require 'b' ]] --[=[\n]] require 'c'\n]=]"),
               "");
    CHECK_TEXT(calls("local s = \"require 'a'\" .. [[require 'b']]"), "");
    CHECK_TEXT(calls("local s = 'it\\'s' .. \"require 'a'\""), "");
    CHECK_TEXT(calls("requires 'a' _require 'b' require2 'c'"), "");
}

static void counts_lines_as_lua_does(void)
{
    CHECK_TEXT(calls("local s = [[\n\n]]\nlocal t = 'a\\\nb\\z\n  c'\r\nrequire 'a'"),
               "7 named a");
    CHECK_TEXT(calls("--[[\n\n]] require 'a'"), "3 named a");
}

static void ends_whatever_the_text(void)
{
    static const char *const pieces[] = { "require", "'",  "\"", "[[", "]]", "[=[",
                                          "]=]",     "--", "\n", "\\", "(",  ")",
                                          ",",       ".",  "a",  "0x", "1e", "\r",
                                          "pcall(",  " ",  "]",  "[" };
    char source[TEXT_BYTES];
    uint32_t state = 7;
    for (int i = 0; i < ROUNDS; i++) {
        size_t len = 0;
        for (int k = 0; k < 24; k++) {
            state = state * 1664525U + 1013904223U;
            const char *piece = pieces[(state >> 8) % (sizeof pieces / sizeof *pieces)];
            memcpy(source + len, piece, strlen(piece));
            len += strlen(piece);
        }
        char *copy = malloc(len); /* so that a byte too many is seen */
        if (!copy)
            abort();
        memcpy(copy, source, len);
        struct tokens tokens = { copy, copy + len, 1 };
        size_t count = 0;
        while (tokens_next(&tokens).kind != TOKEN_END && count <= len)
            count++;
        CHECK(count <= len);
        CHECK(strlen(calls_of(copy, len)) < TEXT_BYTES);
        free(copy);
    }
}

int main(void)
{
    RUN(finds_each_way_to_write_it);
    RUN(tells_names_that_are_computed);
    RUN(leaves_what_is_no_call);
    RUN(counts_lines_as_lua_does);
    RUN(ends_whatever_the_text);
    return check_done();
}
