/* SPDX-License-Identifier: MIT
 * What every status means to every call of the Runtime API, and what goes over the wire. */
#include "check.h"
#include "http_fake.h"
#include "rapi.h"

#include <stdio.h>

static const char event_headers[] = "HTTP/1.1 200 OK\r\n"
                                    "Lambda-Runtime-Aws-Request-Id: req-1\r\n"
                                    "LAMBDA-RUNTIME-TRACE-ID:  Root=1-2-3;Sampled=0 \r\n"
                                    "lambda-runtime-invocation-id: nonce-9\r\n\r\n";

static struct rapi *open_api(void)
{
    struct err err = { "" };
    fake_reset();
    return rapi_open("127.0.0.1:9001", "test", &err);
}

/* The invocation that posts belong to. */
static struct invocation some_invocation(const char *request_id,
                                         const char *invocation_id)
{
    return (struct invocation){ .request_id = request_id,
                                .trace_id = "",
                                .invocation_id = invocation_id };
}

static struct reply some_reply(void)
{
    struct reply reply = { .body.limit = 100, .error_type = "Function.LuaError" };
    CHECK(buf_puts(&reply.body, "{\"a\":1}"));
    return reply;
}

enum call { RESPOND, FAIL, INIT_FAIL };

/* What a call makes of one status, all tries answered with it. */
static enum rapi_outcome outcome_of(enum call call, int status, int *tries)
{
    struct err err = { "" };
    struct rapi *api = open_api();
    struct invocation in = some_invocation("req-1", "");
    struct reply reply = some_reply();
    fake_answer(status, "", "{\"errorType\":\"Why\"}");
    enum rapi_outcome outcome = RAPI_STOP;
    switch (call) {
    case RESPOND: outcome = rapi_respond(api, &in, &reply, &err); break;
    case FAIL: outcome = rapi_fail(api, &in, &reply, &err); break;
    case INIT_FAIL:
        outcome = rapi_init_fail(api, &reply, &err) ? RAPI_TAKEN : RAPI_REFUSED;
        break;
    }
    CHECK((outcome == RAPI_TAKEN) == (err.text[0] == '\0'));
    CHECK(outcome == RAPI_TAKEN || strstr(err.text, "Why") != NULL);
    *tries = fake.call_count;
    buf_free(&reply.body);
    rapi_close(api);
    return outcome;
}

static void an_answer_is_taken_by_2xx_ends_with_500_and_is_refused_by_all_else(void)
{
    for (int status = 100; status <= 599; status++)
        for (enum call call = RESPOND; call <= FAIL; call++) {
            int tries = 0;
            enum rapi_outcome expected = status >= 200 && status <= 299 ? RAPI_TAKEN
                                         : status == 500                ? RAPI_STOP
                                                                        : RAPI_REFUSED;
            CHECK(outcome_of(call, status, &tries) == expected);
            CHECK(tries == 1);
        }
}

static void an_init_error_is_taken_by_2xx_only_and_never_repeated(void)
{
    for (int status = 100; status <= 599; status++) {
        int tries = 0;
        bool taken = outcome_of(INIT_FAIL, status, &tries) == RAPI_TAKEN;
        CHECK(taken == (status >= 200 && status <= 299));
        CHECK(tries == 1);
    }
}

static void next_takes_200_stops_at_403_410_500_and_tries_all_else_five_times(void)
{
    for (int status = 100; status <= 599; status++) {
        struct err err = { "" };
        struct invocation in;
        struct rapi *api = open_api();
        fake_answer(status, event_headers, "{\"why\":1}");
        bool final = status == 403 || status == 410 || status == 500;
        bool got = rapi_next(api, &in, &err);
        CHECK(got == (status == 200));
        CHECK(fake.call_count == (final || status == 200 ? 1 : 5));
        CHECK(fake.paused_ms == (final || status == 200 ? 0 : 100 + 200 + 400 + 800));
        char named[32];
        (void)snprintf(named, sizeof named, "HTTP status %d: {", status);
        CHECK(got || strstr(err.text, named) != NULL);
        rapi_close(api);
    }
}

