/* SPDX-License-Identifier: MIT */
#include "log.h"

#include "clock.h"
#include "quote.h"

#include <stdarg.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

enum { MESSAGE_LIMIT_BYTES = 2048, REQUEST_ID_LIMIT_BYTES = 256 };

static struct {
    enum log_format format;
    enum log_level level;
} config = { LOG_TEXT, LOG_INFO };

static const char *const level_names[] = { "TRACE", "DEBUG", "INFO",
                                           "WARN",  "ERROR", "FATAL" };

void log_configure(enum log_format format, enum log_level level)
{
    config.format = format;
    config.level = level;
}

static bool is_wanted(enum log_level level)
{
    return config.format == LOG_TEXT || level >= config.level;
}

/* RFC 3339 with milliseconds, in UTC. */
static bool put_timestamp(struct buf *line)
{
    long long now_ms = clock_now_ms();
    time_t seconds = (time_t)(now_ms / 1000);
    struct tm utc;
    char text[32];
    return gmtime_r(&seconds, &utc) &&
           strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &utc) > 0 &&
           buf_printf(line, "%s.%03dZ", text, (int)(now_ms % 1000));
}

/* All that comes before the message; in JSON, the message's key too. */
static bool put_head(struct buf *line, enum log_level level, const char *request_id)
{
    if (config.format == LOG_TEXT)
        return put_timestamp(line) &&
               buf_printf(line, "\t%s\t%s\t", request_id, level_names[level]);
    if (!buf_puts(line, "{\"timestamp\":\"") || !put_timestamp(line) ||
        !buf_printf(line, "\",\"level\":\"%s\",", level_names[level]))
        return false;
    if (request_id[0] &&
        !(buf_puts(line, "\"requestId\":") &&
          quote_text(line, request_id, REQUEST_ID_LIMIT_BYTES) && buf_puts(line, ",")))
        return false;
    return buf_puts(line, "\"message\":");
}

/* Inner newlines become \r, so that the record stays one CloudWatch event. */
static bool put_line(struct buf *line, const char *text)
{
    for (; *text; text++)
        if (!buf_append(line, *text == '\n' ? "\r" : text, 1))
            return false;
    return true;
}

/* One write; a record that could not be built or written has nowhere else to go. */
static void send(struct buf *line, bool built)
{
    if (built && buf_puts(line, "\n")) {
        ssize_t written = write(STDERR_FILENO, line->data, line->len);
        (void)written;
    }
    buf_free(line);
}

void log_message(enum log_level level, const char *request_id, const char *format, ...)
{
    if (!is_wanted(level))
        return;
    char message[MESSAGE_LIMIT_BYTES];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(message, sizeof message, format, args);
    va_end(args);
    struct buf line = { .limit = LOG_RECORD_LIMIT_BYTES };
    bool built =
        put_head(&line, level, request_id) &&
        (config.format == LOG_TEXT
             ? put_line(&line, message)
             : quote_text(&line, message, sizeof message) && buf_puts(&line, "}"));
    send(&line, built);
}

void log_members(enum log_level level, const char *request_id, const char *message,
                 const char *members)
{
    if (!is_wanted(level))
        return;
    struct buf line = { .limit = LOG_RECORD_LIMIT_BYTES };
    bool built = put_head(&line, level, request_id);
    if (built && config.format == LOG_TEXT)
        built = buf_printf(&line, "%s\t%s", message, members);
    else if (built) /* they join the record's */
        built = quote_text(&line, message, MESSAGE_LIMIT_BYTES) &&
                buf_puts(&line, members[1] == '}' ? "" : ",") &&
                buf_puts(&line, members + 1);
    send(&line, built);
}

void log_document(const char *request_id, const char *what, const struct buf *document)
{
    log_members(LOG_ERROR, request_id, what, document->len ? buf_text(document) : "{}");
}
