/* SPDX-License-Identifier: MIT
 * What a HANDLER argument stands for: a task root, the handler below it, a function name. */
#ifndef LUNAMBDA_LOCAL_TARGET_H
#define LUNAMBDA_LOCAL_TARGET_H

#include "err.h"

#include <limits.h>

enum { TARGET_NAME_LIMIT = 64 }; /* bytes of a Lambda function's name */

struct target {
    char root[PATH_MAX];    /* absolute: LAMBDA_TASK_ROOT and the working directory */
    char handler[PATH_MAX]; /* below the root: _HANDLER */
    char name[TARGET_NAME_LIMIT + 1]; /* the file's own name, made fit for Lambda */
};

/* handler   file.function, absolute or below the root.
 * root      the task root; NULL for the current folder, or an absolute handler's own.
 * False: err names the folder or the handler. */
MUST_CHECK bool target_resolve(struct target *target, const char *handler,
                               const char *root, struct err *err);

/* Bytes of the handler that are its file part: up to the first dot after the last slash. */
size_t target_file_len(const char *handler);

#endif
