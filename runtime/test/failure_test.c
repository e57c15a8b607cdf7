/* SPDX-License-Identifier: MIT
 * The error document without Lua, and the quoting under it. */
#include "check.h"
#include "failure.h"
#include "quote.h"

static void quotes(const char *text, const char *expected)
{
    struct buf out = { .limit = 1000 };
    CHECK(quote_text(&out, text, 100));
    CHECK_TEXT(buf_text(&out), expected);
    buf_free(&out);
}

static void escapes_what_json_wants_escaped_and_nothing_else(void)
{
    quotes("", "\"\"");
    quotes("a\"b\\c/d", "\"a\\\"b\\\\c/d\"");
    quotes("\n\t\x1F\x7F", "\"\\u000a\\u0009\\u001f\x7F\"");
}

static void leaves_utf8_alone_up_to_the_last_character(void)
{
    quotes("caf\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x90\x9C \xF4\x8F\xBF\xBF",
           "\"caf\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x90\x9C \xF4\x8F\xBF\xBF\"");
}

static void replaces_what_is_no_utf8(void)
{
#define FFFD "\xEF\xBF\xBD"
    quotes("a\xFFz", "\"a" FFFD "z\"");
    quotes("\xC3", "\"" FFFD "\"");                            /* cut short by the end */
    quotes("\xC3(", "\"" FFFD "(\"");                          /* no continuation */
    quotes("\xC0\xAF", "\"" FFFD FFFD "\"");                   /* overlong */
    quotes("\xED\xA0\x80", "\"" FFFD FFFD FFFD "\"");          /* surrogate */
    quotes("\xF4\x90\x80\x80", "\"" FFFD FFFD FFFD FFFD "\""); /* beyond U+10FFFF */
}

static void cuts_between_characters(void)
{
    struct buf out = { .limit = 1000 };
    CHECK(quote_text(&out, "ab\xC3\xA9z", 3));
    CHECK_TEXT(buf_text(&out), "\"ab\xC3\xA9\"");
    buf_free(&out);
}

static void writes_the_three_members(void)
{
    struct reply reply = { .body.limit = 1000, .content_type = "text/plain" };
    failure_write(&reply, "Runtime.OutOfMemory", "no \"memory\"");
    CHECK_TEXT(buf_text(&reply.body),
               "{\"errorMessage\":\"no \\\"memory\\\"\","
               "\"errorType\":\"Runtime.OutOfMemory\",\"stackTrace\":[]}");
    CHECK_TEXT(reply.error_type, "Runtime.OutOfMemory");
    CHECK_TEXT(reply.content_type, "");
    buf_free(&reply.body);
}

static void a_document_that_does_not_fit_is_left_empty(void)
{
    struct reply reply = { .body.limit = 30 };
    failure_write(&reply, "Runtime.OutOfMemory", "x");
    CHECK(reply.body.len == 0);
    CHECK_TEXT(reply.error_type, "Runtime.OutOfMemory");
    buf_free(&reply.body);
}

int main(void)
{
    RUN(escapes_what_json_wants_escaped_and_nothing_else);
    RUN(leaves_utf8_alone_up_to_the_last_character);
    RUN(replaces_what_is_no_utf8);
    RUN(cuts_between_characters);
    RUN(writes_the_three_members);
    RUN(a_document_that_does_not_fit_is_left_empty);
    return check_done();
}
