/* SPDX-License-Identifier: MIT */
#include "check.h"
#include "headers.h"

static bool add(struct buf *headers, const char *line)
{
    return headers_add_line(headers, line, strlen(line));
}

static void finds_a_name_in_any_case_and_trims_the_value(void)
{
    struct buf headers = { .limit = 1000 };
    CHECK(add(&headers, "HTTP/1.1 200 OK\r\n"));
    CHECK(add(&headers, "Content-TYPE:\t application/json \r\n"));
    CHECK(add(&headers, "X-Colon: a:b\r\n"));
    CHECK(add(&headers, "\r\n"));
    CHECK_TEXT(headers_find(&headers, "content-type"), "application/json");
    CHECK_TEXT(headers_find(&headers, "x-colon"), "a:b");
    CHECK_TEXT(headers_find(&headers, "x-none"), "");
    buf_free(&headers);
}

static void an_empty_value_is_kept_and_never_taken_for_a_name(void)
{
    struct buf headers = { .limit = 1000 };
    CHECK(add(&headers, "empty:\r\n"));
    CHECK(add(&headers, "after: it\r\n"));
    CHECK(headers.len == strlen("empty") + strlen("after") + strlen("it") + 4);
    CHECK_TEXT(headers_find(&headers, "empty"), "");
    CHECK_TEXT(headers_find(&headers, "after"), "it");
    CHECK_TEXT(headers_find(&headers, ""), "");
    buf_free(&headers);
}

static void the_first_of_several_counts(void)
{
    struct buf headers = { .limit = 1000 };
    CHECK(add(&headers, "a: 1\r\n") && add(&headers, "a: 2\r\n"));
    CHECK_TEXT(headers_find(&headers, "a"), "1");
    buf_free(&headers);
}

static void a_line_over_the_limit_is_refused_whole(void)
{
    struct buf headers = { .limit = 10 };
    CHECK(!add(&headers, "name: far too long\r\n"));
    CHECK(headers.len == 0);
    buf_free(&headers);
}

static void a_deadline_is_a_positive_number_or_none(void)
{
    const char *const lines[] = { "x: 1\r\n",
                                  "lambda-runtime-deadline-ms:\r\n",
                                  "lambda-runtime-deadline-ms: 12x\r\n",
                                  "lambda-runtime-deadline-ms: -5\r\n",
                                  "lambda-runtime-deadline-ms: 99999999999999999999\r\n",
                                  NULL };
    for (int i = 0; lines[i]; i++) {
        struct buf headers = { .limit = 1000 };
        CHECK(add(&headers, lines[i]));
        CHECK(headers_deadline_ms(&headers) == 0);
        buf_free(&headers);
    }
    struct buf headers = { .limit = 1000 };
    CHECK(add(&headers, "Lambda-Runtime-Deadline-Ms: 4102444800123\r\n"));
    CHECK(headers_deadline_ms(&headers) == 4102444800123);
    buf_free(&headers);
}

int main(void)
{
    RUN(finds_a_name_in_any_case_and_trims_the_value);
    RUN(an_empty_value_is_kept_and_never_taken_for_a_name);
    RUN(the_first_of_several_counts);
    RUN(a_line_over_the_limit_is_refused_whole);
    RUN(a_deadline_is_a_positive_number_or_none);
    return check_done();
}
