/* SPDX-License-Identifier: MIT
 * A child program with three pipes: started, signalled, reaped. It gets the default disposition of every signal, an
 * empty signal mask, and no descriptor but 0, 1 and 2 (posix_spawn(3), POSIX_SPAWN_SETSIGDEF, SETSIGMASK,
 * addclosefrom_np). It is waited for by its own pid only: children of others, and SIGCHLD, are left alone. */
#ifndef LUNAMBDA_PROCESS_H
#define LUNAMBDA_PROCESS_H

#include "buf.h"

#include <sys/types.h>

/* What to start. All is borrowed until process_start returns. */
struct process_plan {
    const char *file;         /* a path; without a slash it is looked for in PATH */
    char *const *argv;        /* ends with NULL */
    char *const *environment; /* ends with NULL */
    const char *folder;       /* where it runs; NULL: where we do */
    /* It leads a process group, and signals go to all of that; else it stays in ours. */
    bool leads_group;
};

/* Starts as PROCESS_NONE; ends with process_end. */
struct process {
    pid_t pid;        /* 0: there is none, or it was reaped */
    int in, out, err; /* our ends of its pipes, non-blocking; -1 when closed */
    bool leads_group;
};

#define PROCESS_NONE ((struct process){ .in = -1, .out = -1, .err = -1 })

/* How it ended. */
struct process_exit {
    int status; /* of exit(3); -1 when a signal ended it, or nobody can tell */
    int signal; /* 0 when none did */
};

/* Starts the program. Returns 0, or an errno, and then the process is PROCESS_NONE. */
MUST_CHECK int process_start(struct process *process, const struct process_plan *plan);

/* Sends a signal, if it was not reaped yet. */
void process_signal(const struct process *process, int signal);

/* Waits for its end until that time (clock_monotonic_us; 0: only looks). True when it has ended and is reaped; false
 * when it still runs. To be called only while pid is not 0. */
MUST_CHECK bool process_wait(struct process *process, long long until_us,
                             struct process_exit *how);

/* Its standard input ends here. */
void process_close_in(struct process *process);

/* Kills it if it still runs, reaps it, closes the pipes; PROCESS_NONE afterwards. Harmless when there is none. */
void process_end(struct process *process);

#endif
