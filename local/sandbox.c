/* SPDX-License-Identifier: MIT */
#include "sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { STATUS_FILE_BYTES = 4096 };

static bool is_program(const char *path)
{
    struct stat found;
    return stat(path, &found) == 0 && S_ISREG(found.st_mode) && access(path, X_OK) == 0;
}

/* The path is made absolute: it is used from another folder. */
static bool find_in(const char *folder, size_t len, struct buf *path)
{
    char absolute[PATH_MAX];
    buf_clear(path);
    if (len == 0 || !buf_append(path, folder, len) || !buf_puts(path, "/bootstrap") ||
        !is_program(path->data) || !realpath(path->data, absolute))
        return false;
    buf_clear(path);
    return buf_puts(path, absolute);
}

bool sandbox_find(struct buf *path, struct err *err)
{
    char own[PATH_MAX];
    ssize_t len = readlink("/proc/self/exe", own, sizeof own - 1);
    own[len > 0 ? len : 0] = '\0';
    char *slash = strrchr(own, '/');
    if (slash)
        *slash = '\0';
    if (find_in(own, strlen(own), path))
        return true;
    const char *folders = getenv("PATH");
    for (const char *at = folders; at && *at; at += strspn(at, ":")) {
        size_t folder_len = strcspn(at, ":");
        if (find_in(at, folder_len, path))
            return true;
        at += folder_len;
    }
    return err_set(
        err,
        "no bootstrap (the runtime) found: neither beside lunambda in %s nor in "
        "PATH (%s); build it with ./dev, or copy it there",
        own, folders ? folders : "not set");
}

/* In the child: from here to exec only what is safe after fork. Returns on failure. */
static void become(const char *bootstrap, const char *folder, char *const *environment,
                   int output_fd, pid_t parent)
{
    sigset_t none;
    (void)sigemptyset(&none);
    for (int number = 1; number < NSIG; number++)
        (void)signal(number,
                     SIG_DFL); /* fails for those that cannot be ignored: never mind */
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    (void)setpgid(0, 0);
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) /* it died before the line above */
        _exit(1);
    int null_fd = open("/dev/null", O_RDONLY);
    if (null_fd < 0 || dup2(null_fd, STDIN_FILENO) < 0 ||
        dup2(output_fd, STDOUT_FILENO) < 0 || dup2(output_fd, STDERR_FILENO) < 0 ||
        chdir(folder) != 0)
        return;
    /* Also what we inherited ourselves: a Lambda process has the standard three. */
    (void)close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC);
    char name[] = "bootstrap", *argv[] = { name, NULL };
    (void)execve(bootstrap, argv, environment);
}

/* Waits until the child has become bootstrap (0) or has said why not (errno). */
static int await_exec(int report_fd)
{
    int reason = 0;
    ssize_t got = 0;
    do
        got = read(report_fd, &reason, sizeof reason);
    while (got < 0 && errno == EINTR);
    return got == (ssize_t)sizeof reason ? reason : 0;
}

static void close_pair(const int pair[2])
{
    (void)close(pair[0]);
    (void)close(pair[1]);
}

bool sandbox_start(struct sandbox *sandbox, const char *bootstrap, const char *folder,
                   char *const *environment, struct err *err)
{
    int output[2], report[2];
    *sandbox = (struct sandbox)SANDBOX_NONE;
    if (pipe2(output, O_CLOEXEC) != 0)
        return err_set(err, "cannot make a pipe: %s", strerror(errno));
    if (pipe2(report, O_CLOEXEC) != 0) {
        close_pair(output);
        return err_set(err, "cannot make a pipe: %s", strerror(errno));
    }
    pid_t self = getpid(), pid = fork();
    if (pid == 0) {
        become(bootstrap, folder, environment, output[1], self);
        int reason = errno;
        (void)!write(report[1], &reason, sizeof reason);
        _exit(1);
    }
    int reason = errno;
    (void)close(output[1]);
    (void)close(report[1]);
    if (pid > 0) {
        (void)setpgid(pid, pid); /* whoever of the two comes first */
        reason = await_exec(report[0]);
        sandbox->pid = pid;
        sandbox->output_fd = output[0];
        sandbox->exit_fd = reason ? -1 : pidfd_open(pid, 0);
        if (!reason && sandbox->exit_fd < 0)
            reason = errno;
    }
    (void)close(report[0]);
    if (pid > 0 && !reason && fcntl(output[0], F_SETFL, O_NONBLOCK) == 0)
        return true;
    if (pid > 0)
        sandbox_end(sandbox);
    (void)close(output[0]);
    *sandbox = (struct sandbox)SANDBOX_NONE;
    return err_set(err, "cannot start %s in %s: %s", bootstrap, folder, strerror(reason));
}

/* VmHWM of /proc/<pid>/status, which is gone as soon as the process has ended. */
void sandbox_measure(struct sandbox *sandbox)
{
    char path[32], text[STATUS_FILE_BYTES];
    (void)snprintf(path, sizeof path, "/proc/%ld/status", (long)sandbox->pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    ssize_t len = read(fd, text, sizeof text - 1);
    (void)close(fd);
    text[len > 0 ? len : 0] = '\0';
    const char *line = strstr(text, "\nVmHWM:");
    if (line) {
        long kb = strtol(line + strlen("\nVmHWM:"), NULL, 10);
        if (kb > sandbox->max_memory_kb)
            sandbox->max_memory_kb = kb;
    }
}

void sandbox_end(struct sandbox *sandbox)
{
    if (sandbox->pid <= 0)
        return;
    sandbox_measure(sandbox);
    (void)kill(-sandbox->pid, SIGKILL); /* not reaped yet: the number is still its own */
    (void)kill(sandbox->pid, SIGKILL);
    struct rusage usage = { 0 };
    while (wait4(sandbox->pid, &sandbox->status, 0, &usage) < 0 && errno == EINTR)
        ;
    /* It counts what we had ourselves at fork: second best, for one that ended unasked. */
    if (sandbox->max_memory_kb == 0)
        sandbox->max_memory_kb = usage.ru_maxrss;
    if (sandbox->exit_fd >= 0)
        (void)close(sandbox->exit_fd);
    sandbox->exit_fd = -1;
    sandbox->pid = 0;
}

void sandbox_close_output(struct sandbox *sandbox)
{
    if (sandbox->output_fd >= 0)
        (void)close(sandbox->output_fd);
    sandbox->output_fd = -1;
}

void sandbox_describe_exit(const struct sandbox *sandbox, struct err *words)
{
    int status = sandbox->status;
    if (WIFSIGNALED(status)) {
        const char *name = strsignal(WTERMSIG(status));
        struct err lower;
        (void)err_set(&lower, "%s", name ? name : "unknown");
        if (*lower.text >= 'A' && *lower.text <= 'Z')
            *lower.text = (char)(*lower.text - 'A' + 'a');
        (void)err_set(words, "Runtime exited with error: signal: %s%s", lower.text,
                      WCOREDUMP(status) ? " (core dumped)" : "");
    } else if (WEXITSTATUS(status) == 0) {
        (void)err_set(words, "Runtime exited without providing a reason");
    } else {
        (void)err_set(words, "Runtime exited with error: exit status %d",
                      WEXITSTATUS(status));
    }
}
