/* SPDX-License-Identifier: MIT */
#include "replace.h"

#include "output.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A hidden name beside the path: rename works within one file system only. */
static bool name_temporary(const char *path, struct buf *name)
{
    const char *slash = strrchr(path, '/');
    int folder = slash ? (int)(slash - path) + 1 : 0;
    return buf_printf(name, "%.*s.%s.XXXXXX", folder, path, path + folder);
}

static mode_t mode_of_new_files(void)
{
    mode_t mask = umask(0);
    (void)umask(mask);
    return 0666 & ~mask;
}

static bool write_and_rename(char *temporary, const char *path, const struct buf *bytes)
{
    int fd = mkstemp(temporary);
    if (fd < 0)
        return false;
    bool written =
        output_write(fd, bytes->data, bytes->len) && fchmod(fd, mode_of_new_files()) == 0;
    int reason = errno;
    if (close(fd) != 0 && written) {
        written = false;
        reason = errno;
    }
    if (written && rename(temporary, path) == 0)
        return true;
    if (written)
        reason = errno;
    (void)unlink(temporary);
    errno = reason;
    return false;
}

bool replace_file(const char *path, const struct buf *bytes, struct err *err)
{
    struct buf temporary = { .limit = PATH_MAX };
    struct sigaction ignored = { .sa_handler = SIG_IGN }, limit;
    sigset_t ours, before;
    bool replaced = false;
    if (!name_temporary(path, &temporary)) {
        (void)err_set(err, "cannot write %s: %s", path, strerror(ENAMETOOLONG));
    } else {
        (void)sigfillset(&ours); /* whoever ends us now would leave the temporary file */
        (void)sigdelset(&ours,
                        SIGXFSZ); /* ignored instead: a limit is an error of write */
        (void)sigprocmask(SIG_BLOCK, &ours, &before);
        (void)sigaction(SIGXFSZ, &ignored, &limit);
        replaced = write_and_rename(temporary.data, path, bytes);
        if (!replaced)
            (void)err_set(err, "cannot write %s: %s", path, strerror(errno));
        (void)sigaction(SIGXFSZ, &limit, NULL);
        (void)sigprocmask(SIG_SETMASK, &before, NULL);
    }
    buf_free(&temporary);
    return replaced;
}
