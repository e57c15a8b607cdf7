/* SPDX-License-Identifier: MIT
 * One process under measurement: started with Lambda's environment, looked at from outside, killed by pid. */
#ifndef LUNAMBDA_BENCH_CONTESTANT_H
#define LUNAMBDA_BENCH_CONTESTANT_H

#include "err.h"

#include <sys/types.h>

enum { CONTESTANT_WORDS_MAX = 32 };

/* What every contestant finds in its environment, besides the driver's own. Borrowed. */
struct contestant_setting {
    const char *handler;   /* _HANDLER */
    const char *task_root; /* LAMBDA_TASK_ROOT, absolute */
    int port;              /* of AWS_LAMBDA_RUNTIME_API */
};

/* Starts as { .alive_fd = -1, .output_fd = -1 }; ends with contestant_stop. */
struct contestant {
    pid_t pid;           /* 0 when not running; it leads a process group of its own */
    int alive_fd;        /* pidfd: readable once the process has ended */
    int output_fd;       /* what it wrote to stdout and stderr */
    struct start *start; /* shared with the child until it execs */
};

struct contestant_memory {
    double rss_kb; /* of the process itself, without children */
    double hwm_kb;
};

/* command: a program and its arguments, split at blanks (a path with blanks alone is fine too). */
MUST_CHECK bool contestant_start(struct contestant *self, const char *command,
                                 const struct contestant_setting *setting,
                                 struct err *err);

/* The moment right before execve, on the clock of stats_now_ns. */
long long contestant_exec_ns(const struct contestant *self);

MUST_CHECK bool contestant_memory(const struct contestant *self,
                                  struct contestant_memory *out, struct err *err);

/* CPU time in ns: its own threads exactly, and children that it has waited for (in ticks of the kernel). */
MUST_CHECK bool contestant_cpu(const struct contestant *self, long long *ns,
                               struct err *err);

/* Kills the process group, reaps the process. When it had failed: adds to err how it ended, had it ended
 * by itself, and the last line of its output. */
void contestant_stop(struct contestant *self, bool failed, struct err *err);

#endif
