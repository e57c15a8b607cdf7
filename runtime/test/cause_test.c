/* SPDX-License-Identifier: MIT
 * The X-Ray cause without Lua, what is taken over from Lua, and the quoting under both. */
#include "cause.h"
#include "check.h"
#include "failure.h"
#include "quote.h"

#include <stdlib.h>
#include <unistd.h>

static void quotes(enum quote_form form, const char *text, size_t room_bytes,
                   const char *expected)
{
    struct buf out = { .limit = 1000 };
    CHECK(buf_puts(&out, "<"));
    CHECK(quote_put(&out, form, text, strlen(text), room_bytes));
    CHECK(out.len - 1 <= room_bytes);
    CHECK_TEXT(buf_text(&out) + 1, expected);
    buf_free(&out);
}

static void ascii_is_all_that_a_header_holds(void)
{
    quotes(QUOTE_ASCII, "", 100, "");
    quotes(QUOTE_ASCII, "a\"b\\c/d ~", 100, "a\\\"b\\\\c/d ~");
    quotes(QUOTE_ASCII, "\r\n\t\x01\x1F\x7F", 100,
           "\\u000d\\u000a\\u0009\\u0001\\u001f\\u007f");
    quotes(QUOTE_ASCII, "caf\xC3\xA9 \xE2\x82\xAC", 100, "caf\\u00e9 \\u20ac");
    quotes(QUOTE_ASCII, "\xF0\x9F\x90\x9C\xF4\x8F\xBF\xBF\xEF\xBF\xBF", 100,
           "\\ud83d\\udc1c\\udbff\\udfff\\uffff");
    quotes(QUOTE_ASCII, "\xFF\xED\xA0\x80\xC3", 100,
           "\\ufffd\\ufffd\\ufffd\\ufffd\\ufffd");
}

static void what_does_not_fit_ends_with_a_mark(void)
{
    quotes(QUOTE_JSON, "0123456789", 10, "0123456789");
    quotes(QUOTE_JSON, "0123456789x", 10, "01...(cut)");
    quotes(QUOTE_JSON, "0123456789x", 8, "...(cut)");
    quotes(QUOTE_JSON, "\"\"\"\"\"\"", 11, "\\\"...(cut)");
    quotes(QUOTE_JSON, "\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9", 11,
           "\xC3\xA9...(cut)");
    quotes(QUOTE_JSON, "\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9", 12,
           "\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9");
    quotes(QUOTE_ASCII, "ab\xC3\xA9\xC3\xA9\xC3\xA9", 19, "ab\\u00e9...(cut)");
    quotes(QUOTE_LINE, "ab\ncd\nef\ngh", 10, "ab...(cut)");
}

/* Every room, every kind of character: never beyond the room, never half a character. */
static void no_room_is_ever_exceeded(void)
{
    static const char text[] = "a\"\n\x7F\xC3\xA9\xE2\x82\xAC\xF0\x9F\x90\x9C\xFF"
                               "plain text goes in one piece\xF0\x9F\x90\x9C\\\\\\\\";
    for (size_t room = sizeof QUOTE_MARK - 1; room < 300; room++)
        for (enum quote_form form = QUOTE_JSON; form <= QUOTE_LINE; form++) {
            struct buf out = { .limit = 1000 };
            CHECK(quote_put(&out, form, text, sizeof text - 1, room));
            CHECK(out.len <= room);
            CHECK(form != QUOTE_ASCII ||
                  !strpbrk(buf_text(&out), "\n\x7F\xC3\xE2\xF0\xEF"));
            buf_free(&out);
        }
}

static void a_quoting_without_memory_says_so(void)
{
    struct buf out = { .limit = 4 };
    CHECK(!quote_put(&out, QUOTE_JSON, "12345", 5, 100));
    CHECK(!quote_put(&out, QUOTE_JSON, "\n", 1, 100));
    buf_free(&out);
}

static void a_failure_has_one_exception_and_no_frames(void)
{
    static struct reply reply = { .body.limit = 1000 };
    CHECK(chdir("/") == 0);
    failure_write(&reply, "Runtime.OutOfMemory", "caf\xC3\xA9\n\xFF");
    CHECK_TEXT(
        reply.cause,
        "{\"exceptions\":[{\"message\":\"caf\\u00e9\\u000a\\ufffd\",\"stack\":[],"
        "\"type\":\"Runtime.OutOfMemory\"}],\"paths\":[],\"working_directory\":\"/\"}");
    buf_free(&reply.body);
}

static void a_failures_cause_needs_no_memory(void)
{
    static struct reply reply; /* a body that takes nothing */
    failure_write(&reply, "Runtime.OutOfMemory", "none");
    CHECK(reply.body.len == 0);
    CHECK(strncmp(reply.cause, "{\"exceptions\":[{\"message\":\"none\"", 32) == 0);
}

static void a_long_message_is_cut_in_the_cause(void)
{
    static struct reply reply;
    static char message[200000], type[200000];
    memset(message, '\n', sizeof message - 1);
    memset(type, '\xFF', sizeof type - 1);
    cause_write(&reply, type, message);
    CHECK(strlen(reply.cause) > CAUSE_LIMIT_BYTES / 2 &&
          strlen(reply.cause) < CAUSE_LIMIT_BYTES);
    CHECK(strstr(reply.cause, "\\u000a...(cut)\",\"stack\":[]") != NULL);
    CHECK(strstr(reply.cause, "\\ufffd...(cut)\"}],\"paths\":[]") != NULL);
}

static void takes_over_one_line_of_ascii_and_nothing_else(void)
{
    static struct reply reply;
    static char text[CAUSE_LIMIT_BYTES + 1];
    memset(text, 'x', sizeof text);
    cause_take(&reply, text, CAUSE_LIMIT_BYTES);
    CHECK(strlen(reply.cause) == CAUSE_LIMIT_BYTES);
    cause_take(&reply, text, sizeof text);
    CHECK_TEXT(reply.cause, "");
    for (int byte = 0; byte < 256; byte++) {
        char one = (char)byte;
        cause_take(&reply, &one, 1);
        CHECK((reply.cause[0] != '\0') == (byte >= ' ' && byte < 0x7F));
    }
    cause_take(&reply, "{}", 2);
    CHECK_TEXT(reply.cause, "{}");
    cause_take(&reply, "", 0);
    CHECK_TEXT(reply.cause, "");
}

int main(void)
{
    RUN(ascii_is_all_that_a_header_holds);
    RUN(what_does_not_fit_ends_with_a_mark);
    RUN(no_room_is_ever_exceeded);
    RUN(a_quoting_without_memory_says_so);
    RUN(a_failure_has_one_exception_and_no_frames);
    RUN(a_failures_cause_needs_no_memory);
    RUN(a_long_message_is_cut_in_the_cause);
    RUN(takes_over_one_line_of_ascii_and_nothing_else);
    return check_done();
}
