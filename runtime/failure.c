/* SPDX-License-Identifier: MIT */
#include "failure.h"

#include "cause.h"
#include "quote.h"

#include <stdio.h>

enum { MESSAGE_LIMIT_BYTES = 16 * 1024 };

void failure_write(struct reply *reply, const char *type, const char *message)
{
    struct buf *out = &reply->body;
    buf_clear(out);
    reply->content_type[0] = '\0';
    (void)snprintf(reply->error_type, sizeof reply->error_type, "%s", type);
    if (!(buf_puts(out, "{\"errorMessage\":") &&
          quote_text(out, message, MESSAGE_LIMIT_BYTES) &&
          buf_puts(out, ",\"errorType\":") &&
          quote_text(out, type, MESSAGE_LIMIT_BYTES) &&
          buf_puts(out, ",\"stackTrace\":[]}")))
        buf_clear(out);
    cause_write(reply, type, message);
}
