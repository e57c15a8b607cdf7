/* SPDX-License-Identifier: MIT
 * One record as one line.
 * Text: timestamp, request id, level, message, between tabs; members behind a further tab.
 * JSON: timestamp, level, requestId, message, tenantId, then the members. */
#ifndef LUNAMBDA_LOG_RECORD_H
#define LUNAMBDA_LOG_RECORD_H

#include "log.h"

enum {
    /* What CloudWatch takes as one event, the newline not counted; it splits what is longer. */
    LOG_EVENT_LIMIT_BYTES = 256 * 1024 - 26,
    LOG_RECORD_LIMIT_BYTES = LOG_EVENT_LIMIT_BYTES + 1,
    /* Longer members are left out, and the record says so. */
    LOG_MEMBERS_LIMIT_BYTES = LOG_EVENT_LIMIT_BYTES - 4 * 1024,
};

struct log_record {
    enum log_level level;
    const char *request_id; /* "" outside an invocation */
    const char *tenant_id;  /* "" when there is none */
    const char *text;       /* any bytes; cut when too long for a record */
    size_t text_len;
    /* A JSON object on one line, "{…}", none of its names among ours. */
    const char *members;
    size_t members_len; /* 0 for none */
};

/* Appends the record and a newline to an empty line. False when there is no memory. */
MUST_CHECK bool log_record_put(struct buf *line, enum log_format format,
                               const struct log_record *record);

#endif
