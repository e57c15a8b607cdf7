/* SPDX-License-Identifier: MIT
 * What makes a registration fail. That it works is seen by spec/runtime/shutdown_spec.lua. */
#include "check.h"
#include "extension.h"
#include "http_fake.h"

#include <stdlib.h>
#include <unistd.h>

static void refused(int status, const char *headers, const char *expected)
{
    struct err err = { "" };
    fake_reset();
    fake_answer(status, headers, "{\"errorType\":\"Why\"}");
    CHECK(!extension_start("127.0.0.1:9001", "test", &err));
    CHECK(fake.call_count == 1);
    CHECK_TEXT(err.text, expected);
}

#define DOING "registering an internal extension for lambda.on_shutdown: "

static void a_refusal_is_no_extension(void)
{
    refused(403, "", DOING "HTTP status 403: {\"errorType\":\"Why\"}");
    refused(0, "", DOING "connection refused");
}

static void an_answer_without_an_identifier_is_none(void)
{
    refused(200, "", DOING "the answer has no Lambda-Extension-Identifier");
    refused(200, "HTTP/1.1 200 OK\r\nLambda-Extension-Identifier: \r\n",
            DOING "the answer has no Lambda-Extension-Identifier");
}

static void an_address_has_a_limit(void)
{
    struct err err = { "" };
    char address[600];
    memset(address, 'a', sizeof address);
    address[sizeof address - 1] = '\0';
    fake_reset();
    CHECK(!extension_start(address, "test", &err));
    CHECK_TEXT(err.text, DOING "the address is too long");
}

/* Runs the extension's thread to its end: it is told to stop at once, and pauses no more, but only sees it when the
 * platform has been called woken_at times. What it logged is in `said`. */
static void wait_until_woken(int woken_at, const char *answer_headers, int status,
                             char *said, size_t size)
{
    struct err err = { "" };
    int standard_error = dup(STDERR_FILENO), ends[2];
    if (standard_error < 0 || pipe(ends) || dup2(ends[1], STDERR_FILENO) < 0)
        abort();
    fake_answer(200, "Lambda-Extension-Identifier: one\r\n", "");
    fake_answer(status, answer_headers, "{}");
    fake.woken_at = woken_at;
    struct extension *extension = extension_start("127.0.0.1:9001", "test", &err);
    CHECK(extension != NULL);
    extension_stop(extension);
    (void)dup2(standard_error, STDERR_FILENO);
    (void)close(standard_error);
    (void)close(ends[1]);
    ssize_t len = read(ends[0], said, size - 1);
    said[len > 0 ? len : 0] = '\0';
    (void)close(ends[0]);
}

/* A wait that a broken connection ends after hours is no reason to give up after the fifth. */
static void tries_begin_anew_after_a_long_wait(void)
{
    char said[1024];
    fake_reset();
    fake.wait_us = 3600LL * 1000 * 1000;
    wait_until_woken(12, "", 0, said, sizeof said);
    CHECK(fake.call_count == 12);
    CHECK_TEXT(said, "");
}

static void five_tries_in_a_row_are_enough(void)
{
    char said[1024];
    fake_reset();
    wait_until_woken(12, "", 0, said, sizeof said);
    CHECK(fake.call_count == 1 + 5);
    CHECK(strstr(said, "to wait: connection refused") != NULL);
}

static void an_answer_without_an_event_is_named(void)
{
    char said[1024];
    fake_reset();
    wait_until_woken(12, "", 200, said, sizeof said);
    CHECK(strstr(said, "it was answered, though no event had been asked for") != NULL);
    fake_reset();
    wait_until_woken(12, "", 403, said, sizeof said);
    CHECK(strstr(said, "HTTP status 403: {}") != NULL);
}

static void there_may_be_nothing_to_stop(void)
{
    extension_stop(NULL);
}

int main(void)
{
    RUN(a_refusal_is_no_extension);
    RUN(an_answer_without_an_identifier_is_none);
    RUN(an_address_has_a_limit);
    RUN(tries_begin_anew_after_a_long_wait);
    RUN(five_tries_in_a_row_are_enough);
    RUN(an_answer_without_an_event_is_named);
    RUN(there_may_be_nothing_to_stop);
    return check_done();
}
