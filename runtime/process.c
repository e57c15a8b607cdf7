/* SPDX-License-Identifier: MIT */
#include "process.h"

#include "clock.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    FIRST_NAP_US = 50, /* doubles with each look */
    LAST_NAP_US = 5000,
    /* After SIGKILL. Longer takes only one that hangs in the kernel; our own end leaves that to init. */
    REAP_LIMIT_US = 2000000,
};

static void close_end(int *fd)
{
    if (*fd >= 0)
        (void)close(*fd);
    *fd = -1;
}

/* The two ends of one pipe. */
struct ends {
    int ours, childs;
};

/* Above 2: dup2 in the child must not overwrite an end that is still needed. -1 with errno; fd is closed then. */
static int lift(int fd)
{
    if (fd > STDERR_FILENO || fd < 0)
        return fd;
    int higher = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    int failure = errno;
    (void)close(fd);
    errno = failure;
    return higher;
}

/* False with errno; whatever was opened is in `ends`. */
static bool open_pipe(struct ends *ends, bool child_reads)
{
    int fds[2];
    if (pipe2(fds, O_CLOEXEC))
        return false;
    ends->childs = lift(fds[child_reads ? 0 : 1]);
    int failure = errno;
    ends->ours = lift(fds[child_reads ? 1 : 0]);
    if (ends->childs < 0)
        errno = failure;
    return ends->childs >= 0 && ends->ours >= 0 &&
           fcntl(ends->ours, F_SETFL, O_NONBLOCK) == 0;
}

/* posix_spawn* return an errno. */
static int plan_files(posix_spawn_file_actions_t *actions, const struct ends *pipes,
                      const char *folder)
{
    int failure = 0;
    for (int fd = STDIN_FILENO; !failure && fd <= STDERR_FILENO; fd++)
        failure = posix_spawn_file_actions_adddup2(actions, pipes[fd].childs, fd);
    if (!failure)
        failure = posix_spawn_file_actions_addclosefrom_np(actions, STDERR_FILENO + 1);
    if (!failure && folder)
        failure = posix_spawn_file_actions_addchdir_np(actions, folder);
    return failure;
}

static int plan_manners(posix_spawnattr_t *attributes, bool leads_group)
{
    sigset_t all, none;
    memset(
        &all, 0xff,
        sizeof all); /* sigfillset leaves out glibc's own two, and posix_spawn ignores those then */
    (void)sigemptyset(&none);
    short flags = POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK;
    if (leads_group)
        flags |= POSIX_SPAWN_SETPGROUP;
    int failure = posix_spawnattr_setsigdefault(attributes, &all);
    if (!failure)
        failure = posix_spawnattr_setsigmask(attributes, &none);
    if (!failure)
        failure = posix_spawnattr_setpgroup(attributes, 0);
    return failure ? failure : posix_spawnattr_setflags(attributes, flags);
}

static int spawn(pid_t *pid, const struct process_plan *plan, const struct ends *pipes)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    int failure = posix_spawn_file_actions_init(&actions);
    if (failure)
        return failure;
    failure = posix_spawnattr_init(&attributes);
    if (!failure) {
        failure = plan_files(&actions, pipes, plan->folder);
        if (!failure)
            failure = plan_manners(&attributes, plan->leads_group);
        if (!failure)
            failure = posix_spawnp(pid, plan->file, &actions, &attributes, plan->argv,
                                   plan->environment);
        (void)posix_spawnattr_destroy(&attributes);
    }
    (void)posix_spawn_file_actions_destroy(&actions);
    return failure;
}

int process_start(struct process *process, const struct process_plan *plan)
{
    struct ends pipes[3] = { { -1, -1 }, { -1, -1 }, { -1, -1 } };
    int failure = 0;
    pid_t pid = 0;
    for (int fd = STDIN_FILENO; !failure && fd <= STDERR_FILENO; fd++)
        if (!open_pipe(&pipes[fd], fd == STDIN_FILENO))
            failure = errno;
    if (!failure)
        failure = spawn(&pid, plan, pipes);
    *process = (struct process){ .pid = failure ? 0 : pid,
                                 .in = pipes[STDIN_FILENO].ours,
                                 .out = pipes[STDOUT_FILENO].ours,
                                 .err = pipes[STDERR_FILENO].ours,
                                 .leads_group = plan->leads_group };
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        close_end(&pipes[fd].childs);
    if (failure)
        process_end(process);
    return failure;
}

void process_signal(const struct process *process, int signal)
{
    if (process->pid > 0) /* not reaped: the number is still its own */
        (void)kill(process->leads_group ? -process->pid : process->pid, signal);
}

/* True when it has ended, and is reaped. */
static bool reap(struct process *process, struct process_exit *how)
{
    int status = 0;
    pid_t reaped = waitpid(process->pid, &status, WNOHANG);
    if (reaped == 0 || (reaped < 0 && errno == EINTR))
        return false;
    process->pid = 0;
    *how = (struct process_exit){ .status = -1 };
    if (reaped > 0 && WIFEXITED(status))
        how->status = WEXITSTATUS(status);
    else if (reaped > 0 && WIFSIGNALED(status))
        how->signal = WTERMSIG(status);
    return true; /* ECHILD: somebody ignores SIGCHLD, and the system has reaped it */
}

bool process_wait(struct process *process, long long until_us, struct process_exit *how)
{
    long nap_us = FIRST_NAP_US;
    while (!reap(process, how)) {
        if (clock_monotonic_us() >= until_us)
            return false;
        const struct timespec nap = { .tv_nsec = nap_us * 1000 };
        (void)nanosleep(&nap, NULL);
        nap_us = nap_us * 2 < LAST_NAP_US ? nap_us * 2 : LAST_NAP_US;
    }
    return true;
}

void process_close_in(struct process *process)
{
    close_end(&process->in);
}

void process_end(struct process *process)
{
    struct process_exit how;
    process_signal(process, SIGKILL);
    if (process->pid > 0)
        (void)!process_wait(process, clock_monotonic_us() + REAP_LIMIT_US, &how);
    close_end(&process->in);
    close_end(&process->out);
    close_end(&process->err);
    *process = PROCESS_NONE;
}
