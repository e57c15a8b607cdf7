/* SPDX-License-Identifier: MIT */
#include "session.h"

#include "clock.h"
#include "server.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

enum {
    CHUNK_BYTES = 64 * 1024,
    DRAIN_LIMIT_BYTES = 4 * 1024 * 1024, /* a writer that never stops must not hold us */
    SHUTDOWN_US =
        500 * 1000, /* what Lambda gives where there are internal extensions only */
    SETTLE_ROUNDS_LIMIT = 1000, /* likewise a client that never stops calling */
};

/* From here on these signals are read, not suffered: the sandbox must go first. */
static bool take_signals(struct session *session, struct err *err)
{
    sigset_t signals;
    (void)sigemptyset(&signals);
    (void)sigaddset(&signals, SIGINT);
    (void)sigaddset(&signals, SIGTERM);
    (void)sigaddset(&signals, SIGHUP);
    (void)sigaddset(&signals, SIGQUIT);
    (void)signal(SIGPIPE, SIG_IGN); /* a reader who leaves is an error of write */
    (void)sigprocmask(SIG_BLOCK, &signals, NULL);
    session->signals_fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
    return session->signals_fd >= 0 ||
           err_set(err, "cannot listen for signals: %s", strerror(errno));
}

static bool build_environment(struct session *session, const struct options *options,
                              struct err *err)
{
    struct buf folder = { .limit = PATH_MAX };
    const char *bootstrap = session->bootstrap.data;
    bool built =
        buf_append(&folder, bootstrap, (size_t)(strrchr(bootstrap, '/') - bootstrap)) &&
        environment_build(&session->environment, options, &session->target,
                          buf_text(&folder), server_port(session->server), err);
    buf_free(&folder);
    return built;
}

static bool make_lanes(struct session *session, size_t count, struct err *err)
{
    session->lanes[session->lane_count++] = &session->protocol;
    while (session->lane_count < count) {
        struct protocol *lane = calloc(1, sizeof *lane);
        if (!lane)
            return err_set(err, "no memory for %zu events at a time", count);
        session->lanes[session->lane_count++] = lane;
    }
    return true;
}

bool session_open(struct session *session, const struct options *options, struct err *err)
{
    *session = (struct session){
        .sandbox = SANDBOX_NONE,
        .bootstrap = { .limit = PATH_MAX },
        .signals_fd = -1,
    };
    stream_open(&session->stream, &session->report);
    if (!options->concurrency) /* several at a time are printed one after the other */
        session->protocol.stream =
            (struct protocol_stream){ stream_begin, stream_pass, &session->stream };
    if (!target_resolve(&session->target, options->handler, options->root, err) ||
        !sandbox_find(&session->bootstrap, err) || !take_signals(session, err))
        return false;
    if (!make_lanes(session, options->concurrency ? (size_t)options->concurrency : 1,
                    err))
        return false;
    session->server = server_open(session->lanes, session->lane_count, err);
    return session->server && build_environment(session, options, err);
}

bool session_launch(struct session *session, struct err *err)
{
    for (size_t i = 0; i < session->lane_count; i++)
        protocol_restart(session->lanes[i]);
    return sandbox_start(&session->sandbox, session->bootstrap.data, session->target.root,
                         session->environment.entries, err);
}

bool session_has_sandbox(const struct session *session)
{
    return session->sandbox.pid > 0;
}

/* One piece of the function's output. False when there is no more for now. */
static bool pass_output(struct session *session, size_t *passed)
{
    char chunk[CHUNK_BYTES];
    struct sandbox *sandbox = &session->sandbox;
    ssize_t got =
        sandbox->output_fd < 0 ? -1 : read(sandbox->output_fd, chunk, sizeof chunk);
    if (got > 0) {
        report_output(&session->report, chunk, (size_t)got);
        *passed += (size_t)got;
        return true;
    }
    if (got == 0)
        sandbox_close_output(sandbox);
    return got < 0 && errno == EINTR && sandbox->output_fd >= 0;
}

static void drain_output(struct session *session)
{
    size_t passed = 0;
    while (passed < DRAIN_LIMIT_BYTES && pass_output(session, &passed))
        ;
}

/* Hears what a process that has ended had sent before. */
static bool settle_calls(struct session *session)
{
    struct pollfd calls[SERVER_FDS_LIMIT];
    for (int round = 0; round < SETTLE_ROUNDS_LIMIT; round++) {
        size_t count =
            server_run(session->server) ? server_watch(session->server, calls) : 0;
        if (count == 0)
            return false;
        if (server_timeout_ms(session->server) != 0 && poll(calls, count, 0) <= 0)
            return true;
    }
    return true;
}

