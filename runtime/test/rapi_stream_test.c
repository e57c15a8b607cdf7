/* SPDX-License-Identifier: MIT
 * A streamed answer: what goes over the wire, and what every status means at its end and before it. */
#include "check.h"
#include "http_fake.h"
#include "rapi.h"

#include <limits.h>

static struct rapi *open_api(void)
{
    struct err err = { "" };
    fake_reset();
    return rapi_open("127.0.0.1:9001", "test", &err);
}

static const struct invocation invocation = { .request_id = "req/1",
                                              .trace_id = "",
                                              .invocation_id = "nonce" };

static struct rapi_stream stream_to(struct rapi *api)
{
    return (struct rapi_stream){ .api = api, .in = &invocation, .content_type = "" };
}

static void sends_pieces_and_an_end(void)
{
    struct err err = { "" };
    struct rapi *api = open_api();
    struct rapi_stream stream = stream_to(api);
    fake_answer(202, "", "");
    CHECK(!rapi_stream_begun(&stream) && fake.call_count == 0);
    CHECK(rapi_stream_write(&stream, "one", 3, &err) == SINK_TAKEN);
    CHECK(rapi_stream_begun(&stream));
    CHECK(rapi_stream_write(&stream, "two", 3, &err) == SINK_TAKEN);
    CHECK(rapi_stream_end(&stream, NULL, &err) == RAPI_TAKEN);
    CHECK(fake.call_count == 1 && fake.calls[0].is_stream && fake.calls[0].is_closed);
    CHECK_TEXT(fake.calls[0].path, "/2018-06-01/runtime/invocation/req%2F1/response");
    CHECK_TEXT(fake.calls[0].body, "one|two|");
    CHECK_TEXT(fake.calls[0].trailers, "");
    CHECK_TEXT(fake.calls[0].headers, "Lambda-Runtime-Function-Response-Mode: streaming\n"
                                      "Content-Type: application/octet-stream\n"
                                      "Trailer: Lambda-Runtime-Function-Error-Type, "
                                      "Lambda-Runtime-Function-Error-Body\n"
                                      "Lambda-Runtime-Invocation-Id: nonce\n");
    CHECK_TEXT(err.text, "");
    rapi_close(api);
}

static void an_answer_without_pieces_is_posted_empty(void)
{
    struct err err = { "" };
    struct rapi *api = open_api();
    struct rapi_stream stream = stream_to(api);
    fake_answer(202, "", "");
    CHECK(rapi_stream_end(&stream, NULL, &err) == RAPI_TAKEN);
    CHECK(fake.call_count == 1 && fake.calls[0].is_ended);
    CHECK_TEXT(fake.calls[0].body, "");
    rapi_close(api);
}

static void an_error_goes_into_trailers_in_base64(void)
{
    struct err err = { "" };
    struct rapi *api = open_api();
    struct rapi_stream stream = stream_to(api);
    struct reply error = { .body.limit = 100, .error_type = "Function.Boom" };
    CHECK(buf_puts(&error.body, "{\"a\":1}"));
    fake_answer(202, "", "");
    CHECK(rapi_stream_write(&stream, "one", 3, &err) == SINK_TAKEN);
    CHECK(rapi_stream_end(&stream, &error, &err) == RAPI_TAKEN);
    CHECK_TEXT(fake.calls[0].trailers,
               "Lambda-Runtime-Function-Error-Type: Function.Boom\n"
               "Lambda-Runtime-Function-Error-Body: eyJhIjoxfQ==\n");
    buf_free(&error.body);
    rapi_close(api);
}

static void the_largest_document_fits_into_4096_bytes_of_trailers(void)
{
    struct err err = { "" };
    struct rapi *api = open_api();
    struct rapi_stream stream = stream_to(api);
    struct reply error = { .body.limit = RAPI_TRAILER_DOCUMENT_LIMIT_BYTES };
    memset(error.error_type, 'X', sizeof error.error_type - 1);
    while (buf_puts(&error.body, "x"))
        ;
    fake_answer(202, "", "");
    CHECK(rapi_stream_end(&stream, &error, &err) == RAPI_TAKEN);
    /* The fake ends lines with one byte instead of two, and leaves out the empty line. */
    CHECK(strlen(fake.calls[0].trailers) + 2 + 2 <= 4096);
    CHECK(strstr(fake.calls[0].trailers, "Body: eHh4") != NULL);
    buf_free(&error.body);
    rapi_close(api);
}

static enum rapi_outcome expected(int status)
{
    if (status >= 200 && status < 300)
        return RAPI_TAKEN;
    return status == 500 ? RAPI_STOP : RAPI_REFUSED;
}

static void at_the_end_2xx_takes_500_stops_and_all_else_refuses(void)
{
    for (int status = 100; status < 600; status++) {
        struct err err = { "" };
        struct rapi *api = open_api();
        struct rapi_stream stream = stream_to(api);
        fake_answer(status, "", "why");
        CHECK(rapi_stream_write(&stream, "one", 3, &err) == SINK_TAKEN);
        CHECK(rapi_stream_end(&stream, NULL, &err) == expected(status));
        CHECK((expected(status) == RAPI_TAKEN) == (err.text[0] == '\0'));
        CHECK(expected(status) == RAPI_TAKEN || strstr(err.text, "why") != NULL);
        CHECK(fake.call_count == 1);
        rapi_close(api);
    }
}

