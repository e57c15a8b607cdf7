/* SPDX-License-Identifier: MIT */
#include "rapi.h"

#include "headers.h"
#include "log.h"
#include "pause.h"
#include "rapi_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PREFIX "/2018-06-01/runtime"

enum {
    NEXT_TRIES = 5,
    FIRST_PAUSE_MS = 100, /* doubles with each try */
    PATH_LIMIT_BYTES = 4 * 1024,
    REASON_LIMIT_BYTES = 4 * 1024, /* of what a refusal says */
    REASON_SHOWN_BYTES = 300,
};

/* A fresh client, without a connection yet, in place of the one that may be there. */
static bool open_client(struct rapi *rapi, struct err *err)
{
    http_close(rapi->http);
    rapi->http = NULL;
    buf_clear(&rapi->path);
    if (buf_puts(&rapi->path, "http://") && buf_puts(&rapi->path, rapi->address))
        rapi->http = http_open(buf_text(&rapi->path), rapi->user_agent, err);
    else
        err_set(err, "the address is too long");
    return rapi->http || err_while(err, "AWS_LAMBDA_RUNTIME_API");
}

struct rapi *rapi_open(const char *api, const char *user_agent, struct err *err)
{
    struct rapi *rapi = calloc(1, sizeof *rapi);
    if (!rapi) {
        err_set(err, "not enough memory for the Runtime API client");
        return NULL;
    }
    rapi->path.limit = PATH_LIMIT_BYTES;
    rapi->events.body.limit = EVENT_LIMIT_BYTES;
    rapi->events.headers.limit = HEADERS_LIMIT_BYTES;
    rapi->verdict.body.limit = REASON_LIMIT_BYTES;
    rapi->verdict.headers.limit = HEADERS_LIMIT_BYTES;
    rapi->verdict.cut_body = true;
    rapi->address = api;
    rapi->user_agent = user_agent;
    if (open_client(rapi, err))
        return rapi;
    rapi_close(rapi);
    return NULL;
}

bool rapi_refusal(const struct http_reply *reply, struct err *err)
{
    char reason[REASON_SHOWN_BYTES + 1];
    size_t len = 0;
    const char *body = buf_text(&reply->body);
    for (; body[len] && len < REASON_SHOWN_BYTES; len++)
        reason[len] = (char)((unsigned char)body[len] < ' ' ? ' ' : body[len]);
    reason[len] = '\0';
    return err_set(err, "HTTP status %d%s%s", reply->status, len ? ": " : "", reason);
}

/* Whether asking again could help: not when the platform knows us and says no. */
static bool is_final(int status)
{
    return status == 403 || status == 410 || status == 500;
}

/* One try. Sets *again when another one could help. */
static bool ask(struct rapi *api, struct invocation *in, bool *again, struct err *err)
{
    *again = true;
    struct http_reply *reply = &api->events;
    if (!http_get(api->http, PREFIX "/invocation/next", reply, err))
        return false;
    if (reply->status != 200) {
        *again = !is_final(reply->status);
        return rapi_refusal(reply, err);
    }
    in->request_id = headers_find(&reply->headers, "lambda-runtime-aws-request-id");
    in->trace_id = headers_find(&reply->headers, "lambda-runtime-trace-id");
    in->invocation_id = headers_find(&reply->headers, "lambda-runtime-invocation-id");
    in->body = reply->body;
    in->headers = reply->headers;
    return in->request_id[0] != '\0' ||
           err_set(err, "the event came without a Lambda-Runtime-Aws-Request-Id");
}

void rapi_wake_by(struct rapi *api, int fd)
{
    http_wake_by(api->http, fd);
}

bool rapi_is_woken(const struct rapi *api)
{
    return http_is_woken(api->http);
}

bool rapi_next(struct rapi *api, struct invocation *in, struct err *err)
{
    int pause_ms = FIRST_PAUSE_MS;
    bool again = false;
    for (int tries = 1;; tries++) {
        if (ask(api, in, &again, err))
            return true;
        if (!again || tries == NEXT_TRIES || rapi_is_woken(api))
            return err_while(err, "asking the Runtime API for the next event");
        log_message(LOG_WARN, "", "no event: %s; asking again in %d ms", err->text,
                    pause_ms);
        pause_for_ms(pause_ms);
        pause_ms *= 2;
    }
}

