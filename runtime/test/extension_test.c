/* SPDX-License-Identifier: MIT
 * What makes a registration fail. That it works is seen by spec/runtime/shutdown_spec.lua. */
#include "check.h"
#include "extension.h"
#include "http_fake.h"

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

static void there_may_be_nothing_to_stop(void)
{
    extension_stop(NULL);
}

int main(void)
{
    RUN(a_refusal_is_no_extension);
    RUN(an_answer_without_an_identifier_is_none);
    RUN(an_address_has_a_limit);
    RUN(there_may_be_nothing_to_stop);
    return check_done();
}
