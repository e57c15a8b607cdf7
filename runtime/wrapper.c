/* SPDX-License-Identifier: MIT */
#include "wrapper.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* In the environment between the wrapper's start and ours. */
#define GUARD "LUNAMBDA_WRAPPED"

enum { PATH_LIMIT_BYTES = 4096, ARGUMENTS_LIMIT = 256 };

static const char *remedy(int failure)
{
    switch (failure) {
    case ENOENT: return "no such file, or no such interpreter in its first line";
    case EACCES: return "it must be a file with the executable bit (chmod 755)";
    case ENOEXEC: return "a script must begin with its interpreter, as in #!/bin/sh";
    default: return strerror(failure);
    }
}

bool wrapper_enter(const char *wrapper, int argc, char **argv, struct err *err)
{
    if (!wrapper)
        return true;
    if (getenv(GUARD)) {
        (void)unsetenv(GUARD); /* not for the programs that a handler starts */
        return true;
    }
    char self[PATH_LIMIT_BYTES], program[PATH_LIMIT_BYTES];
    char *words[ARGUMENTS_LIMIT + 3] = { NULL };
    ssize_t len = readlink("/proc/self/exe", self, sizeof self);
    int program_len = snprintf(program, sizeof program, "%s", wrapper);
    if (program_len >= PATH_LIMIT_BYTES)
        return err_set(err, "AWS_LAMBDA_EXEC_WRAPPER is longer than a path may be");
    if (len <= 0 || (size_t)len >= sizeof self || argc > ARGUMENTS_LIMIT ||
        setenv(GUARD, "1", 1))
        return err_set(err,
                       "AWS_LAMBDA_EXEC_WRAPPER: cannot tell it where the runtime is");
    self[len] = '\0';
    int count = 0;
    words[count++] = program;
    words[count++] = self;
    for (int i = 1; i < argc; i++)
        words[count++] = argv[i];
    (void)execv(program, words);
    int failure = errno;
    (void)unsetenv(GUARD);
    return err_set(err,
                   "AWS_LAMBDA_EXEC_WRAPPER is '%.200s', which cannot be executed: %s",
                   wrapper, remedy(failure));
}
