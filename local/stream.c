/* SPDX-License-Identifier: MIT */
#include "stream.h"

#include "document.h"
#include "output.h"

#include <errno.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define PRELUDE_TYPE "application/vnd.awslambda.http-integration-response"

enum { PRELUDE_END_BYTES = 8, SHOWN_LIMIT_BYTES = 64 * 1024 };

void stream_open(struct stream *stream, struct report *report)
{
    *stream = (struct stream){ .report = report,
                               .prelude = { .limit = STREAM_PRELUDE_LIMIT_BYTES } };
}

void stream_begin(void *arg, const char *content_type)
{
    struct stream *stream = arg;
    buf_clear(&stream->prelude);
    stream->mid_line = false;
    stream->in_prelude = content_type && strncasecmp(content_type, PRELUDE_TYPE,
                                                     strlen(PRELUDE_TYPE)) == 0;
}

static void print(struct stream *stream, const char *bytes, size_t len)
{
    if (!len || stream->failure)
        return;
    stream->mid_line = bytes[len - 1] != '\n';
    if (!output_write(STDOUT_FILENO, bytes, len))
        stream->failure = errno;
}

/* No prelude after all: what was held back is part of the body. */
static void give_up_prelude(struct stream *stream)
{
    stream->in_prelude = false;
    print(stream, stream->prelude.data, stream->prelude.len);
}

void stream_pass(void *arg, const char *bytes, size_t len)
{
    static const char end[PRELUDE_END_BYTES] = { 0 };
    struct stream *stream = arg;
    struct buf *prelude = &stream->prelude;
    if (!stream->in_prelude || !buf_append(prelude, bytes, len)) {
        if (stream->in_prelude)
            give_up_prelude(stream);
        print(stream, bytes, len);
        return;
    }
    const char *found = memmem(prelude->data, prelude->len, end, sizeof end);
    if (!found)
        return;
    stream->in_prelude = false;
    report_note(stream->report, "HTTP prelude: %s", prelude->data);
    const char *body = found + sizeof end;
    print(stream, body, prelude->len - (size_t)(body - prelude->data));
}

static void show_error(const struct stream *stream, const struct buf *error)
{
    struct buf shown = { .limit = SHOWN_LIMIT_BYTES };
    report_note(stream->report, "The streamed answer broke off:");
    if (document_show(&shown, buf_text(error), error->len))
        report_output(stream->report, shown.data, shown.len);
    buf_free(&shown);
}

bool stream_end(struct stream *stream, const struct buf *error, struct err *err)
{
    if (stream->in_prelude)
        give_up_prelude(stream);
    if (stream->mid_line && isatty(STDOUT_FILENO))
        print(stream, "\n", 1); /* for the eye; elsewhere every byte counts */
    if (error)
        show_error(stream, error);
    return !stream->failure || err_set(err, "cannot write the answer to stdout: %s",
                                       strerror(stream->failure));
}

void stream_close(struct stream *stream)
{
    buf_free(&stream->prelude);
}
