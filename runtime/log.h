/* SPDX-License-Identifier: MIT
 * Records on their way out: which ones are wanted, and one write(2) each (docs/logs.md).
 * For the whole process, from any thread; not from signal handlers. */
#ifndef LUNAMBDA_LOG_H
#define LUNAMBDA_LOG_H

#include "buf.h"

enum log_format { LOG_TEXT, LOG_JSON };
enum log_level { LOG_TRACE, LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR, LOG_FATAL };

struct invocation;
struct log_record;

/* Once, before any other thread starts. In JSON format records below the level are dropped. */
void log_configure(enum log_format format, enum log_level level);

enum log_format log_format(void);

/* The lowest level that is written. */
enum log_level log_threshold(void);

/* Writes the record to the descriptor, if its level is wanted. Without memory it is lost. */
void log_send(int fd, const struct log_record *record);

/* Writes bytes as they are, in one write(2) where the system takes them at once; what other threads write
 * with this module does not come in between. Blocks while a pipe is full. */
void log_write(int fd, const char *bytes, size_t len);

/* Everything that stdio still holds for stdout and stderr: the sandbox may freeze once the answer is posted. */
void log_flush(void);

/* One record of the runtime's own, on stderr. request_id: "" outside an invocation. */
void log_message(enum log_level level, const char *request_id, const char *format, ...)
    PRINTF_LIKE(3, 4);

/* One record with members of its own, on stderr. members: a JSON object, "{…}", none of its names among ours; in
 * text it stands behind the message. */
void log_members(enum log_level level, const char *request_id, const char *message,
                 const char *members);

/* Level ERROR, on stderr: an error document. request_id: "" outside an invocation. what: "Init Error" and its like.
 * document: a JSON object, "{…}". */
void log_document(const char *request_id, const char *what, const struct buf *document);

/* The same, "Invoke Error", for what went wrong with an event. */
void log_failure(const struct invocation *in, const struct buf *document);

#endif