static void next_reads_the_ids_whatever_the_case_of_the_names(void)
{
    struct err err = { "" };
    struct invocation in;
    struct rapi *api = open_api();
    fake_answer(200, event_headers, "[1]");
    CHECK(rapi_next(api, &in, &err));
    CHECK_TEXT(in.request_id, "req-1");
    CHECK_TEXT(in.trace_id, "Root=1-2-3;Sampled=0");
    CHECK_TEXT(in.invocation_id, "nonce-9");
    CHECK_TEXT(buf_text(&in.body), "[1]");
    CHECK_TEXT(fake.calls[0].path, "/2018-06-01/runtime/invocation/next");
    rapi_close(api);
}

static void next_takes_an_event_without_request_id_for_a_failure(void)
{
    struct err err = { "" };
    struct invocation in;
    struct rapi *api = open_api();
    fake_answer(200, "Lambda-Runtime-Aws-Request-Id:\r\n", "{}");
    CHECK(!rapi_next(api, &in, &err));
    CHECK(fake.call_count == 5);
    CHECK_TEXT(err.text, "asking the Runtime API for the next event: "
                         "the event came without a Lambda-Runtime-Aws-Request-Id");
    rapi_close(api);
}

static void next_outlives_four_failures_of_the_connection(void)
{
    struct err err = { "" };
    struct invocation in;
    struct rapi *api = open_api();
    for (int i = 0; i < 4; i++)
        fake_answer(0, NULL, NULL);
    fake_answer(200, event_headers, "{}");
    CHECK(rapi_next(api, &in, &err));
    CHECK(fake.paused_ms == 1500);
    rapi_close(api);
}

static void next_gives_up_after_the_fifth(void)
{
    struct err err = { "" };
    struct invocation in;
    struct rapi *api = open_api();
    fake_answer(0, NULL, NULL);
    CHECK(!rapi_next(api, &in, &err));
    CHECK_TEXT(err.text, "asking the Runtime API for the next event: connection refused");
    rapi_close(api);
}

/* Posts an answer whose first try fails on the way. */
static enum rapi_outcome post_again(int status, struct err *err)
{
    struct rapi *api = open_api();
    struct invocation in = some_invocation("req-1", "");
    struct reply reply = some_reply();
    fake_answer(0, NULL, NULL);
    fake_answer(status, "", "");
    enum rapi_outcome outcome = rapi_respond(api, &in, &reply, err);
    CHECK(fake.call_count == 2);
    buf_free(&reply.body);
    rapi_close(api);
    return outcome;
}

static void a_post_that_failed_on_the_way_is_repeated_once(void)
{
    for (int status = 100; status <= 599; status++) {
        struct err err = { "" };
        bool arrived = status == 400 || status == 403 || status == 410;
        bool taken = arrived || (status >= 200 && status <= 299);
        enum rapi_outcome expected = taken           ? RAPI_TAKEN
                                     : status == 500 ? RAPI_STOP
                                                     : RAPI_REFUSED;
        CHECK(post_again(status, &err) == expected);
    }
    struct err err = { "" };
    CHECK(post_again(0, &err) == RAPI_REFUSED);
    CHECK_TEXT(err.text, "posting 7 bytes to /response: connection refused");
}

static void answers_carry_type_error_type_and_the_invocation_id(void)
{
    struct err err = { "" };
    struct rapi *api = open_api();
    struct invocation in = some_invocation("req-1", "nonce-9");
    struct reply reply = some_reply();
    fake_answer(202, "", "");
    CHECK(rapi_respond(api, &in, &reply, &err) == RAPI_TAKEN);
    CHECK_TEXT(fake.calls[0].path, "/2018-06-01/runtime/invocation/req-1/response");
    CHECK_TEXT(fake.calls[0].headers,
               "Content-Type: application/json\nLambda-Runtime-Invocation-Id: nonce-9\n");
    CHECK_TEXT(fake.calls[0].body, "{\"a\":1}");
    CHECK(rapi_fail(api, &in, &reply, &err) == RAPI_TAKEN);
    CHECK_TEXT(fake.calls[1].path, "/2018-06-01/runtime/invocation/req-1/error");
    CHECK_TEXT(fake.calls[1].headers,
               "Content-Type: application/json\n"
               "Lambda-Runtime-Function-Error-Type: Function.LuaError\n"
               "Lambda-Runtime-Invocation-Id: nonce-9\n");
    CHECK(rapi_init_fail(api, &reply, &err));
    CHECK_TEXT(fake.calls[2].path, "/2018-06-01/runtime/init/error");
    CHECK_TEXT(fake.calls[2].headers,
               "Content-Type: application/json\n"
               "Lambda-Runtime-Function-Error-Type: Function.LuaError\n");
    buf_free(&reply.body);
    rapi_close(api);
}

