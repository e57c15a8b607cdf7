/* SPDX-License-Identifier: MIT
 * The Lambda Runtime API, 2018-06-01: paths, header names, and what each status means.
 * https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html. Knows nothing of Lua. */
#ifndef LUNAMBDA_RAPI_H
#define LUNAMBDA_RAPI_H

#include "err.h"
#include "invocation.h"

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

void rapi_close(struct rapi *api); /* NULL is allowed */

#endif
