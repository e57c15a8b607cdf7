/* SPDX-License-Identifier: MIT
 * The Lambda Runtime API, 2018-06-01: paths, header names, and what each status means.
 * https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html. Knows nothing of Lua. */
#ifndef LUNAMBDA_RAPI_H
#define LUNAMBDA_RAPI_H

#include "err.h"
#include "invocation.h"
#include "sink.h"

enum {
    /* Both trailers and their end must fit into the 4 KiB that Go's HTTP server reads ahead, and the platform
     * is written in Go: 4096 bytes less the names and the longest type leave 2916 bytes before base64. */
    RAPI_TRAILER_DOCUMENT_LIMIT_BYTES = 2800,
};

struct rapi;

/* What became of an answer. */
enum rapi_outcome {
    RAPI_TAKEN,
    RAPI_REFUSED, /* no longer ours to answer, or lost on the way: log err, ask for the next event */
    RAPI_STOP, /* the platform asks us to exit: log err, do */
};

/* api is host:port, as in AWS_LAMBDA_RUNTIME_API; both texts are borrowed until rapi_close. Connects only with the first request.
 * NULL with a message in err. */
struct rapi *rapi_open(const char *api, const char *user_agent, struct err *err);

/* Waits for the next event, possibly for hours: the platform freezes us meanwhile.
 * Tries five times, 0.1 s apart and doubling, where that can help.
 * False only when the process should end; err says what was asked and why no event came. */
MUST_CHECK bool rapi_next(struct rapi *api, struct invocation *in, struct err *err);

/* Posts the answer of an invocation. The reply is only read. */
MUST_CHECK enum rapi_outcome rapi_respond(struct rapi *api, const struct invocation *in,
                                          const struct reply *reply, struct err *err);

/* Posts the error document of an invocation, its type and cause in headers. */
MUST_CHECK enum rapi_outcome rapi_fail(struct rapi *api, const struct invocation *in,
                                       const struct reply *reply, struct err *err);

/* Reports that the function could not be loaded; the process exits afterwards whatever the outcome.
 * False with a message when the platform did not take it. */
MUST_CHECK bool rapi_init_fail(struct rapi *api, const struct reply *reply,
                               struct err *err);

/* What came of the call that lets the platform take the snapshot. */
enum rapi_restored {
    RAPI_RESTORED,
    RAPI_NO_SNAPSHOT, /* the platform knows no such call: go on as if it had never been made */
    RAPI_NOT_RESTORED, /* log err, exit */
};

/* SnapStart: says that the snapshot may be taken, and waits until a sandbox starts from it. The connection
 * is dropped then: its other end was in another sandbox. */
MUST_CHECK enum rapi_restored rapi_restore_next(struct rapi *api, struct err *err);

/* Reports that the function could not go on after its restoration; the process exits afterwards.
 * False with a message when the platform did not take it. */
MUST_CHECK bool rapi_restore_fail(struct rapi *api, const struct reply *reply,
                                  struct err *err);

/* From now on rapi_next fails as soon as fd is readable; rapi_is_woken tells that from a failure. */
void rapi_wake_by(struct rapi *api, int fd);
bool rapi_is_woken(const struct rapi *api);

/* A streamed answer, piece by piece. Starts as { .api, .in, .content_type, .margin_ms }, borrowed; ends with rapi_stream_end. */
struct rapi_stream {
    struct rapi *api;
    const struct invocation *in;
    const char *content_type; /* "" means application/octet-stream */
    /* A piece is late so long before the deadline, or a fifth of the time that was left. */
    long margin_ms;
    struct http_stream *http; /* NULL until the first piece */
    long long limit_ms;       /* Unix epoch: what is not taken by then is late */
    enum sink_result state;   /* TAKEN as long as more is taken */
    struct err why;           /* in the other states */
};

/* A sink's write; arg is a struct rapi_stream. Asks for nothing before the first piece, keeps nothing after it.
 * Gives up margin_ms before the invocation's deadline, so that there is time to say so. */
enum sink_result rapi_stream_write(void *arg, const char *bytes, size_t len,
                                   struct err *err);

/* Opens it, should no piece have done so: what an empty answer needs. False when it cannot be opened: then the state
 * is SINK_LOST and `why` says it. */
MUST_CHECK bool rapi_stream_begin(struct rapi_stream *stream);

/* Whether anything was sent: if not, an error can still be posted with rapi_fail instead. */
bool rapi_stream_begun(const struct rapi_stream *stream);

/* Ends the answer; an answer without a piece is posted empty. error: what cut it short, as a document of at most
 * RAPI_TRAILER_DOCUMENT_LIMIT_BYTES, sent as trailers; NULL when the answer is whole. */
MUST_CHECK enum rapi_outcome rapi_stream_end(struct rapi_stream *stream,
                                             const struct reply *error, struct err *err);

void rapi_close(struct rapi *api); /* NULL is allowed */

#endif