static int remaining_ms(struct session *session, long long until_us)
{
    long long left_us = until_us - clock_monotonic_us();
    long long left_ms = left_us > 0 ? (left_us + 999) / 1000 : 0;
    int server_ms = server_timeout_ms(session->server);
    if (server_ms >= 0 && server_ms < left_ms)
        return server_ms;
    return left_ms < INT_MAX ? (int)left_ms : INT_MAX;
}

static bool has_stopped(struct session *session)
{
    struct signalfd_siginfo info;
    if (read(session->signals_fd, &info, sizeof info) != (ssize_t)sizeof info)
        return false;
    session->signal = (int)info.ssi_signo;
    return true;
}

static enum session_news broken(struct err *err, const char *what)
{
    (void)err_set(err, "%s: %s", what, strerror(errno));
    return SESSION_BROKEN;
}

static bool has_failed(const struct session *session)
{
    return session->protocol.state == PROTOCOL_INIT_FAILED; /* always on the first lane */
}

static bool is_ready(const struct session *session)
{
    for (size_t i = 0; i < session->lane_count; i++)
        if (session->lanes[i]->state == PROTOCOL_READY && !session->lanes[i]->rests)
            return true;
    return false;
}

/* The loop of this program: calls, output, the process's end, signals, the clock. */
enum session_news session_wait(struct session *session, long long until_us,
                               struct err *err)
{
    enum { OUTPUT, EXIT, SIGNALS, OWN_FDS };
    for (;;) {
        if (is_ready(session) || has_failed(session)) {
            drain_output(
                session); /* it was written before the call that brought us here */
            return has_failed(session) ? SESSION_INIT_FAILED : SESSION_READY;
        }
        if (clock_monotonic_us() >= until_us)
            return SESSION_LATE;
        struct pollfd fds[OWN_FDS + SERVER_FDS_LIMIT] = {
            [OUTPUT] = { .fd = session->sandbox.output_fd, .events = POLLIN }, /* or -1 */
            [EXIT] = { .fd = session->sandbox.exit_fd, .events = POLLIN },
            [SIGNALS] = { .fd = session->signals_fd, .events = POLLIN },
        };
        size_t count = server_watch(session->server, fds + OWN_FDS);
        if (count == 0)
            return broken(err, "the local Runtime API broke down");
        if (poll(fds, OWN_FDS + count, remaining_ms(session, until_us)) < 0 &&
            errno != EINTR)
            return broken(err, "cannot wait for the runtime");
        size_t passed = 0;
        if (fds[OUTPUT].revents)
            (void)pass_output(session, &passed);
        if (fds[SIGNALS].revents && has_stopped(session))
            return SESSION_STOPPED;
        if (fds[EXIT].revents ? !settle_calls(session) : !server_run(session->server))
            return broken(err, "the local Runtime API broke down");
        if (fds[EXIT].revents && !has_failed(session))
            return SESSION_EXITED;
    }
}

void session_deliver(struct session *session, const struct protocol_event *event)
{
    session_deliver_on(session, &session->protocol, event);
}

void session_deliver_on(struct session *session, struct protocol *lane,
                        const struct protocol_event *event)
{
    protocol_deliver(lane, event);
    server_wake(session->server, lane);
}

void session_shut_down(struct session *session)
{
    struct err err;
    if (!session_has_sandbox(session) || !server_has_extension(session->server))
        return;
    for (size_t i = 0; i < session->lane_count; i++)
        session->lanes[i]->rests = true;
    (void)kill(session->sandbox.pid, SIGTERM);
    enum session_news news =
        session_wait(session, clock_monotonic_us() + SHUTDOWN_US, &err);
    (void)news; /* ended or not: it is over */
}

void session_end_sandbox(struct session *session)
{
    if (!session_has_sandbox(session))
        return;
    sandbox_end(&session->sandbox);
    drain_output(session);
    sandbox_close_output(
        &session->sandbox); /* a process that left the group may hold it still */
    (void)settle_calls(session);
    server_forget(session->server);
    (void)settle_calls(session);
}

void session_close(struct session *session)
{
    session_end_sandbox(session);
    server_close(session->server);
    environment_free(&session->environment);
    buf_free(&session->bootstrap);
    for (size_t i = 0; i < session->lane_count; i++)
        protocol_free(session->lanes[i]);
    while (session->lane_count > 1)
        free(session->lanes[--session->lane_count]);
    session->lane_count = 0;
    stream_close(&session->stream);
    if (session->signals_fd >= 0)
        (void)close(session->signals_fd);
    session->signals_fd = -1;
}
