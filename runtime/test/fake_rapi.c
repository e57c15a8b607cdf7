/* SPDX-License-Identifier: MIT
 * A fake of the Lambda Runtime API that answers as a plan says (fake_plan.h), misbehaves where it is told to,
 * and records what it was asked:
 *
 *     fake_rapi PLAN RECORD [-- PROGRAM ARGUMENT...]
 *
 * PLAN is a file, RECORD a folder. The port is printed on stdout. PROGRAM is started with the address in
 * AWS_LAMBDA_RUNTIME_API and killed at the time limit; the fake ends with it. Without a program the fake ends
 * when the plan is used up and the last connection is closed, or at the time limit.
 *
 *     RECORD/requests   each request: fake_request_record in fake_request.h
 *     RECORD/upload-1   the body of the first chunked upload, and so on; in requests: fake_upload_record
 *     RECORD/stdout     what the program wrote
 *     RECORD/stderr
 *     RECORD/outcome    lines "exit N" or "signal N" or "limit MS"; "connections N"; "requests N";
 *                       "unused N" (answers to /next that nobody asked for); "ms N" (how long it took)
 *
 * Exit status: 0 when the program ended by itself, however it did; 1 when it had to be killed or something
 * went wrong here; 2 for a bad plan or bad arguments. */
#include "clock.h"
#include "fake_child.h"
#include "fake_listener.h"
#include "fake_plan.h"
#include "fake_server.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LATE_CHECK_MS = 2 };

struct fake {
    struct fake_plan plan;
    struct fake_child child;
    struct fake_listener listener;
    struct fake_server server;
    int ended; /* a signalfd: readable when the program has ended */
};

/* Serves until it is over. False at the time limit. */
static bool run(struct fake *fake, bool has_program, struct err *err)
{
    for (;;) {
        long left_ms = fake->plan.limit_ms - fake_server_elapsed_ms(&fake->server);
        if (left_ms <= 0)
            return err_set(err, "not over after %ld ms", fake->plan.limit_ms);
        if (!fake_listener_listen_when_due(&fake->listener, &fake->plan, err))
            return false;
        bool listens = fake->listener.is_listening;
        fake_server_attend(&fake->server, listens ? fake->listener.fd : -1, fake->ended,
                           listens || fake->plan.never ? (int)left_ms : LATE_CHECK_MS);
        if (has_program && fake_child_ended(&fake->child))
            return true;
        if (!has_program && fake->server.is_used_up && !fake->server.open_count)
            return true;
    }
}

static FILE *create(const char *folder, const char *name)
{
    char path[4096];
    int len = snprintf(path, sizeof path, "%s/%s", folder, name);
    return len < 0 || (size_t)len >= sizeof path ? NULL : fopen(path, "we");
}

static bool write_outcome(const struct fake *fake, const char *folder, bool over)
{
    FILE *file = create(folder, "outcome");
    if (!file)
        return false;
    int status = fake->child.wait_status;
    if (!over)
        (void)fprintf(file, "limit %ld\n", fake->plan.limit_ms);
    else if (WIFSIGNALED(status))
        (void)fprintf(file, "signal %d\n", WTERMSIG(status));
    else
        (void)fprintf(file, "exit %d\n", WEXITSTATUS(status));
    (void)fprintf(file, "connections %ld\nrequests %ld\nunused %zu\nms %ld\n",
                  fake->server.connection_count, fake->server.request_count,
                  fake->plan.nexts.count - fake->plan.nexts.used,
                  fake_server_elapsed_ms(&fake->server));
    return fclose(file) == 0;
}

static bool watch_for_ends(struct fake *fake)
{
    sigset_t ends;
    (void)sigemptyset(&ends);
    (void)sigaddset(&ends, SIGCHLD);
    if (sigprocmask(SIG_BLOCK, &ends, NULL))
        return false;
    fake->ended = signalfd(-1, &ends, SFD_CLOEXEC | SFD_NONBLOCK);
    return fake->ended >= 0;
}

/* Everything between the arguments and the exit status. */
static bool play(struct fake *fake, const char *folder, char **argv, struct err *err)
{
    char api[256];
    if (!fake->plan.quiet)
        fake->server.record = create(folder, "requests");
    fake->server.folder = folder;
    if (!watch_for_ends(fake) || (!fake->server.record && !fake->plan.quiet))
        return err_set(err, "cannot record in %s: %s", folder, strerror(errno));
    if (!fake_listener_open(&fake->listener, &fake->plan, err))
        return false;
    fake_listener_name(&fake->listener, &fake->plan, api, sizeof api);
    (void)printf("%d\n", fake->listener.port);
    (void)fflush(stdout);
    fake->server.started_us = clock_monotonic_us();
    /* Before the program starts, if nothing has to be waited for. */
    if (!fake_listener_listen_when_due(&fake->listener, &fake->plan, err))
        return false;
    if (argv && !fake_child_start(&fake->child, &fake->plan, folder, api, argv, err))
        return false;
    bool over = run(fake, argv != NULL, err);
    fake_child_stop(&fake->child);
    if (!write_outcome(fake, folder, over))
        return err_set(err, "cannot write the outcome to %s", folder);
    return over;
}

static bool clean_up(struct fake *fake)
{
    fake_child_stop(&fake->child);
    fake_server_close(&fake->server);
    fake_listener_close(&fake->listener);
    if (fake->ended >= 0)
        (void)close(fake->ended);
    fake_plan_free(&fake->plan);
    return !fake->server.record || fclose(fake->server.record) == 0;
}

int main(int argc, char **argv)
{
    struct err err = { "" };
    bool has_program = argc > 4 && strcmp(argv[3], "--") == 0;
    if (argc != 3 && !has_program) {
        (void)fputs("usage: fake_rapi PLAN RECORD [-- PROGRAM ARGUMENT...]\n", stderr);
        return 2;
    }
    struct fake fake = { .child = { .pid = -1, .stdout_fd = -1, .stderr_fd = -1 },
                         .listener = { .fd = -1 },
                         .ended = -1 };
    fake.server.plan = &fake.plan;
    fake.server.child = &fake.child;
    bool planned = fake_plan_read(&fake.plan, argv[1], &err);
    bool over = planned && play(&fake, argv[2], has_program ? argv + 4 : NULL, &err);
    bool cleaned = clean_up(&fake);
    if (!over)
        (void)fprintf(stderr, "fake_rapi: %s\n", err.text);
    if (!planned)
        return 2;
    return over && cleaned ? 0 : 1;
}
