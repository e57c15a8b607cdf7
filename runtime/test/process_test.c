/* SPDX-License-Identifier: MIT
 * Children of /bin/sh, and what they find. */
#include "check.h"
#include "clock.h"
#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LIMIT_US = 30000000 };

static int start(struct process *process, const char *script, bool leads_group)
{
    char name[] = "sh", option[] = "-c", text[512];
    (void)snprintf(text, sizeof text, "%s", script);
    char *argv[] = { name, option, text, NULL };
    const struct process_plan plan = {
        .file = "sh", .argv = argv, .environment = environ, .leads_group = leads_group
    };
    return process_start(process, &plan);
}

/* Reads to the end; the text, in a buffer of that size. */
static void read_all(int fd, char *text, size_t size)
{
    size_t len = 0;
    struct pollfd readable = { .fd = fd, .events = POLLIN };
    while (len < size - 1 && poll(&readable, 1, LIMIT_US / 1000) > 0) {
        ssize_t got = read(fd, text + len, size - 1 - len);
        if (got <= 0)
            break;
        len += (size_t)got;
    }
    text[len] = '\0';
}

/* What a script prints. */
static struct process_exit run(const char *script, char *text, size_t size)
{
    struct process process = PROCESS_NONE;
    struct process_exit how = { .status = -2 };
    CHECK(start(&process, script, false) == 0);
    process_close_in(&process);
    read_all(process.out, text, size);
    CHECK(process_wait(&process, clock_monotonic_us() + LIMIT_US, &how));
    CHECK(process.pid == 0);
    process_end(&process);
    return how;
}

static bool has_children(void)
{
    siginfo_t info;
    return waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 || errno != ECHILD;
}

static void tells_exit_status_and_signal(void)
{
    char text[16];
    struct process_exit how = run("exit 7", text, sizeof text);
    CHECK(how.status == 7 && how.signal == 0);
    how = run("kill -TERM $$", text, sizeof text);
    CHECK(how.status == -1 && how.signal == SIGTERM);
    CHECK(!has_children());
}

static void gives_errno_when_nothing_starts(void)
{
    struct process process = PROCESS_NONE;
    char name[] = "/nowhere/at-all";
    char *argv[] = { name, NULL };
    struct process_plan plan = { .file = name, .argv = argv, .environment = environ };
    CHECK(process_start(&process, &plan) == ENOENT);
    CHECK(process.pid == 0 && process.in == -1 && process.out == -1 && process.err == -1);
    plan.file = "/dev/null";
    CHECK(process_start(&process, &plan) == EACCES);
    plan.file = "/bin/sh";
    plan.folder = "/nowhere";
    CHECK(process_start(&process, &plan) == ENOENT);
    CHECK(!has_children());
}

/* Whatever the thread that starts it blocks, ignores or handles. */
static void gives_default_signals(void)
{
    char text[4096];
    sigset_t all, before;
    (void)sigfillset(&all);
    CHECK(signal(SIGHUP, SIG_IGN) != SIG_ERR && signal(SIGRTMIN + 3, SIG_IGN) != SIG_ERR);
    CHECK(pthread_sigmask(SIG_SETMASK, &all, &before) == 0);
    (void)run("exec cat /proc/self/status", text, sizeof text);
    CHECK(pthread_sigmask(SIG_SETMASK, &before, NULL) == 0);
    CHECK(signal(SIGHUP, SIG_DFL) == SIG_IGN && signal(SIGRTMIN + 3, SIG_DFL) == SIG_IGN);
    CHECK(strstr(text, "SigBlk:\t0000000000000000"));
    CHECK(strstr(text, "SigIgn:\t0000000000000000"));
    CHECK(strstr(text, "SigCgt:\t0000000000000000"));
}

