/* SPDX-License-Identifier: MIT
 * One record per line on stderr, each with a single write(2), text or JSON.
 * Text: timestamp, request id, level, message, between tabs. JSON keys: timestamp, level, requestId, message. */
#ifndef LUNAMBDA_LOG_H
#define LUNAMBDA_LOG_H

#include "buf.h"

enum log_format { LOG_TEXT, LOG_JSON };
enum log_level { LOG_TRACE, LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR, LOG_FATAL };

enum {
    LOG_RECORD_LIMIT_BYTES = 1024 * 1024
}; /* CloudWatch splits what is above 256 KiB */

/* For the whole process; before any record. In JSON format records below the level are dropped. */
void log_configure(enum log_format format, enum log_level level);

/* One record of the runtime's own. request_id: "" outside an invocation. */
void log_message(enum log_level level, const char *request_id, const char *format, ...)
    PRINTF_LIKE(3, 4);

/* One record with members of its own. members: a JSON object, "{…}", none of its names among ours; in text it
 * stands behind the message. */
void log_members(enum log_level level, const char *request_id, const char *message,
                 const char *members);

/* Level ERROR: the error document of an invocation or of the init phase, as one line.
 * what: "Invoke Error" or "Init Error". document: a JSON object, "{…}". */
void log_document(const char *request_id, const char *what, const struct buf *document);

#endif
