/* SPDX-License-Identifier: MIT
 * A streamed answer that cannot even be opened is an ordinary error. The rest of loop_stream.c is seen by
 * spec/runtime/streaming_spec.lua. */
#include "check.h"
#include "http_fake.h"
#include "loop_stream.h"

/* The body of the answer: a host without Lua. */
static struct {
    const char *writes; /* NULL: nothing */
    enum host_status ends;
    struct err told; /* what the sink said */
} body;

enum host_status host_stream(struct host *host, const struct sink *sink,
                             struct reply *reply)
{
    (void)host;
    if (body.writes)
        (void)sink->write(sink->arg, body.writes, strlen(body.writes), &body.told);
    buf_clear(&reply->body);
    if (body.ends != HOST_OK)
        CHECK(buf_puts(&reply->body, "{\"errorType\":\"Its.Own\"}"));
    return body.ends;
}

enum host_status host_abridge(struct host *host, const struct reply *error,
                              size_t limit_bytes, struct reply *out)
{
    (void)host;
    (void)error;
    (void)out;
    CHECK(limit_bytes == 0); /* nothing here is too long: never called */
    return HOST_FAILED;
}

static void post(const char *writes, enum host_status ends, const char *expected)
{
    static const struct settings settings = { .deadline_margin_ms = 100 };
    static const struct invocation in = { .request_id = "req-1",
                                          .trace_id = "",
                                          .invocation_id = "" };
    struct err err = { "" };
    enum host_status status = HOST_STREAMS;
    struct reply reply = { .body.limit = 4096 };
    fake_reset();
    fake.no_streams = true;
    fake_answer(202, "", "");
    body.writes = writes;
    body.ends = ends;
    body.told.text[0] = '\0';
    struct rapi *api = rapi_open("127.0.0.1:9001", "test", &err);
    CHECK(loop_stream(&settings, NULL, api, &in, &reply, &status, &err) == RAPI_TAKEN);
    CHECK(fake.call_count == 1);
    CHECK_TEXT(fake.calls[0].path, "/2018-06-01/runtime/invocation/req-1/error");
    CHECK(strstr(fake.calls[0].body, expected) != NULL);
    rapi_close(api);
    buf_free(&reply.body);
}

static const char reason[] = "\"errorMessage\":\"streaming the answer: not enough memory "
                             "for a streamed POST\",\"errorType\":"
                             "\"Runtime.StreamNotOpened\"";

static void an_answer_that_cannot_be_opened_is_an_error(void)
{
    post("first", HOST_OK, reason);
    CHECK_TEXT(body.told.text,
               "streaming the answer: not enough memory for a streamed POST");
    CHECK(strstr(fake.calls[0].headers, "Error-Type: Runtime.StreamNotOpened") != NULL);
}

static void an_empty_one_too(void)
{
    post(NULL, HOST_OK, reason);
}

static void what_the_body_raises_for_that_goes_out_as_it_is(void)
{
    post("first", HOST_FAILED, "Its.Own");
}

int main(void)
{
    RUN(an_answer_that_cannot_be_opened_is_an_error);
    RUN(an_empty_one_too);
    RUN(what_the_body_raises_for_that_goes_out_as_it_is);
    return check_done();
}
