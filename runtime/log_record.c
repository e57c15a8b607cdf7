/* SPDX-License-Identifier: MIT */
#include "log_record.h"

#include "clock.h"
#include "quote.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

enum { ID_ROOM_BYTES = 1024 };

static const char *const level_names[] = { "TRACE", "DEBUG", "INFO",
                                           "WARN",  "ERROR", "FATAL" };

/* A JSON object's inside: what stands between its braces. */
struct members {
    const char *text;
    size_t len; /* 0 for none */
};

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

/* The members of the record, or what is said in the place of too many. */
static struct members members_of(const struct log_record *record, char *note,
                                 size_t note_bytes)
{
    if (record->members_len <= 2) /* nothing, or {} */
        return (struct members){ "", 0 };
    if (record->members_len <= LOG_MEMBERS_LIMIT_BYTES)
        return (struct members){ record->members + 1, record->members_len - 2 };
    int len = snprintf(note, note_bytes,
                       "\"fields\":\"(left out: %zu bytes are more than %d)\"",
                       record->members_len, LOG_MEMBERS_LIMIT_BYTES);
    return (struct members){ note, (size_t)len };
}

/* The message in the room that the line and `after` more bytes leave. */
static bool put_message(struct buf *line, enum quote_form form,
                        const struct log_record *record, size_t after)
{
    return quote_put(line, form, record->text, record->text_len,
                     LOG_EVENT_LIMIT_BYTES - line->len - after);
}

static bool put_text(struct buf *line, const struct log_record *record,
                     const struct members *members)
{
    if (!put_timestamp(line) || !buf_puts(line, "\t") ||
        !quote_put(line, QUOTE_LINE, record->request_id, strlen(record->request_id),
                   ID_ROOM_BYTES) ||
        !buf_printf(line, "\t%s\t", level_names[record->level]))
        return false;
    if (!members->len)
        return put_message(line, QUOTE_LINE, record, 0);
    return put_message(line, QUOTE_LINE, record, members->len + 3) &&
           buf_puts(line, "\t{") && buf_append(line, members->text, members->len) &&
           buf_puts(line, "}");
}

/* Appends ,"name":"id", unless there is no id. */
static bool put_id(struct buf *line, const char *name, const char *id)
{
    return !id[0] || (buf_printf(line, ",\"%s\":\"", name) &&
                      quote_put(line, QUOTE_JSON, id, strlen(id), ID_ROOM_BYTES) &&
                      buf_puts(line, "\""));
}

static bool put_json(struct buf *line, const struct log_record *record,
                     const struct members *members)
{
    /* Built first, for the message takes the room that is left. */
    char bytes[ID_ROOM_BYTES + 32];
    struct buf tail = { .data = bytes,
                        .cap = sizeof bytes - 1,
                        .limit = sizeof bytes - 1 };
    bytes[0] = '\0';
    if (!put_id(&tail, "tenantId", record->tenant_id) ||
        !buf_puts(line, "{\"timestamp\":\"") || !put_timestamp(line) ||
        !buf_printf(line, "\",\"level\":\"%s\"", level_names[record->level]) ||
        !put_id(line, "requestId", record->request_id) ||
        !buf_puts(line, ",\"message\":\""))
        return false;
    return put_message(line, QUOTE_JSON, record,
                       tail.len + (members->len ? members->len + 3 : 2)) &&
           buf_puts(line, "\"") && buf_append(line, tail.data, tail.len) &&
           buf_puts(line, members->len ? "," : "") &&
           buf_append(line, members->text, members->len) && buf_puts(line, "}");
}

bool log_record_put(struct buf *line, enum log_format format,
                    const struct log_record *record)
{
    char note[128];
    struct members members = members_of(record, note, sizeof note);
    return (format == LOG_TEXT ? put_text(line, record, &members)
                               : put_json(line, record, &members)) &&
           buf_puts(line, "\n");
}
