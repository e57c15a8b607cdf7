/* SPDX-License-Identifier: MIT */
#include "http_fake.h"

#include "clock.h"
#include "headers.h"
#include "http.h"
#include "pause.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct fake_platform fake;

void fake_reset(void)
{
    fake = (struct fake_platform){ .answer_count = 0 };
}

void fake_answer(int status, const char *headers, const char *body)
{
    if (fake.answer_count == FAKE_CALLS_LIMIT)
        abort();
    fake.answers[fake.answer_count++] = (struct fake_answer){ status, headers, body };
}

struct http {
    char unused;
};

struct http *http_open(const char *base_url, const char *user_agent, struct err *err)
{
    (void)base_url;
    (void)user_agent;
    (void)err;
    fake.opened++;
    return calloc(1, sizeof(struct http));
}

void http_close(struct http *http)
{
    free(http);
}

static struct fake_call *record(const char *path)
{
    if (fake.call_count == FAKE_CALLS_LIMIT || fake.answer_count == 0)
        abort();
    struct fake_call *call = &fake.calls[fake.call_count++];
    (void)snprintf(call->path, sizeof call->path, "%s", path);
    return call;
}

static void keep_headers(struct fake_call *call, const struct http_header *headers)
{
    for (; headers->name; headers++) {
        size_t used = strlen(call->headers);
        (void)snprintf(call->headers + used, sizeof call->headers - used, "%s: %s\n",
                       headers->name, headers->value);
    }
}

static bool answer(struct http_reply *reply, struct err *err)
{
    int last = fake.answer_count - 1, now = fake.call_count - 1;
    const struct fake_answer *script = &fake.answers[now < last ? now : last];
    buf_clear(&reply->body);
    buf_clear(&reply->headers);
    reply->status = script->status;
    if (!script->status)
        return err_set(err, "connection refused");
    for (const char *line = script->headers; line && *line;) {
        const char *end = strchr(line, '\n') + 1;
        if (!headers_add_line(&reply->headers, line, (size_t)(end - line)))
            abort();
        line = end;
    }
    return buf_puts(&reply->body, script->body ? script->body : "");
}

bool http_get(struct http *http, const char *path, struct http_reply *reply,
              struct err *err)
{
    (void)http;
    (void)record(path);
    return answer(reply, err);
}

bool http_get_with(struct http *http, const char *path, const struct http_header *headers,
                   struct http_reply *reply, struct err *err)
{
    (void)http;
    keep_headers(record(path), headers);
    return answer(reply, err);
}

void http_wake_by(struct http *http, int fd)
{
    (void)http;
    (void)fd;
}

bool http_is_woken(const struct http *http)
{
    (void)http;
    return fake.is_woken;
}

bool http_post(struct http *http, const char *path, const struct http_header *headers,
               const char *body, size_t len, struct http_reply *reply, struct err *err)
{
    (void)http;
    struct fake_call *call = record(path);
    call->is_post = true;
    keep_headers(call, headers);
    (void)snprintf(call->body, sizeof call->body, "%.*s", (int)len, body ? body : "");
    return answer(reply, err);
}

/* The pause is part of the platform too: a walk over all statuses must not sleep. */
void pause_for_ms(int ms)
{
    fake.paused_ms += ms;
}