static void before_the_end_every_status_is_a_loss_and_stays_one(void)
{
    for (int status = 100; status < 600; status++) {
        struct err err = { "" }, again = { "" };
        struct rapi *api = open_api();
        struct rapi_stream stream = stream_to(api);
        fake.pieces_taken = 1;
        fake_answer(status, "", "why");
        CHECK(rapi_stream_write(&stream, "one", 3, &err) == SINK_TAKEN);
        CHECK(rapi_stream_write(&stream, "two", 3, &err) == SINK_LOST);
        CHECK(rapi_stream_write(&stream, "three", 5, &again) == SINK_LOST);
        CHECK(strncmp(err.text, "streaming the answer: HTTP status ", 34) == 0);
        CHECK_TEXT(again.text, err.text);
        enum rapi_outcome outcome = rapi_stream_end(&stream, NULL, &again);
        CHECK(outcome == (status == 500 ? RAPI_STOP : RAPI_REFUSED));
        CHECK_TEXT(again.text, err.text);
        CHECK(!fake.calls[0].is_ended && fake.calls[0].is_closed);
        rapi_close(api);
    }
}

static void a_broken_connection_is_a_loss(void)
{
    struct err err = { "" };
    struct rapi *api = open_api();
    struct rapi_stream stream = stream_to(api);
    fake.pieces_taken = 0;
    fake_answer(0, "", "");
    CHECK(rapi_stream_write(&stream, "one", 3, &err) == SINK_LOST);
    CHECK_TEXT(err.text, "streaming the answer: connection refused");
    CHECK(rapi_stream_end(&stream, NULL, &err) == RAPI_REFUSED);
    CHECK_TEXT(err.text, "streaming the answer: connection refused");
    rapi_close(api);
}

static void a_late_piece_is_the_last_but_the_end_can_still_be_told(void)
{
    struct err err = { "" };
    struct rapi *api = open_api();
    struct rapi_stream stream = stream_to(api);
    struct reply error = { .body.limit = 100, .error_type = "Function.DeadlineExceeded" };
    fake.pieces_taken = 1;
    fake.next_is_late = true;
    fake_answer(202, "", "");
    CHECK(rapi_stream_write(&stream, "one", 3, &err) == SINK_TAKEN);
    CHECK(rapi_stream_write(&stream, "two", 3, &err) == SINK_LATE);
    CHECK(strstr(err.text, "before the deadline") != NULL);
    fake.pieces_taken = 9;
    CHECK(rapi_stream_write(&stream, "three", 5, &err) == SINK_LATE);
    CHECK(rapi_stream_end(&stream, &error, &err) == RAPI_TAKEN);
    CHECK_TEXT(fake.calls[0].body, "one|");
    CHECK(fake.calls[0].is_ended);
    rapi_close(api);
}

/* The limits of a piece and of the end, for an event that comes at 1000 with that deadline. */
static void check_limits(const char *deadline, long long piece_ms, long long end_ms)
{
    struct err err = { "" };
    struct rapi *api = open_api();
    struct invocation in = invocation;
    in.headers.limit = 100;
    CHECK(buf_append(&in.headers, "lambda-runtime-deadline-ms", 27));
    CHECK(buf_append(&in.headers, deadline, strlen(deadline) + 1));
    struct rapi_stream stream = {
        .api = api, .in = &in, .content_type = "", .margin_ms = 100
    };
    fake.now_ms = 1000;
    fake_answer(202, "", "");
    CHECK(rapi_stream_write(&stream, "one", 3, &err) == SINK_TAKEN);
    CHECK(fake.until_ms == piece_ms);
    fake.now_ms = 3900;
    CHECK(rapi_stream_write(&stream, "two", 3, &err) == SINK_TAKEN);
    CHECK(fake.until_ms == piece_ms);
    CHECK(rapi_stream_end(&stream, NULL, &err) == RAPI_TAKEN);
    CHECK(fake.until_ms == end_ms);
    buf_free(&in.headers);
    rapi_close(api);
}

static void a_piece_is_late_shortly_before_the_deadline(void)
{
    check_limits("4000", 3900, 4900); /* the end has a second, however late it is */
    check_limits("61000", 60900, 60900);
    check_limits("1200", 1160, 4900); /* a fifth of a fifth of a second */
    check_limits("", LLONG_MAX, LLONG_MAX);
}

static void a_status_from_before_is_not_taken_for_one(void)
{
    struct err err = { "" };
    struct rapi *api = open_api();
    char id[8192];
    memset(id, 'x', sizeof id);
    id[sizeof id - 1] = '\0';
    struct invocation too_long = invocation;
    too_long.request_id = id;
    struct rapi_stream stream = stream_to(api);
    fake_answer(500, "", "");
    CHECK(rapi_stream_end(&stream, NULL, &err) == RAPI_STOP);
    stream = (struct rapi_stream){ .api = api, .in = &too_long, .content_type = "" };
    CHECK(rapi_stream_write(&stream, "one", 3, &err) == SINK_LOST);
    CHECK_TEXT(err.text,
               "streaming the answer: the request id is longer than a path may be");
    CHECK(!rapi_stream_begun(&stream));
    CHECK(rapi_stream_end(&stream, NULL, &err) == RAPI_REFUSED);
    rapi_close(api);
}

int main(void)
{
    RUN(sends_pieces_and_an_end);
    RUN(an_answer_without_pieces_is_posted_empty);
    RUN(an_error_goes_into_trailers_in_base64);
    RUN(the_largest_document_fits_into_4096_bytes_of_trailers);
    RUN(at_the_end_2xx_takes_500_stops_and_all_else_refuses);
    RUN(before_the_end_every_status_is_a_loss_and_stays_one);
    RUN(a_broken_connection_is_a_loss);
    RUN(a_late_piece_is_the_last_but_the_end_can_still_be_told);
    RUN(a_piece_is_late_shortly_before_the_deadline);
    RUN(a_status_from_before_is_not_taken_for_one);
    return check_done();
}
