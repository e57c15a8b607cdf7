/* SPDX-License-Identifier: MIT */
#include "loop_stream.h"

#include "failure.h"
#include "log.h"

#include <string.h>

/* A write gives up before the guard strikes: it knows that the reader is slow, the guard only where we are. */
enum { AHEAD_MS = 50 };

/* Ends what was begun with the error as trailers, which must be short; the log has all of it. */
static enum rapi_outcome cut_short(struct host *host, struct rapi_stream *stream,
                                   const struct reply *error, enum host_status *status,
                                   struct err *err)
{
    if (error->body.len <= RAPI_TRAILER_DOCUMENT_LIMIT_BYTES)
        return rapi_stream_end(stream, error, err);
    struct reply brief = { .body.limit = RAPI_TRAILER_DOCUMENT_LIMIT_BYTES };
    if (host_abridge(host, error, RAPI_TRAILER_DOCUMENT_LIMIT_BYTES, &brief) ==
        HOST_EXHAUSTED)
        *status = HOST_EXHAUSTED;
    enum rapi_outcome outcome = rapi_stream_end(stream, &brief, err);
    buf_free(&brief.body);
    return outcome;
}

enum rapi_outcome loop_stream(const struct settings *settings, struct host *host,
                              struct rapi *api, const struct invocation *in,
                              struct reply *reply, enum host_status *status,
                              struct err *err)
{
    char content_type[CONTENT_TYPE_LIMIT_BYTES]; /* the host empties the reply */
    memcpy(content_type, reply->content_type, sizeof content_type);
    struct rapi_stream stream = { .api = api,
                                  .in = in,
                                  .content_type = content_type,
                                  .margin_ms = settings->deadline_margin_ms + AHEAD_MS };
    const struct sink sink = { rapi_stream_write, &stream };
    *status = host_stream(host, &sink, reply);
    if (*status == HOST_OK && rapi_stream_begin(&stream) && stream.state != SINK_LATE)
        return rapi_stream_end(&stream, NULL, err);
    if (*status == HOST_OK) /* and yet not whole: the body kept the error for itself */
        failure_write(reply,
                      stream.state == SINK_LATE ? "Function.DeadlineExceeded"
                                                : "Runtime.StreamNotOpened",
                      stream.why.text);
    log_failure(in, &reply->body);
    return rapi_stream_begun(&stream) ? cut_short(host, &stream, reply, status, err)
                                      : rapi_fail(api, in, reply, err);
}
