/* SPDX-License-Identifier: MIT */
#include "check.h"
#include "protocol.h"

static const struct protocol_event event = {
    .request_id = "8f5c1f6e-0000-4000-8000-000000000001",
    .invocation_id = "8f5c1f6e-0000-4000-8000-000000000002",
};

static const struct protocol_post response = {
    .request_id = "8f5c1f6e-0000-4000-8000-000000000001",
};

static struct {
    char type[32], bytes[64];
} streamed;

static void begin(void *arg, const char *content_type)
{
    (void)arg;
    (void)snprintf(streamed.type, sizeof streamed.type, "%s", content_type);
    streamed.bytes[0] = '\0';
}

static void pass(void *arg, const char *bytes, size_t len)
{
    (void)arg;
    size_t used = strlen(streamed.bytes);
    (void)snprintf(streamed.bytes + used, sizeof streamed.bytes - used, "%.*s|", (int)len,
                   bytes);
}

/* A runtime in each state, as its own calls bring it there. */
static struct protocol in_state(enum protocol_state state)
{
    struct protocol protocol = { .stream = { begin, pass, NULL } };
    struct protocol_refusal refusal = { 0 };
    protocol_restart(&protocol);
    if (state == PROTOCOL_STARTED)
        return protocol;
    if (state == PROTOCOL_INIT_FAILED) {
        CHECK(protocol_init_error(&protocol, "Function.InitError", &refusal));
        CHECK(protocol_received(&protocol, &refusal));
        return protocol;
    }
    CHECK(protocol_next(&protocol, &refusal));
    if (state == PROTOCOL_READY)
        return protocol;
    protocol_deliver(&protocol, &event);
    if (state == PROTOCOL_RUNNING)
        return protocol;
    CHECK(protocol_post(&protocol, &response, &refusal));
    if (state == PROTOCOL_ANSWERED)
        CHECK(protocol_received(&protocol, &refusal));
    return protocol;
}

static void follows_the_state_machine(void)
{
    static const struct {
        enum protocol_state state;
        unsigned next, response, init_error; /* status of a refusal; 0 for accepted */
    } rows[] = {
        { PROTOCOL_STARTED, 0, 400, 0 },    { PROTOCOL_READY, 403, 400, 403 },
        { PROTOCOL_RUNNING, 0, 0, 403 },    { PROTOCOL_ANSWERING, 403, 403, 403 },
        { PROTOCOL_ANSWERED, 0, 403, 403 }, { PROTOCOL_INIT_FAILED, 403, 400, 403 },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct protocol_refusal next = { 0 }, post = { 0 }, init = { 0 };
        struct protocol protocol = in_state(rows[i].state);
        CHECK(protocol.state == rows[i].state);
        CHECK(protocol_next(&protocol, &next) == (rows[i].next == 0));
        protocol_free(&protocol);
        protocol = in_state(rows[i].state);
        CHECK(protocol_post(&protocol, &response, &post) == (rows[i].response == 0));
        protocol_free(&protocol);
        protocol = in_state(rows[i].state);
        CHECK(protocol_init_error(&protocol, NULL, &init) == (rows[i].init_error == 0));
        protocol_free(&protocol);
        CHECK(next.status == rows[i].next);
        CHECK(post.status == rows[i].response);
        CHECK(init.status == rows[i].init_error);
    }
}

static void checks_both_ids(void)
{
    struct protocol protocol = in_state(PROTOCOL_RUNNING);
    struct protocol_refusal refusal = { 0 };
    struct protocol_post post = response;
    post.request_id = "other";
    CHECK(!protocol_post(&protocol, &post, &refusal));
    CHECK(refusal.status == 400);
    CHECK_TEXT(refusal.type, "InvalidRequestID");
    post = response;
    post.invocation_id = "stale";
    CHECK(!protocol_post(&protocol, &post, &refusal));
    CHECK(refusal.status == 410);
    CHECK_TEXT(refusal.type, "InvokeTimeout");
    post.invocation_id = event.invocation_id;
    CHECK(protocol_post(&protocol, &post, &refusal));
    protocol_free(&protocol);
}