static void errors_carry_their_cause(void)
{
    static char line[CAUSE_LIMIT_BYTES + 100];
    struct err err = { "" };
    struct rapi *api = open_api();
    struct invocation in = some_invocation("req-1", "nonce-9");
    struct reply reply = some_reply();
    memset(reply.cause, 'x', CAUSE_LIMIT_BYTES);
    (void)snprintf(line, sizeof line, "\nLambda-Runtime-Function-XRay-Error-Cause: %s\n",
                   reply.cause);
    fake_answer(202, "", "");
    CHECK(rapi_fail(api, &in, &reply, &err) == RAPI_TAKEN);
    CHECK(strstr(fake.calls[0].headers, line) != NULL);
    CHECK(strstr(fake.calls[0].headers, "\nLambda-Runtime-Invocation-Id: nonce-9\n") !=
          NULL);
    CHECK(rapi_init_fail(api, &reply, &err));
    CHECK(strstr(fake.calls[1].headers, line) != NULL);
    CHECK(rapi_respond(api, &in, &reply, &err) == RAPI_TAKEN);
    CHECK(!strstr(fake.calls[2].headers, "XRay"));
    buf_free(&reply.body);
    rapi_close(api);
}

static void a_handlers_content_type_replaces_the_default(void)
{
    struct err err = { "" };
    struct rapi *api = open_api();
    struct invocation in = some_invocation("req-1", "");
    struct reply reply = some_reply();
    (void)snprintf(reply.content_type, sizeof reply.content_type, "text/plain");
    fake_answer(202, "", "");
    CHECK(rapi_respond(api, &in, &reply, &err) == RAPI_TAKEN);
    CHECK_TEXT(fake.calls[0].headers, "Content-Type: text/plain\n");
    buf_free(&reply.body);
    rapi_close(api);
}

static void a_request_id_is_escaped_in_the_path(void)
{
    struct err err = { "" };
    struct rapi *api = open_api();
    struct invocation in = some_invocation("a/b?c#d%e \xC3\xA9.-_~", "");
    struct reply reply = some_reply();
    fake_answer(202, "", "");
    CHECK(rapi_respond(api, &in, &reply, &err) == RAPI_TAKEN);
    CHECK_TEXT(fake.calls[0].path,
               "/2018-06-01/runtime/invocation/a%2Fb%3Fc%23d%25e%20%C3%A9.-_~/response");
    buf_free(&reply.body);
    rapi_close(api);
}

static void a_refusals_reason_is_one_line_and_bounded(void)
{
    struct err err = { "" };
    struct rapi *api = open_api();
    struct invocation in = some_invocation("req-1", "");
    struct reply reply = some_reply();
    char reason[1000];
    memset(reason, 'x', sizeof reason);
    reason[0] = '\n';
    reason[sizeof reason - 1] = '\0';
    fake_answer(413, "", reason);
    CHECK(rapi_respond(api, &in, &reply, &err) == RAPI_REFUSED);
    CHECK(strncmp(err.text, "posting 7 bytes to /response: HTTP status 413:  xxx", 51) ==
          0);
    CHECK(strlen(err.text) < 400);
    buf_free(&reply.body);
    rapi_close(api);
}

int main(void)
{
    RUN(an_answer_is_taken_by_2xx_ends_with_500_and_is_refused_by_all_else);
    RUN(an_init_error_is_taken_by_2xx_only_and_never_repeated);
    RUN(next_takes_200_stops_at_403_410_500_and_tries_all_else_five_times);
    RUN(next_reads_the_ids_whatever_the_case_of_the_names);
    RUN(next_takes_an_event_without_request_id_for_a_failure);
    RUN(next_outlives_four_failures_of_the_connection);
    RUN(next_gives_up_after_the_fifth);
    RUN(a_post_that_failed_on_the_way_is_repeated_once);
    RUN(answers_carry_type_error_type_and_the_invocation_id);
    RUN(errors_carry_their_cause);
    RUN(a_handlers_content_type_replaces_the_default);
    RUN(a_request_id_is_escaped_in_the_path);
    RUN(a_refusals_reason_is_one_line_and_bounded);
    return check_done();
}
