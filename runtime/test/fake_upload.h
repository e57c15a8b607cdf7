/* SPDX-License-Identifier: MIT
 * A chunked upload (RFC 9112 §7.1) as it comes in: its framing checked byte by byte, its body into a file. */
#ifndef LUNAMBDA_FAKE_UPLOAD_H
#define LUNAMBDA_FAKE_UPLOAD_H

#include "fake_request.h"

enum {
    FAKE_SIZE_LINE_BYTES = 16,
    FAKE_TRAILERS_LIMIT_BYTES = 4096, /* as Go's HTTP server has it, its end included */
};

enum fake_upload_at {
    FAKE_AT_NOTHING, /* no upload is under way */
    FAKE_AT_SIZE,
    FAKE_AT_DATA,
    FAKE_AT_DATA_END,
    FAKE_AT_TRAILERS,
    FAKE_AT_END,
    FAKE_AT_FAULT, /* the framing is wrong */
};

/* Starts as { 0 }. */
struct fake_upload {
    enum fake_upload_at at;
    struct buf head;
    struct buf trailers; /* up to and with the empty line */
    FILE *body;          /* NULL when it is not kept */
    char line[FAKE_SIZE_LINE_BYTES];
    size_t line_bytes;
    size_t left; /* of the chunk, or of the CRLF behind it */
    size_t chunks;
    size_t body_bytes;
    long number; /* of the file, counted from 1 */
    long began_ms;
};

/* Begins one with that head. */
MUST_CHECK bool fake_upload_begin(struct fake_upload *upload, const char *head,
                                  size_t head_bytes);

/* Takes what belongs to it; returns how many bytes that were. */
size_t fake_upload_feed(struct fake_upload *upload, const char *bytes, size_t len);

/* Appends "upload CONNECTION AT_MS STDOUT_BYTES STDERR_BYTES HEAD_BYTES TRAILER_BYTES BODY_BYTES CHUNKS NUMBER
 * BEGAN_MS ENDED\n", the head, the trailers. ENDED is 1 for a whole upload, 0 for one that was cut short, 2 for one
 * whose framing is wrong. */
MUST_CHECK bool fake_upload_record(FILE *record, const struct fake_upload *upload,
                                   const struct fake_mark *mark);

/* Forgets it, whether there is one or not; closes the file. */
void fake_upload_end(struct fake_upload *upload);

#endif
