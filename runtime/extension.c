/* SPDX-License-Identifier: MIT */
#include "extension.h"

#include "clock.h"
#include "headers.h"
#include "http.h"
#include "log.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define PREFIX "/2020-01-01/extension"

enum {
    STACK_BYTES = 512 * 1024, /* it runs libcurl and no Lua */
    REPLY_LIMIT_BYTES = 16 * 1024,
    HEADERS_LIMIT = 16 * 1024,
    ID_LIMIT_BYTES = 128,
    WAIT_TRIES = 5,
    FIRST_PAUSE_MS = 100, /* doubles with each try */
    LONG_WAIT_US =
        10 * 1000 * 1000, /* what held so long was well: the tries begin anew */
};

struct extension {
    const char *api, *user_agent; /* borrowed */
    struct http *http;
    struct http_reply reply;
    char id[ID_LIMIT_BYTES];
    int stop; /* an eventfd: readable when the thread is to end */
    pthread_t thread;
    bool has_thread;
};

/* One wait. Why it came to an end is in err. */
static void wait_once(struct extension *extension, struct err *err)
{
    const struct http_header headers[] = {
        { "Lambda-Extension-Identifier", extension->id },
        { NULL, NULL },
    };
    struct http_reply *reply = &extension->reply;
    if (!http_get_with(extension->http, PREFIX "/event/next", headers, reply, err))
        return;
    if (reply->status == 200)
        err_set(err, "it was answered, though no event had been asked for");
    else
        err_set(err, "HTTP status %d: %.200s", reply->status, buf_text(&reply->body));
}

/* The wait that has no end: with no events asked for, the platform never answers. It is asked again only
 * where the connection broke. */
static void *wait_for_ever(void *arg)
{
    struct extension *extension = arg;
    struct err err = { "" };
    for (int tries = 1, pause_ms = FIRST_PAUSE_MS; tries <= WAIT_TRIES; tries++) {
        long long start_us = clock_monotonic_us();
        wait_once(extension, &err);
        if (http_is_woken(extension->http))
            return NULL;
        if (clock_monotonic_us() - start_us >= LONG_WAIT_US) {
            tries = 0;
            pause_ms = FIRST_PAUSE_MS;
        }
        struct pollfd stop = { .fd = extension->stop, .events = POLLIN };
        (void)poll(&stop, 1, pause_ms);
        pause_ms *= 2;
    }
    log_message(LOG_WARN, "",
                "lambda.on_shutdown: the platform does not allow the internal extension "
                "to wait: %s",
                err.text);
    return NULL;
}

static bool enrol(struct extension *extension, struct err *err)
{
    static const char body[] = "{\"events\":[]}";
    const struct http_header headers[] = {
        { "Content-Type", "application/json" },
        { "Lambda-Extension-Name", "lunambda" },
        { NULL, NULL },
    };
    struct http_reply *reply = &extension->reply;
    if (!http_post(extension->http, PREFIX "/register", headers, body, sizeof body - 1,
                   reply, err))
        return false;
    if (reply->status != 200)
        return err_set(err, "HTTP status %d: %.200s", reply->status,
                       buf_text(&reply->body));
    const char *id = headers_find(&reply->headers, "lambda-extension-identifier");
    int len = snprintf(extension->id, sizeof extension->id, "%s", id);
    return (len > 0 && len < ID_LIMIT_BYTES) ||
           err_set(err, "the answer has no Lambda-Extension-Identifier");
}

/* Signals are for the thread that runs Lua. */
static bool start_thread(struct extension *extension, struct err *err)
{
    sigset_t all, before;
    pthread_attr_t attributes;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    int failure = pthread_attr_init(&attributes);
    if (!failure) {
        (void)pthread_attr_setstacksize(&attributes, STACK_BYTES);
        failure =
            pthread_create(&extension->thread, &attributes, wait_for_ever, extension);
        (void)pthread_attr_destroy(&attributes);
    }
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    extension->has_thread = !failure;
    return !failure || err_set(err, "no thread: %s", strerror(failure));
}

/* A client without a connection yet. */
static bool open_client(struct extension *extension, struct err *err)
{
    char url[512];
    int len = snprintf(url, sizeof url, "http://%s", extension->api);
    if (len < 0 || (size_t)len >= sizeof url)
        return err_set(err, "the address is too long");
    extension->http = http_open(url, extension->user_agent, err);
    if (!extension->http)
        return false;
    http_wake_by(extension->http, extension->stop);
    return true;
}

static bool start(struct extension *extension, struct err *err)
{
    extension->stop = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (extension->stop < 0)
        return err_set(err, "no eventfd: %s", strerror(errno));
    return open_client(extension, err) && enrol(extension, err) &&
           start_thread(extension, err);
}

static void stop_thread(struct extension *extension)
{
    eventfd_t unused;
    if (!extension->has_thread)
        return;
    (void)eventfd_write(extension->stop, 1);
    (void)pthread_join(extension->thread, NULL);
    (void)eventfd_read(extension->stop, &unused);
    extension->has_thread = false;
}

struct extension *extension_start(const char *api, const char *user_agent,
                                  struct err *err)
{
    struct extension *extension = calloc(1, sizeof *extension);
    if (!extension) {
        err_set(err, "not enough memory for the internal extension");
        return NULL;
    }
    extension->api = api;
    extension->user_agent = user_agent;
    extension->stop = -1;
    extension->reply.cut_body = true;
    extension->reply.body.limit = REPLY_LIMIT_BYTES;
    extension->reply.headers.limit = HEADERS_LIMIT;
    if (start(extension, err))
        return extension;
    err_while(err, "registering an internal extension for lambda.on_shutdown");
    extension_stop(extension);
    return NULL;
}

bool extension_reconnect(struct extension *extension, struct err *err)
{
    if (!extension)
        return true;
    stop_thread(extension);
    http_close(extension->http);
    extension->http = NULL;
    return (open_client(extension, err) && start_thread(extension, err)) ||
           err_while(err, "lambda.on_shutdown: after the snapshot");
}

void extension_stop(struct extension *extension)
{
    if (!extension)
        return;
    stop_thread(extension);
    http_close(extension->http);
    if (extension->stop >= 0)
        (void)close(extension->stop);
    buf_free(&extension->reply.body);
    buf_free(&extension->reply.headers);
    free(extension);
}
