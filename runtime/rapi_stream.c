/* SPDX-License-Identifier: MIT
 * Response streaming: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html. */
#include "base64.h"
#include "clock.h"
#include "headers.h"
#include "rapi_parts.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#define ERROR_TYPE "Lambda-Runtime-Function-Error-Type"
#define ERROR_BODY "Lambda-Runtime-Function-Error-Body"

enum {
    FINAL_GRACE_MS = 1000, /* for the end of an answer, however late it is */
    BASE64_LIMIT_BYTES = 4 * ((RAPI_TRAILER_DOCUMENT_LIMIT_BYTES + 2) / 3),
};

/* When a piece is late: Unix epoch. */
static long long find_limit_ms(const struct rapi_stream *stream)
{
    long long deadline_ms = headers_deadline_ms(&stream->in->headers);
    long long left_ms = deadline_ms - clock_now_ms();
    if (!deadline_ms ||
        left_ms <= 0) /* past already: the clocks disagree, as the guard has it */
        return LLONG_MAX;
    long long fifth_ms = left_ms / 5;
    return deadline_ms - (fifth_ms < stream->margin_ms ? fifth_ms : stream->margin_ms);
}

static bool open_stream(struct rapi_stream *stream)
{
    struct rapi *api = stream->api;
    const char *id = stream->in->invocation_id;
    const char *type = stream->content_type;
    stream->limit_ms = find_limit_ms(stream);
    api->verdict.status = 0; /* what there is, is on an earlier answer */
    const struct http_header headers[] = {
        { "Lambda-Runtime-Function-Response-Mode", "streaming" },
        { "Content-Type", type[0] ? type : "application/octet-stream" },
        { "Trailer", ERROR_TYPE ", " ERROR_BODY },
        { id[0] ? "Lambda-Runtime-Invocation-Id" : NULL, id },
        { NULL, NULL },
    };
    if (rapi_write_path(&api->path, stream->in->request_id, "response"))
        stream->http = http_stream_open(api->http, buf_text(&api->path), headers,
                                        &api->verdict, &stream->why);
    else
        err_set(&stream->why, "the request id is longer than a path may be");
    return stream->http != NULL;
}

/* The platform answered before the end, or the connection broke: `why` has the connection's reason. */
static void lose(struct rapi_stream *stream)
{
    stream->state = SINK_LOST;
    if (stream->api->verdict.status)
        rapi_refusal(&stream->api->verdict, &stream->why);
    err_while(&stream->why, "streaming the answer");
}

enum sink_result rapi_stream_write(void *arg, const char *bytes, size_t len,
                                   struct err *err)
{
    struct rapi_stream *stream = arg;
    if (stream->state == SINK_TAKEN) {
        enum http_progress progress = HTTP_OVER;
        if (stream->http || open_stream(stream))
            progress = http_stream_write(stream->http, bytes, len, stream->limit_ms,
                                         &stream->why);
        switch (progress) {
        case HTTP_TAKEN: return SINK_TAKEN;
        case HTTP_LATE:
            stream->state = SINK_LATE;
            err_set(&stream->why,
                    "the answer was not read fast enough to be sent before the deadline");
            break;
        case HTTP_OVER: lose(stream); break;
        }
    }
    *err = stream->why;
    return stream->state;
}

bool rapi_stream_begin(struct rapi_stream *stream)
{
    if (!stream->http && stream->state == SINK_TAKEN && !open_stream(stream))
        lose(stream);
    return stream->http != NULL;
}

bool rapi_stream_begun(const struct rapi_stream *stream)
{
    return stream->http != NULL;
}

/* Sends the end and waits for the verdict. */
static bool finish(struct rapi_stream *stream, const struct reply *error, struct err *err)
{
    struct buf body = { .limit = BASE64_LIMIT_BYTES };
    struct http_header trailers[3] = { { NULL, NULL } };
    bool encoded =
        !error || base64_encode(&body, buf_text(&error->body), error->body.len);
    if (error) {
        trailers[0] = (struct http_header){ ERROR_TYPE, error->error_type };
        if (encoded)
            trailers[1] = (struct http_header){ ERROR_BODY, buf_text(&body) };
    }
    long long soon_ms = clock_now_ms() + FINAL_GRACE_MS;
    bool answered =
        http_stream_end(stream->http, trailers,
                        stream->limit_ms > soon_ms ? stream->limit_ms : soon_ms, err);
    buf_free(&body);
    return answered;
}

enum rapi_outcome rapi_stream_end(struct rapi_stream *stream, const struct reply *error,
                                  struct err *err)
{
    const struct http_reply *verdict = &stream->api->verdict;
    bool answered = false;
    *err = stream->why;
    if (stream->state != SINK_LOST) {
        if (rapi_stream_begin(stream))
            answered = finish(stream, error, err);
        else
            *err = stream->why;
        if (!answered || verdict->status < 200 || verdict->status >= 300) {
            if (answered)
                rapi_refusal(verdict, err);
            err_while(err, "ending the streamed answer");
        }
    }
    int status = stream->http ? verdict->status : 0;
    http_stream_close(stream->http);
    stream->http = NULL;
    if (answered && status >= 200 && status < 300)
        return RAPI_TAKEN;
    return status == 500 ? RAPI_STOP : RAPI_REFUSED;
}
