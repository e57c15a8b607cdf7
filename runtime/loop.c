/* SPDX-License-Identifier: MIT
 * init → next → invoke → respond or fail → next … The only file that knows both the API and the Lua host.
 * Five things end it: init failed, memory exhausted, transport broken, the platform said 500, and the waker. */
#include "loop.h"

#include "failure.h"
#include "host.h"
#include "lifecycle.h"
#include "log.h"
#include "loop_stream.h"
#include "rapi.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TRACE_VARIABLE "_X_AMZN_TRACE_ID"

enum {
    TRACE_LIMIT_BYTES = 4096,
    /* Given back when memory has run out, so that there is some to report it with. */
    BALLAST_BYTES = 256 * 1024,
};

struct loop {
    const struct settings *settings;
    struct rapi *api;
    struct host *host;
    struct memory_pool *pool;
    struct invocation in;
    void *ballast; /* NULL when it was given back */
    /* The rest is room that mostly stays unused, and is no memory until it is written to. */
    struct reply reply;
    /* In the environment while there is a trace id. */
    char trace_variable[TRACE_LIMIT_BYTES];
};

/* What has to be zero at first, with the cause's first byte: it is empty. */
#define LOOP_HEAD_BYTES (offsetof(struct loop, reply.cause) + 1)

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

static void drop_ballast(struct loop *loop)
{
    free(loop->ballast);
    loop->ballast = NULL;
}

bool loop_load(struct loop *loop, const char *config_error)
{
    if (config_error) {
        failure_write(&loop->reply, "Runtime.ConfigInvalid", config_error);
    } else {
        loop->host = host_open(loop->settings, loop->pool, &loop->reply);
        if (loop->host && host_load(loop->host, &loop->reply) == HOST_OK)
            return true;
    }
    drop_ballast(loop); /* memory may be what was missing */
    log_document("", "Init Error", &loop->reply.body);
    return false;
}

void loop_report_init_failure(struct loop *loop)
{
    struct err err = { "" };
    if (!rapi_init_fail(loop->api, &loop->reply, &err))
        log_message(LOG_WARN, "", "%s", err.text);
}

/* Whether memory ran out: then a fresh process has to take over. The platform logs no reason of its own. */
static bool is_spent(struct loop *loop, enum host_status status)
{
    bool spent = host_is_spent(loop->host);
    if (spent)
        drop_ballast(loop);
    if (spent && status != HOST_EXHAUSTED)
        log_message(
            LOG_WARN, loop->in.request_id,
            "memory ran out; the handler recovered and its answer is posted, but this "
            "%s ends, so that the next event meets a fresh one",
            loop->settings->worker_count ? "worker" : "process");
    return spent;
}

bool loop_has_shutdown_hooks(const struct loop *loop)
{
    return host_has_hook(loop->host, HOOK_SHUTDOWN, 1);
}

int loop_snapshot(struct loop *loop, struct extension *extension)
{
    const char *type = loop->settings->init_type;
    if (!type || strcmp(type, "snap-start") != 0)
        return 0;
    return lifecycle_snapshot(loop->host, loop->api, extension, &loop->reply);
}

/* One invocation, from event to posted answer, and what was to come after it. False when it was to be the
 * last, for the reason in *end. */
static bool answer(struct loop *loop, enum loop_end *end)
{
    struct err err = { "" };
    const struct invocation *in = &loop->in;
    enum rapi_outcome outcome = RAPI_STOP;
    enum host_status status = host_invoke(loop->host, in, &loop->reply);
    bool spent = status != HOST_STREAMS && is_spent(loop, status);
    switch (status) {
    case HOST_OK: outcome = rapi_respond(loop->api, in, &loop->reply, &err); break;
    case HOST_STREAMS:
        outcome = loop_stream(loop->settings, loop->host, loop->api, in, &loop->reply,
                              &status, &err);
        spent = is_spent(loop, status);
        break;
    case HOST_FAILED:
    case HOST_EXHAUSTED:
        log_failure(in, &loop->reply.body);
        outcome = rapi_fail(loop->api, in, &loop->reply, &err);
        break;
    }
    if (outcome != RAPI_TAKEN)
        log_message(outcome == RAPI_STOP ? LOG_FATAL : LOG_WARN, in->request_id, "%s",
                    err.text);
    *end = outcome == RAPI_STOP ? LOOP_STOPPED : LOOP_EXHAUSTED;
    if (outcome == RAPI_STOP || spent)
        return false;
    bool sound = lifecycle_after(loop->host, in->request_id, &loop->reply);
    host_rest(loop->host);
    if (sound && host_is_spent(loop->host))
        log_message(
            LOG_WARN, in->request_id,
            "memory ran out in a function of lambda.after, which recovered; this %s "
            "ends, so that the next event meets a fresh one",
            loop->settings->worker_count ? "worker" : "process");
    return sound && !host_is_spent(loop->host);
}

enum loop_end loop_serve(struct loop *loop)
{
    struct err err = { "" };
    enum loop_end end = LOOP_STOPPED;
    do {
        buf_clear(&loop->reply.body);
        if (!rapi_next(loop->api, &loop->in, &err)) {
            if (rapi_is_woken(loop->api))
                return LOOP_WOKEN;
            log_message(LOG_FATAL, "", "%s", err.text);
            return LOOP_STOPPED;
        }
        if (!loop->settings->worker_count) /* the environment is for all workers */
            publish_trace_id(loop, loop->in.trace_id);
    } while (answer(loop, &end));
    return end;
}

void loop_wake_by(struct loop *loop, int fd)
{
    rapi_wake_by(loop->api, fd);
}

void loop_shut_down(struct loop *loop)
{
    lifecycle_shut_down(loop->host, &loop->reply);
}

struct loop *loop_open(const struct settings *settings, struct memory_pool *pool)
{
    struct err err = { "not enough memory for a worker" };
    struct loop *loop = malloc(sizeof *loop);
    if (loop) {
        memset(loop, 0, LOOP_HEAD_BYTES);
        loop->settings = settings;
        loop->ballast = malloc(BALLAST_BYTES); /* without it, less is certain */
        loop->pool = pool;
        loop->reply.body.limit = ANSWER_ROOM_BYTES;
        loop->api = rapi_open(settings->api, LOOP_USER_AGENT, &err);
        if (loop->api)
            return loop;
    }
    log_message(LOG_FATAL, "", "%s", err.text);
    loop_close(loop);
    return NULL;
}

void loop_close(struct loop *loop)
{
    if (!loop)
        return;
    if (!loop->settings->worker_count)
        (void)unsetenv(TRACE_VARIABLE); /* it lies in this struct */
    host_close(loop->host);
    rapi_close(loop->api);
    buf_free(&loop->reply.body);
    drop_ballast(loop);
    free(loop);
}
