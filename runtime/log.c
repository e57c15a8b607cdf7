/* SPDX-License-Identifier: MIT */
#include "log.h"

#include "headers.h"
#include "invocation.h"
#include "log_record.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { MESSAGE_LIMIT_BYTES = 2048 };

static struct {
    enum log_format format;
    enum log_level level;
} config = { LOG_TEXT, LOG_INFO };

/* A pipe takes 4096 bytes at once (PIPE_BUF); longer records of several threads would mix. */
static pthread_mutex_t writing = PTHREAD_MUTEX_INITIALIZER;

void log_configure(enum log_format format, enum log_level level)
{
    config.format = format;
    config.level = level;
}

enum log_format log_format(void)
{
    return config.format;
}

enum log_level log_threshold(void)
{
    return config.format == LOG_TEXT ? LOG_TRACE : config.level;
}

/* Whether a write that failed with this errno is worth another try, waited for if need be. */
static bool may_write_again(int fd, int reason)
{
    struct pollfd room = { .fd = fd, .events = POLLOUT };
    if (reason == EAGAIN) /* somebody made the pipe non-blocking, and it is full */
        return poll(&room, 1, -1) == 1 || errno == EINTR;
    return reason == EINTR;
}

void log_write(int fd, const char *bytes, size_t len)
{
    (void)pthread_mutex_lock(&writing);
    while (len > 0) {
        ssize_t written = write(fd, bytes, len);
        if (written < 0 && may_write_again(fd, errno))
            continue;
        if (written <= 0)
            break; /* there is nowhere else to complain */
        bytes += written;
        len -= (size_t)written;
    }
    (void)pthread_mutex_unlock(&writing);
}

void log_flush(void)
{
    (void)fflush(stdout);
    (void)fflush(stderr);
}

void log_send(int fd, const struct log_record *record)
{
    if (record->level < log_threshold())
        return;
    struct buf line = { .limit = LOG_RECORD_LIMIT_BYTES };
    if (log_record_put(&line, config.format, record))
        log_write(fd, line.data, line.len);
    buf_free(&line);
}

void log_message(enum log_level level, const char *request_id, const char *format, ...)
{
    if (level < log_threshold())
        return;
    char message[MESSAGE_LIMIT_BYTES];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(message, sizeof message, format, args);
    va_end(args);
    log_send(STDERR_FILENO, &(struct log_record){ .level = level,
                                                  .request_id = request_id,
                                                  .tenant_id = "",
                                                  .text = message,
                                                  .text_len = strlen(message) });
}

void log_members(enum log_level level, const char *request_id, const char *message,
                 const char *members)
{
    log_send(STDERR_FILENO, &(struct log_record){ .level = level,
                                                  .request_id = request_id,
                                                  .tenant_id = "",
                                                  .text = message,
                                                  .text_len = strlen(message),
                                                  .members = members,
                                                  .members_len = strlen(members) });
}

static void send_document(const char *request_id, const char *tenant_id, const char *what,
                          const struct buf *document)
{
    log_send(STDERR_FILENO, &(struct log_record){ .level = LOG_ERROR,
                                                  .request_id = request_id,
                                                  .tenant_id = tenant_id,
                                                  .text = what,
                                                  .text_len = strlen(what),
                                                  .members = buf_text(document),
                                                  .members_len = document->len });
}

void log_document(const char *request_id, const char *what, const struct buf *document)
{
    send_document(request_id, "", what, document);
}

void log_failure(const struct invocation *in, const struct buf *document)
{
    send_document(in->request_id,
                  headers_find(&in->headers, "lambda-runtime-aws-tenant-id"),
                  "Invoke Error", document);
}
