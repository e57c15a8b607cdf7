/* SPDX-License-Identifier: MIT
 * The program under test: started with a clean environment, its output in files, its end as a word. */
#ifndef LUNAMBDA_FAKE_CHILD_H
#define LUNAMBDA_FAKE_CHILD_H

#include "fake_plan.h"

#include <sys/types.h>

/* Starts as { .pid = -1, .stdout_fd = -1, .stderr_fd = -1 }. */
struct fake_child {
    pid_t pid; /* -1 when there is none, or no longer */
    int stdout_fd;
    int stderr_fd;
    int wait_status; /* as waitpid gives it, once pid is -1 again */
};

/* Starts argv with AWS_LAMBDA_RUNTIME_API set to `api`; its output goes to folder/stdout and folder/stderr. */
MUST_CHECK bool fake_child_start(struct fake_child *child, const struct fake_plan *plan,
                                 const char *folder, const char *api, char **argv,
                                 struct err *err);

/* Whether it has ended (and is now waited for). */
bool fake_child_ended(struct fake_child *child);

/* Kills it; fake_child_ended will tell. */
void fake_child_kill(const struct fake_child *child);

/* Kills it when it is still there, waits for it, closes its files. May be called again. */
void fake_child_stop(struct fake_child *child);

/* What a file descriptor's file holds, in bytes. */
long fake_child_written(int fd);

#endif
