/* SPDX-License-Identifier: MIT */
#include "contestant.h"

#include "stats.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { PROC_LIMIT_BYTES = 4096, TAIL_LIMIT_BYTES = 400 };

struct start {
    long long exec_ns;
    int exec_errno; /* 0 unless execve failed */
};

static void set_environment(const struct contestant_setting *setting)
{
    char api[32];
    (void)snprintf(api, sizeof api, "127.0.0.1:%d", setting->port);
    const char *const pairs[][2] = {
        { "AWS_LAMBDA_RUNTIME_API", api },
        { "_HANDLER", setting->handler },
        { "LAMBDA_TASK_ROOT", setting->task_root },
        { "LAMBDA_RUNTIME_DIR", "/var/runtime" },
        { "AWS_REGION", "eu-central-1" },
        { "AWS_DEFAULT_REGION", "eu-central-1" },
        { "AWS_LAMBDA_FUNCTION_NAME", "bench" },
        { "AWS_LAMBDA_FUNCTION_VERSION", "$LATEST" },
        { "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "1024" },
        { "AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand" },
        { "AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/bench" },
        { "AWS_LAMBDA_LOG_STREAM_NAME", "2026/01/01/[$LATEST]0123456789abcdef" },
        { "LANG", "en_US.UTF-8" },
        { "TZ", ":UTC" },
    };
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        (void)setenv(pairs[i][0], pairs[i][1], 1);
}

/* Cuts the text at blanks. False when there are too many words. */
static bool split(char *text, char **words)
{
    char *rest = NULL;
    size_t count = 0;
    if (access(text, X_OK) == 0) {
        words[0] = text;
        words[1] = NULL;
        return true;
    }
    for (char *word = strtok_r(text, " ", &rest); word;
         word = strtok_r(NULL, " ", &rest)) {
        if (count == CONTESTANT_WORDS_MAX)
            return false;
        words[count++] = word;
    }
    words[count] = NULL;
    return count > 0;
}

static _Noreturn void become(const struct contestant *self, char **words)
{
    int none = open("/dev/null", O_RDONLY);
    (void)setpgid(0, 0);
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* nobody outlives the driver */
    (void)dup2(none, STDIN_FILENO);
    (void)dup2(self->output_fd, STDOUT_FILENO);
    (void)dup2(self->output_fd, STDERR_FILENO);
    self->start->exec_ns = stats_now_ns();
    (void)execvp(words[0], words);
    self->start->exec_errno = errno;
    _exit(127);
}

bool contestant_start(struct contestant *self, const char *command,
                      const struct contestant_setting *setting, struct err *err)
{
    char *words[CONTESTANT_WORDS_MAX + 1];
    bool started = false;
    char *text = strdup(command);
    void *shared = mmap(NULL, sizeof(struct start), PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    self->start = shared == MAP_FAILED ? NULL : shared;
    self->output_fd = memfd_create("output", MFD_CLOEXEC);
    if (!text || !self->start || self->output_fd < 0) {
        (void)err_set(err, "cannot prepare: %s", strerror(errno));
        goto done;
    }
    if (!split(text, words)) {
        (void)err_set(err, "'%s' is not a command of 1 to %d words", command,
                      CONTESTANT_WORDS_MAX);
        goto done;
    }
    set_environment(setting);
    self->pid = fork();
    if (self->pid == 0)
        become(self, words);
    if (self->pid < 0) {
        self->pid = 0;
        (void)err_set(err, "cannot fork: %s", strerror(errno));
        goto done;
    }
    (void)setpgid(self->pid, self->pid); /* whoever comes first, parent or child */
    self->alive_fd = pidfd_open(self->pid, 0);
    started = self->alive_fd >= 0 || err_set(err, "cannot watch it: %s", strerror(errno));
done:
    free(text);
    return started;
}

long long contestant_exec_ns(const struct contestant *self)
{
    return self->start->exec_ns;
}

/* The beginning of /proc/PID/name as text. */
static bool read_proc(pid_t pid, const char *name, char *text, struct err *err)
{
    char path[64];
    (void)snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, name);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t len = fd < 0 ? -1 : read(fd, text, PROC_LIMIT_BYTES - 1);
    if (fd >= 0)
        (void)close(fd);
    if (len <= 0)
        return err_set(err, "cannot read %s: %s", path, strerror(errno));
    text[len] = '\0';
    return true;
}

/* The number behind "\nName:" in such a text, 0 when it is not there. */
static double field(const char *text, const char *name)
{
    const char *at = strstr(text, name);
    return at ? strtod(at + strlen(name), NULL) : 0;
}

bool contestant_memory(const struct contestant *self, struct contestant_memory *out,
                       struct err *err)
{
    char text[PROC_LIMIT_BYTES];
    /* smaps_rollup walks the pages; VmRSS lags behind by the kernel's per-CPU batches. */
    if (!read_proc(self->pid, "smaps_rollup", text, err))
        return false;
    out->rss_kb = field(text, "\nRss:");
    if (!read_proc(self->pid, "status", text, err))
        return false;
    out->hwm_kb = field(text, "\nVmHWM:");
    if (out->hwm_kb < out->rss_kb)
        out->hwm_kb = out->rss_kb;
    return true;
}

bool contestant_cpu(const struct contestant *self, long long *ns, struct err *err)
{
    char text[PROC_LIMIT_BYTES];
    clockid_t clock;
    struct timespec own;
    long long children_ticks = 0;
    if (clock_getcpuclockid(self->pid, &clock) || clock_gettime(clock, &own))
        return err_set(err, "its CPU clock cannot be read");
    if (!read_proc(self->pid, "stat", text, err))
        return false;
    /* Fields 16 and 17, cutime and cstime; the name in field 2 may hold blanks, so count from its ')'. */
    char *at = strrchr(text, ')');
    for (int i = 2; at && i < 16; i++)
        at = strchr(at + 1, ' ');
    if (at)
        children_ticks = strtoll(at, &at, 10) + strtoll(at, NULL, 10);
    *ns = own.tv_sec * 1000000000LL + own.tv_nsec +
          children_ticks * (1000000000LL / sysconf(_SC_CLK_TCK));
    return true;
}

/* Adds the last line that it wrote, if any. */
static void quote_output(int fd, struct err *err)
{
    char tail[TAIL_LIMIT_BYTES + 1];
    off_t end = lseek(fd, 0, SEEK_END);
    off_t from = end > TAIL_LIMIT_BYTES ? end - TAIL_LIMIT_BYTES : 0;
    ssize_t len = end > 0 ? pread(fd, tail, TAIL_LIMIT_BYTES, from) : 0;
    while (len > 0 && tail[len - 1] == '\n')
        len--;
    if (len <= 0)
        return;
    tail[len] = '\0';
    const char *line = strrchr(tail, '\n');
    struct err before = *err;
    (void)err_set(err, "%s; it said: %s", before.text, line ? line + 1 : tail);
}

void contestant_stop(struct contestant *self, bool failed, struct err *err)
{
    int status = 0;
    siginfo_t ended = { 0 };
    if (self->pid) {
        (void)waitid(P_PID, (id_t)self->pid, &ended, WEXITED | WNOHANG | WNOWAIT);
        (void)kill(-self->pid, SIGKILL);
        (void)kill(self->pid, SIGKILL); /* should it not have its own group yet */
        while (waitpid(self->pid, &status, 0) < 0 && errno == EINTR)
            ;
    }
    if (failed && self->start && self->start->exec_errno) {
        (void)err_set(err, "cannot be run: %s", strerror(self->start->exec_errno));
    } else if (failed && ended.si_pid) {
        struct err before = *err;
        (void)err_set(err, "%s (%s %d)", before.text,
                      WIFSIGNALED(status) ? "signal" : "status",
                      WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
    }
    if (failed && self->output_fd >= 0)
        quote_output(self->output_fd, err);
    if (self->alive_fd >= 0)
        (void)close(self->alive_fd);
    if (self->output_fd >= 0)
        (void)close(self->output_fd);
    if (self->start)
        (void)munmap(self->start, sizeof *self->start);
    *self = (struct contestant){ .alive_fd = -1, .output_fd = -1 };
}