static void normalises_error_types(void)
{
    static const char *const rows[][2] = {
        { "Function.LuaError", "Function.LuaError" },
        { "Runtime.MarshalError", "Runtime.MarshalError" },
        { "my Function.Ab here", "my Function.Ab here" },
        { "Function.x", "Function.Unknown" },
        { "Function.", "Function.Unknown" },
        { "Runtime.A", "Runtime.Unknown" },
        { "OrderNotFound", "Runtime.Unknown" },
        { "", "Runtime.Unknown" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct protocol protocol = in_state(PROTOCOL_RUNNING);
        struct protocol_refusal refusal = { 0 };
        struct protocol_post post = response;
        post.is_error = true;
        post.error_type = rows[i][0];
        CHECK(protocol_post(&protocol, &post, &refusal));
        CHECK_TEXT(protocol.error_type, rows[i][1]);
        protocol_free(&protocol);
    }
}

static bool takes(size_t bytes, struct protocol_refusal *refusal,
                  struct protocol *protocol)
{
    static char chunk[64 * 1024];
    *protocol = in_state(PROTOCOL_ANSWERING);
    for (size_t left = bytes; left > 0;) {
        size_t len = left < sizeof chunk ? left : sizeof chunk;
        protocol_receive(protocol, chunk, len);
        left -= len;
    }
    return protocol_received(protocol, refusal);
}

static void limits_the_answer(void)
{
    struct protocol protocol;
    struct protocol_refusal refusal = { 0 };
    CHECK(takes(6291556, &refusal, &protocol));
    CHECK(!protocol.failed && protocol.answer.len == 6291556);
    protocol_free(&protocol);
    CHECK(!takes(6291557, &refusal, &protocol));
    CHECK(refusal.status == 413 && protocol.failed &&
          protocol.state == PROTOCOL_ANSWERED);
    CHECK_TEXT(protocol.error_type, "Function.ResponseSizeTooLarge");
    CHECK_TEXT(
        buf_text(&protocol.answer),
        "{\"errorType\":\"Function.ResponseSizeTooLarge\",\"errorMessage\":\"Response "
        "payload size (6291557 bytes) exceeded maximum allowed payload size (6291556 "
        "bytes).\"}");
    protocol_free(&protocol);
}

static void makes_a_document_for_an_error_without_one(void)
{
    struct protocol protocol = in_state(PROTOCOL_INIT_FAILED);
    CHECK_TEXT(buf_text(&protocol.answer),
               "{\"errorType\":\"Function.InitError\","
               "\"errorMessage\":\"the runtime posted an error without a document\"}");
    protocol_free(&protocol);
}

static void fails_what_breaks_off(void)
{
    struct protocol protocol = in_state(PROTOCOL_ANSWERING);
    protocol_receive(&protocol, "{\"a\":", 5);
    protocol_broken_off(&protocol);
    CHECK(protocol.failed && protocol.truncated && protocol.state == PROTOCOL_ANSWERED);
    CHECK_TEXT(protocol.error_type, "Runtime.TruncatedResponse");
    protocol_free(&protocol);
}

static void refuses_an_unknown_response_mode(void)
{
    struct protocol protocol = in_state(PROTOCOL_RUNNING);
    struct protocol_refusal refusal = { 0 };
    struct protocol_post post = response;
    post.response_mode = "streaming";
    CHECK(protocol_post(&protocol, &post, &refusal));
    CHECK(protocol.streamed);
    protocol_free(&protocol);
    protocol = in_state(PROTOCOL_RUNNING);
    post.response_mode = "Streaming";
    CHECK(!protocol_post(&protocol, &post, &refusal));
    CHECK(refusal.status == 400 && protocol.failed);
    CHECK_TEXT(protocol.error_type, "Runtime.InvalidResponseModeHeader");
    protocol_free(&protocol);
}

/* A streamed answer under way, of which "one" has come. */
static struct protocol streaming(void)
{
    struct protocol protocol = in_state(PROTOCOL_RUNNING);
    struct protocol_refusal refusal = { 0 };
    struct protocol_post post = response;
    post.response_mode = "streaming";
    post.content_type = "text/plain";
    CHECK(protocol_post(&protocol, &post, &refusal));
    protocol_receive(&protocol, "one", 3);
    return protocol;
}

static void passes_a_streamed_answer_on(void)
{
    struct protocol protocol = streaming();
    struct protocol_refusal refusal = { 0 };
    protocol_receive(&protocol, "two", 3);
    CHECK_TEXT(streamed.bytes, "one|two|");
    CHECK_TEXT(streamed.type, "text/plain");
    protocol_trailers(&protocol, NULL, NULL);
    CHECK(protocol_received(&protocol, &refusal) && !protocol.failed);
    CHECK(protocol.answer.len == 0 && protocol.streamed);
    protocol_free(&protocol);
}

static void takes_an_error_from_trailers(void)
{
    struct protocol protocol = streaming();
    struct protocol_refusal refusal = { 0 };
    protocol_trailers(&protocol, "Function.Boom", "eyJhIjoxfQ==");
    CHECK(protocol_received(&protocol, &refusal) && protocol.failed);
    CHECK_TEXT(protocol.error_type, "Function.Boom");
    CHECK_TEXT(buf_text(&protocol.answer), "{\"a\":1}");
    protocol_free(&protocol);
}

static void makes_a_document_for_trailers_without_a_readable_one(void)
{
    struct protocol protocol = streaming();
    struct protocol_refusal refusal = { 0 };
    protocol_trailers(&protocol, "bad", "no base64!");
    CHECK(protocol_received(&protocol, &refusal) && protocol.failed);
    CHECK_TEXT(protocol.error_type, "Runtime.Unknown");
    CHECK(strstr(buf_text(&protocol.answer), "without a document") != NULL);
    protocol_free(&protocol);
}

static void ignores_trailers_of_other_answers(void)
{
    struct protocol protocol = in_state(PROTOCOL_ANSWERING);
    struct protocol_refusal refusal = { 0 };
    protocol_receive(&protocol, "1", 1);
    protocol_trailers(&protocol, "Function.Boom", "eyJhIjoxfQ==");
    CHECK(protocol_received(&protocol, &refusal) && !protocol.failed);
    CHECK_TEXT(buf_text(&protocol.answer), "1");
    protocol_free(&protocol);
}

int main(void)
{
    RUN(follows_the_state_machine);
    RUN(checks_both_ids);
    RUN(normalises_error_types);
    RUN(limits_the_answer);
    RUN(makes_a_document_for_an_error_without_one);
    RUN(fails_what_breaks_off);
    RUN(refuses_an_unknown_response_mode);
    RUN(passes_a_streamed_answer_on);
    RUN(takes_an_error_from_trailers);
    RUN(makes_a_document_for_trailers_without_a_readable_one);
    RUN(ignores_trailers_of_other_answers);
    return check_done();
}
