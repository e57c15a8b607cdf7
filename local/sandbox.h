/* SPDX-License-Identifier: MIT
 * One bootstrap process and all that it starts: a process group, killed and reaped as a whole. */
#ifndef LUNAMBDA_LOCAL_SANDBOX_H
#define LUNAMBDA_LOCAL_SANDBOX_H

#include "err.h"

#include <sys/types.h>

/* Starts as SANDBOX_NONE; after sandbox_start it must see sandbox_end. */
struct sandbox {
    pid_t pid;     /* 0 when none runs */
    int exit_fd;   /* readable when the process has ended; -1 when none runs */
    int output_fd; /* its stdout and stderr, in the order of its writes; -1 at their end */
    int status;    /* after sandbox_end: as waitpid gives it */
    long max_memory_kb; /* the most memory it had at once, as far as it was asked */
};

#define SANDBOX_NONE                                                                     \
    {                                                                                    \
        .exit_fd = -1, .output_fd = -1                                                   \
    }

/* Fills path with bootstrap beside our own executable, else in PATH.
 * False: err names where it was looked for. */
MUST_CHECK bool sandbox_find(struct buf *path, struct err *err);

/* Starts it in folder with this environment, no input, none of our descriptors, and signals
 * as at login. It dies with us. False: nothing runs, err says why. */
MUST_CHECK bool sandbox_start(struct sandbox *sandbox, const char *bootstrap,
                              const char *folder, char *const *environment,
                              struct err *err);

/* Asks the system for max_memory_kb; keeps what it knows when there is no answer. */
void sandbox_measure(struct sandbox *sandbox);

/* Kills what still runs and reaps it. output_fd stays, for the caller to read to its end. */
void sandbox_end(struct sandbox *sandbox);

/* Closes output_fd. Harmless when there is none. */
void sandbox_close_output(struct sandbox *sandbox);

/* Lambda's words for the way a process ended by itself: "Runtime exited with error: …". */
void sandbox_describe_exit(const struct sandbox *sandbox, struct err *words);

#endif
