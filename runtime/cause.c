/* SPDX-License-Identifier: MIT */
#include "cause.h"

#include "quote.h"

#include <string.h>
#include <unistd.h>

enum {
    PATH_LIMIT_BYTES = 4096,
    /* Together they fit. */
    TYPE_ROOM_BYTES = 1024,
    PATH_ROOM_BYTES = 8 * 1024,
    MESSAGE_ROOM_BYTES = 16 * 1024,
};

/* Appends "name":"text", with what comes before and behind. */
static bool put(struct buf *out, const char *before, const char *text, size_t room_bytes,
                const char *behind)
{
    return buf_puts(out, before) &&
           quote_put(out, QUOTE_ASCII, text, strlen(text), room_bytes) &&
           buf_puts(out, behind);
}

void cause_write(struct reply *reply, const char *type, const char *message)
{
    char folder[PATH_LIMIT_BYTES];
    struct buf out = { .data = reply->cause,
                       .cap = CAUSE_LIMIT_BYTES,
                       .limit = CAUSE_LIMIT_BYTES };
    reply->cause[0] = '\0';
    if (!(put(&out, "{\"exceptions\":[{\"message\":\"", message, MESSAGE_ROOM_BYTES,
              "\"") &&
          put(&out, ",\"stack\":[],\"type\":\"", type, TYPE_ROOM_BYTES,
              "\"}],\"paths\":[]") &&
          put(&out, ",\"working_directory\":\"",
              getcwd(folder, sizeof folder) ? folder : "", PATH_ROOM_BYTES, "\"}")))
        reply->cause[0] = '\0';
}

void cause_take(struct reply *reply, const char *text, size_t len)
{
    reply->cause[0] = '\0';
    if (len > CAUSE_LIMIT_BYTES)
        return;
    for (size_t i = 0; i < len; i++)
        if (text[i] < ' ' ||
            text[i] >= 0x7F) /* a char beyond ASCII is below 0, or above */
            return;
    memcpy(reply->cause, text, len);
    reply->cause[len] = '\0';
}
