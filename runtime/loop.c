/* SPDX-License-Identifier: MIT
 * init → next → invoke → respond or fail → next … The only file that knows both the API and the Lua host.
 * Four things end it: init failed, memory exhausted, transport broken, the platform said 500. */
#include "loop.h"

#include "failure.h"
#include "headers.h"
#include "host.h"
#include "log.h"
#include "loop_stream.h"
#include "rapi.h"

#include <stdio.h>
#include <stdlib.h>

#define USER_AGENT "lunambda/" LUNAMBDA_VERSION

#define TRACE_VARIABLE "_X_AMZN_TRACE_ID"

enum { TRACE_LIMIT_BYTES = 4096 };

struct loop {
    const struct settings *settings;
    struct rapi *api;
    struct host *host;
    struct memory_pool pool;
    struct invocation in;
    struct reply reply;
    char trace_variable
        [TRACE_LIMIT_BYTES]; /* in the environment while there is a trace id */
};

/* The SDKs read the trace id from the environment; a stale one would file the segment under
 * the wrong request. Rewritten in place: glibc's setenv keeps every value that it is given. */
static void publish_trace_id(struct loop *loop, const char *trace_id)
{
    int len =
        snprintf(loop->trace_variable, TRACE_LIMIT_BYTES, TRACE_VARIABLE "=%s", trace_id);
    if (trace_id[0] && len < TRACE_LIMIT_BYTES)
        (void)putenv(loop->trace_variable); /* without memory: no trace, but an answer */
    else
        (void)unsetenv(TRACE_VARIABLE);
}

/* Makes loop->host ready to be called; false with the error document in loop->reply. */
static bool init(struct loop *loop, const char *config_error)
{
    if (config_error) {
        failure_write(&loop->reply, "Runtime.ConfigInvalid", config_error);
        return false;
    }
    loop->host = host_open(loop->settings, &loop->pool, &loop->reply);
    return loop->host && host_load(loop->host, &loop->reply) == HOST_OK;
}

static void report_init_failure(struct loop *loop)
{
    struct err err = { "" };
    log_document("", "", "Init Error", &loop->reply.body);
    if (!rapi_init_fail(loop->api, &loop->reply, &err))
        log_message(LOG_WARN, "", "%s", err.text);
}

/* Whether memory ran out: then a fresh process has to take over. The platform logs no reason of its own. */
static bool is_spent(const struct loop *loop, enum host_status status)
{
    bool spent = host_is_spent(loop->host);
    if (spent && status != HOST_EXHAUSTED)
        log_message(
            LOG_WARN, loop->in.request_id,
            "memory ran out; the handler recovered and its answer is posted, but this "
            "process ends, so that the next event meets a fresh one");
    return spent;
}

/* One invocation, from event to posted answer. False when it was to be the last. */
static bool answer(struct loop *loop)
{
    struct err err = { "" };
    const struct invocation *in = &loop->in;
    enum rapi_outcome outcome = RAPI_STOP;
    enum host_status status = host_invoke(loop->host, in, &loop->reply);
    bool spent = is_spent(loop, status);
    switch (status) {
    case HOST_OK: outcome = rapi_respond(loop->api, in, &loop->reply, &err); break;
    case HOST_STREAMS:
        outcome = loop_stream(loop->settings, loop->host, loop->api, in, &loop->reply,
                              &status, &err);
        spent = is_spent(loop, status);
        break;
    case HOST_FAILED:
    case HOST_EXHAUSTED:
        log_document(in->request_id,
                     headers_find(&in->headers, "lambda-runtime-aws-tenant-id"),
                     "Invoke Error", &loop->reply.body);
        outcome = rapi_fail(loop->api, in, &loop->reply, &err);
        break;
    }
    if (outcome != RAPI_TAKEN)
        log_message(outcome == RAPI_STOP ? LOG_FATAL : LOG_WARN, in->request_id, "%s",
                    err.text);
    host_rest(loop->host);
    return outcome != RAPI_STOP && !spent;
}

static void serve(struct loop *loop)
{
    struct err err = { "" };
    do {
        buf_clear(&loop->reply.body);
        if (!rapi_next(loop->api, &loop->in, &err)) {
            log_message(LOG_FATAL, "", "%s", err.text);
            return;
        }
        publish_trace_id(loop, loop->in.trace_id);
    } while (answer(loop));
}

int loop_run(const struct settings *settings, const char *config_error)
{
    struct err err = { "" };
    struct loop loop = {
        .settings = settings,
        .pool.ceiling_bytes = memory_ceiling_bytes(settings->memory_limit_mb),
        .reply.body.limit = ANSWER_ROOM_BYTES,
    };
    loop.api = rapi_open(settings->api, USER_AGENT, &err);
    if (!loop.api)
        log_message(LOG_FATAL, "", "%s", err.text);
    else if (init(&loop, config_error))
        serve(&loop);
    else
        report_init_failure(&loop);
    (void)unsetenv(TRACE_VARIABLE); /* it lies in this frame */
    host_close(loop.host);
    rapi_close(loop.api);
    buf_free(&loop.reply.body);
    return EXIT_FAILURE;
}
