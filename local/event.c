/* SPDX-License-Identifier: MIT */
#include "event.h"

#include "made_event.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CHUNK_BYTES = 64 * 1024 };

/* Text that can only be meant as JSON, whatever files there are. */
static bool looks_like_json(const char *text)
{
    return strchr("{[\" \t\r\n", *text) ||
           text[strspn(text, "+-.0123456789eE")] == '\0' || strcmp(text, "true") == 0 ||
           strcmp(text, "false") == 0 || strcmp(text, "null") == 0;
}

static bool take_literal(const char *text, struct buf *event, struct err *err)
{
    struct stat found;
    if (!looks_like_json(text) && stat(text, &found) == 0)
        return err_set(err, "EVENT '%s' is a file: to send what it holds, write -e %s",
                       text, text);
    return buf_puts(event, text) ||
           err_set(err, "EVENT has more than %d bytes (6 MiB)", EVENT_LIMIT_BYTES);
}

static bool read_all(int fd, const char *name, struct buf *event, struct err *err)
{
    char chunk[CHUNK_BYTES];
    for (;;) {
        ssize_t got = read(fd, chunk, sizeof chunk);
        if (got == 0)
            return true;
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return err_set(err, "cannot read the event from %s: %s", name,
                           strerror(errno));
        if (!buf_append(event, chunk, (size_t)got))
            return err_set(err,
                           "the event in %s has more than %d bytes (6 MiB), "
                           "which is all that Lambda takes",
                           name, EVENT_LIMIT_BYTES);
    }
}

bool event_given(const struct options *options, struct buf *event, struct err *err)
{
    const char *file = options->event_file;
    if (!file)
        return take_literal(options->event ? options->event : "{}", event, err);
    if (strcmp(file, "-") == 0)
        return read_all(STDIN_FILENO, "standard input", event, err);
    int fd = open(file, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return err_set(err, "cannot read the event from %s: %s", file, strerror(errno));
    bool read = read_all(fd, file, event, err);
    (void)close(fd);
    return read;
}

bool event_read(const struct options *options, struct buf *event, struct err *err)
{
    return event_given(options, event, err) &&
           (!options->event_name || made_event_make(options->event_name, 0, event, err));
}
