/* SPDX-License-Identifier: MIT */
#include "check.h"
#include "document.h"

enum { LIMIT_BYTES = 4096 };

static void escapes_what_json_escapes(void)
{
    struct buf out = { .limit = LIMIT_BYTES };
    CHECK(document_write(&out, "Runtime.ExitError", "a \"b\" \\ \n caf\xc3\xa9"));
    CHECK_TEXT(buf_text(&out),
               "{\"errorType\":\"Runtime.ExitError\","
               "\"errorMessage\":\"a \\\"b\\\" \\\\ \\u000a caf\xc3\xa9\"}");
    buf_free(&out);
}

/* What document_show makes of the text, in a buffer that the next call reuses. */
static const char *shown(const char *text)
{
    static struct buf out = { .limit = LIMIT_BYTES };
    buf_clear(&out);
    if (!document_show(&out, text, strlen(text)))
        return "(failed)";
    return buf_text(&out);
}

static void shows_type_message_and_frames(void)
{
    CHECK_TEXT(shown("{ \"errorMessage\": \"no file\", \"errorType\": \"Runtime.X\",\n"
                     "  \"stackTrace\": [\"a.lua:1: in f\", \"b\"] }"),
               "Runtime.X: no file\n  a.lua:1: in f\n  b\n");
    CHECK_TEXT(shown("{\"errorMessage\":\"m\",\"stackTrace\":[]}"), "m\n");
}

static void passes_over_other_members(void)
{
    CHECK_TEXT(
        shown("{\"data\":{\"errorMessage\":\"inner\",\"l\":[1,{\"k\":null}],\"s\":\"}\"},"
              "\"n\":-1.5e3,\"errorMessage\":\"outer\"}"),
        "outer\n");
}

static void decodes_escapes(void)
{
    CHECK_TEXT(
        shown("{\"errorMessage\":\"a\\n\\t\\\"\\u00e9\\u20ac\\ud83d\\ude00\\ud83dz\"}"),
        "a\n\t\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\xef\xbf\xbdz\n");
}

static void shows_anything_else_as_it_stands(void)
{
    static const char *const others[] = {
        "",
        "null",
        "[1]",
        "{",
        "{\"errorMessage\"",
        "{\"errorMessage\":1}",
        "{\"errorMessage\":\"cut",
        "{\"errorMessage\":\"\\u12",
        "{\"errorMessage\":\"\\",
        "{\"a\":[[[[",
        "{}",
        "{\"errorType\":\"T\"}",
        "{\"errorMessage\":\"m\",}",
    };
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        char expected[64];
        (void)snprintf(expected, sizeof expected, "%s\n", others[i]);
        CHECK_TEXT(shown(others[i]), expected);
    }
}

static void survives_deep_nesting(void)
{
    char text[2048] = "{\"a\":";
    memset(text + 5, '[', 2000);
    text[2005] = '\0';
    CHECK(strlen(shown(text)) == strlen(text) + 1);
}

int main(void)
{
    RUN(escapes_what_json_escapes);
    RUN(shows_type_message_and_frames);
    RUN(passes_over_other_members);
    RUN(decodes_escapes);
    RUN(shows_anything_else_as_it_stands);
    RUN(survives_deep_nesting);
    return check_done();
}