static void gives_no_descriptor_but_three(void)
{
    char text[256];
    int open_one = dup(STDERR_FILENO), high = fcntl(STDERR_FILENO, F_DUPFD, 200);
    CHECK(open_one > 2 && high >= 200); /* neither closes on exec */
    (void)run("exec ls /proc/self/fd", text, sizeof text);
    CHECK_TEXT(text, "0\n1\n2\n3\n"); /* the last is ls's own, for the folder */
    (void)close(open_one);
    (void)close(high);
}

/* A host that has closed them gets pipes of these numbers. */
static void works_without_standard_descriptors_of_our_own(void)
{
    char text[64];
    int in = dup(STDIN_FILENO), out = dup(STDOUT_FILENO), err = dup(STDERR_FILENO);
    (void)close(STDIN_FILENO);
    (void)close(STDOUT_FILENO);
    (void)close(STDERR_FILENO);
    struct process_exit how =
        run("echo out; exec ls /proc/self/fd | wc -l", text, sizeof text);
    (void)dup2(in, STDIN_FILENO);
    (void)dup2(out, STDOUT_FILENO);
    (void)dup2(err, STDERR_FILENO);
    (void)close(in);
    (void)close(out);
    (void)close(err);
    CHECK(how.status == 0);
    CHECK_TEXT(text, "out\n4\n"); /* ls has one of its own */
}

static void leaves_no_descriptor_of_ours_behind(void)
{
    char text[16];
    int before = dup(STDERR_FILENO);
    (void)close(before);
    for (int i = 0; i < 50; i++)
        (void)run("true", text, sizeof text);
    gives_errno_when_nothing_starts();
    int after = dup(STDERR_FILENO);
    (void)close(after);
    CHECK(after == before);
}

static void an_end_kills_what_ignores_everything_else(void)
{
    char text[64];
    struct process process = PROCESS_NONE;
    CHECK(start(&process, "trap '' TERM HUP INT; echo up; while :; do sleep 60; done",
                true) == 0);
    struct pollfd readable = { .fd = process.out, .events = POLLIN };
    CHECK(poll(&readable, 1, LIMIT_US / 1000) == 1);
    CHECK(read(process.out, text, sizeof text) == 3);
    struct process_exit how;
    process_signal(&process, SIGTERM);
    CHECK(!process_wait(&process, 0, &how));
    pid_t group = process.pid;
    process_end(&process);
    CHECK(process.pid == 0 && process.in == -1);
    CHECK(!has_children());
    /* Its child went with it: once init has reaped that, the group is gone. */
    bool gone = false;
    for (int i = 0; i < 3000 && !gone; i++) {
        gone = kill(-group, 0) < 0 && errno == ESRCH;
        (void)poll(NULL, 0, gone ? 0 : 10);
    }
    CHECK(gone);
    process_end(&process); /* harmless */
}

static void reaps_only_its_own_child(void)
{
    char text[16];
    pid_t other = fork();
    if (other == 0)
        _exit(5);
    CHECK(other > 0);
    (void)run("exit 0", text, sizeof text);
    int status = 0;
    CHECK(waitpid(other, &status, 0) == other && WEXITSTATUS(status) == 5);
}

static void copes_when_the_system_reaps(void)
{
    struct process process = PROCESS_NONE;
    struct process_exit how = { .status = 0 };
    CHECK(signal(SIGCHLD, SIG_IGN) != SIG_ERR);
    CHECK(start(&process, "exit 3", false) == 0);
    CHECK(process_wait(&process, clock_monotonic_us() + LIMIT_US, &how));
    CHECK(how.status == -1 && how.signal == 0);
    process_end(&process);
    CHECK(signal(SIGCHLD, SIG_DFL) != SIG_ERR);
}

int main(void)
{
    RUN(tells_exit_status_and_signal);
    RUN(gives_errno_when_nothing_starts);
    RUN(gives_default_signals);
    RUN(gives_no_descriptor_but_three);
    RUN(works_without_standard_descriptors_of_our_own);
    RUN(leaves_no_descriptor_of_ours_behind);
    RUN(an_end_kills_what_ignores_everything_else);
    RUN(reaps_only_its_own_child);
    RUN(copes_when_the_system_reaps);
    return check_done();
}