/* The id may have been chosen by a caller: escaped (RFC 3986 §2.1). */
bool rapi_write_path(struct buf *path, const char *request_id, const char *what)
{
    static const char unreserved[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    buf_clear(path);
    if (!buf_puts(path, PREFIX "/invocation/"))
        return false;
    for (const char *c = request_id; *c; c++)
        if (strchr(unreserved, *c) ? !buf_append(path, c, 1)
                                   : !buf_printf(path, "%%%02X", (unsigned char)*c))
            return false;
    return buf_printf(path, "/%s", what);
}

/* Sends it, once more when the first reply did not come. */
static enum rapi_outcome post(struct rapi *api, const char *path,
                              const struct http_header *headers, const struct buf *body,
                              struct err *err)
{
    struct http_reply *reply = &api->verdict;
    bool answered =
        http_post(api->http, path, headers, body->data, body->len, reply, err);
    bool again = !answered;
    if (again)
        answered = http_post(api->http, path, headers, body->data, body->len, reply, err);
    if (!answered)
        return RAPI_REFUSED;
    int status = reply->status;
    if (status >= 200 && status < 300)
        return RAPI_TAKEN;
    if (again && (status == 400 || status == 403 || status == 410))
        return RAPI_TAKEN; /* the first one had arrived after all */
    rapi_refusal(reply, err);
    return status == 500 ? RAPI_STOP : RAPI_REFUSED;
}

/* Posts the body under …/{request id}/what, echoing the invocation id where one was given. */
static enum rapi_outcome post_answer(struct rapi *api, const struct invocation *in,
                                     const char *what, struct http_header *headers,
                                     const struct buf *body, struct err *err)
{
    if (in->invocation_id[0]) {
        struct http_header *end = headers;
        while (end->name)
            end++;
        *end = (struct http_header){ "Lambda-Runtime-Invocation-Id", in->invocation_id };
    }
    enum rapi_outcome outcome = RAPI_REFUSED;
    if (rapi_write_path(&api->path, in->request_id, what))
        outcome = post(api, buf_text(&api->path), headers, body, err);
    else
        err_set(err, "the request id is longer than a path may be");
    if (outcome != RAPI_TAKEN) {
        char doing[64];
        (void)snprintf(doing, sizeof doing, "posting %zu bytes to /%s", body->len, what);
        err_while(err, doing);
    }
    return outcome;
}

enum rapi_outcome rapi_respond(struct rapi *api, const struct invocation *in,
                               const struct reply *reply, struct err *err)
{
    const char *type = reply->content_type;
    /* Room for the invocation id and the end. */
    struct http_header headers[] = {
        { "Content-Type", type[0] ? type : "application/json" },
        { NULL, NULL },
        { NULL, NULL },
    };
    return post_answer(api, in, "response", headers, &reply->body, err);
}

/* What every report of an error carries; the list ends at the first without a name. */
enum { ERROR_HEADER_COUNT = 3 };
static void list_error_headers(struct http_header *headers, const struct reply *reply)
{
    headers[0] = (struct http_header){ "Content-Type", "application/json" };
    headers[1] =
        (struct http_header){ "Lambda-Runtime-Function-Error-Type", reply->error_type };
    if (reply->cause[0])
        headers[2] = (struct http_header){ "Lambda-Runtime-Function-XRay-Error-Cause",
                                           reply->cause };
}

enum rapi_outcome rapi_fail(struct rapi *api, const struct invocation *in,
                            const struct reply *reply, struct err *err)
{
    /* Room for the invocation id and the end. */
    struct http_header headers[ERROR_HEADER_COUNT + 2] = { { NULL, NULL } };
    list_error_headers(headers, reply);
    return post_answer(api, in, "error", headers, &reply->body, err);
}

/* Posts an error document that belongs to no invocation. */
static bool post_document(struct rapi *api, const char *path, const struct reply *reply,
                          struct err *err)
{
    struct http_header headers[ERROR_HEADER_COUNT + 1] = { { NULL, NULL } };
    list_error_headers(headers, reply);
    return post(api, path, headers, &reply->body, err) == RAPI_TAKEN;
}

bool rapi_init_fail(struct rapi *api, const struct reply *reply, struct err *err)
{
    return post_document(api, PREFIX "/init/error", reply, err) ||
           err_while(err, "posting to /init/error");
}

bool rapi_restore_fail(struct rapi *api, const struct reply *reply, struct err *err)
{
    return post_document(api, PREFIX "/restore/error", reply, err) ||
           err_while(err, "posting to /restore/error");
}

enum rapi_restored rapi_restore_next(struct rapi *api, struct err *err)
{
    static const char path[] = PREFIX "/restore/next";
    struct http_reply *reply = &api->verdict;
    bool answered = http_get(api->http, path, reply, err);
    if (!answered) /* the connection may not have survived the snapshot */
        answered = open_client(api, err) && http_get(api->http, path, reply, err);
    if (answered && reply->status == 404)
        return RAPI_NO_SNAPSHOT;
    if (answered && reply->status != 200)
        answered = rapi_refusal(reply, err);
    if (answered && open_client(api, err))
        return RAPI_RESTORED;
    err_while(err, "asking the Runtime API for the restoration");
    return RAPI_NOT_RESTORED;
}

void rapi_close(struct rapi *api)
{
    if (!api)
        return;
    http_close(api->http);
    buf_free(&api->path);
    buf_free(&api->events.body);
    buf_free(&api->events.headers);
    buf_free(&api->verdict.body);
    buf_free(&api->verdict.headers);
    free(api);
}
