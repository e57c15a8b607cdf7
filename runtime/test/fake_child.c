/* SPDX-License-Identifier: MIT */
#include "fake_child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *const KEPT[] = { "PATH", "ASAN_OPTIONS", "UBSAN_OPTIONS",
                                    "LSAN_OPTIONS", "TSAN_OPTIONS" };
enum { KEPT_COUNT = sizeof KEPT / sizeof *KEPT };

static bool set_environment(const struct fake_plan *plan, const char *api)
{
    char *kept[KEPT_COUNT] = { NULL };
    for (size_t i = 0; i < KEPT_COUNT; i++) {
        const char *value = getenv(KEPT[i]);
        kept[i] = value ? strdup(value) : NULL;
    }
    if (clearenv())
        return false;
    for (size_t i = 0; i < KEPT_COUNT; i++) {
        if (kept[i] && setenv(KEPT[i], kept[i], 1))
            return false;
        free(kept[i]);
    }
    if (setenv("AWS_LAMBDA_RUNTIME_API", api, 1))
        return false;
    for (size_t i = 0; i < plan->env_count; i++) {
        const char *equals = strchr(plan->env[i], '=');
        char *name = strndup(plan->env[i], strcspn(plan->env[i], "="));
        bool set = name && !(equals ? setenv(name, equals + 1, 1) : unsetenv(name));
        free(name);
        if (!set)
            return false;
    }
    return true;
}

/* Runs in the child: whatever our own parents ignored or blocked must not reach the program. */
static void become(const struct fake_child *child, const struct fake_plan *plan,
                   const char *api, char **argv)
{
    sigset_t none;
    (void)sigemptyset(&none);
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (nothing >= 0 && dup2(nothing, STDIN_FILENO) >= 0 &&
        dup2(child->stdout_fd, STDOUT_FILENO) >= 0 &&
        dup2(child->stderr_fd, STDERR_FILENO) >= 0 && !close_range(3, ~0U, 0) &&
        signal(SIGPIPE, SIG_DFL) != SIG_ERR && !sigprocmask(SIG_SETMASK, &none, NULL) &&
        !(plan->folder && chdir(plan->folder)) && set_environment(plan, api))
        (void)execvp(argv[0], argv);
    (void)dprintf(STDERR_FILENO, "fake_rapi: cannot start %s: %s\n", argv[0],
                  strerror(errno));
    _exit(127);
}

static int create(const char *folder, const char *name)
{
    char path[4096];
    int len = snprintf(path, sizeof path, "%s/%s", folder, name);
    if (len < 0 || (size_t)len >= sizeof path)
        return -1;
    return open(path, O_RDWR | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0644);
}

bool fake_child_start(struct fake_child *child, const struct fake_plan *plan,
                      const char *folder, const char *api, char **argv, struct err *err)
{
    child->stdout_fd = create(folder, "stdout");
    child->stderr_fd = create(folder, "stderr");
    if (child->stdout_fd < 0 || child->stderr_fd < 0)
        return err_set(err, "cannot write to %s: %s", folder, strerror(errno));
    child->pid = fork();
    if (child->pid < 0)
        return err_set(err, "cannot fork: %s", strerror(errno));
    if (!child->pid)
        become(child, plan, api, argv);
    return true;
}

bool fake_child_ended(struct fake_child *child)
{
    if (child->pid < 0 || waitpid(child->pid, &child->wait_status, WNOHANG) != child->pid)
        return false;
    child->pid = -1;
    return true;
}

void fake_child_kill(const struct fake_child *child)
{
    if (child->pid > 0)
        (void)kill(child->pid, SIGKILL);
}

void fake_child_stop(struct fake_child *child)
{
    if (child->pid > 0) {
        (void)kill(child->pid, SIGKILL);
        while (waitpid(child->pid, &child->wait_status, 0) < 0 && errno == EINTR)
            ;
        child->pid = -1;
    }
    if (child->stdout_fd >= 0)
        (void)close(child->stdout_fd);
    if (child->stderr_fd >= 0)
        (void)close(child->stderr_fd);
    child->stdout_fd = child->stderr_fd = -1;
}

long fake_child_written(int fd)
{
    struct stat facts;
    return fd >= 0 && !fstat(fd, &facts) ? (long)facts.st_size : 0;
}
