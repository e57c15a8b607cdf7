/* SPDX-License-Identifier: MIT */
#include "fake_upload.h"

#include <stdlib.h>
#include <string.h>

bool fake_upload_begin(struct fake_upload *upload, const char *head, size_t head_bytes)
{
    upload->head.limit = FAKE_REQUEST_LIMIT_BYTES;
    upload->trailers.limit = FAKE_TRAILERS_LIMIT_BYTES;
    upload->at = FAKE_AT_SIZE;
    return buf_append(&upload->head, head, head_bytes);
}

static enum fake_upload_at after_size(struct fake_upload *upload)
{
    const char *line = upload->line;
    size_t len = upload->line_bytes;
    upload->line_bytes = 0;
    if (len < 3 || memcmp(line + len - 2, "\r\n", 2) != 0 ||
        strspn(line, "0123456789abcdefABCDEF") != len - 2)
        return FAKE_AT_FAULT;
    upload->left = strtoul(line, NULL, 16);
    if (!upload->left)
        return FAKE_AT_TRAILERS;
    upload->chunks++;
    return FAKE_AT_DATA;
}

static size_t feed_size(struct fake_upload *upload, char byte)
{
    if (upload->line_bytes == FAKE_SIZE_LINE_BYTES - 1) {
        upload->at = FAKE_AT_FAULT;
        return 0;
    }
    upload->line[upload->line_bytes++] = byte;
    upload->line[upload->line_bytes] = '\0';
    if (byte == '\n')
        upload->at = after_size(upload);
    return 1;
}

static size_t feed_data(struct fake_upload *upload, const char *bytes, size_t len)
{
    size_t count = len < upload->left ? len : upload->left;
    if (upload->body && fwrite(bytes, 1, count, upload->body) != count) {
        upload->at = FAKE_AT_FAULT;
        return 0;
    }
    upload->body_bytes += count;
    upload->left -= count;
    if (!upload->left) {
        upload->at = FAKE_AT_DATA_END;
        upload->left = 2;
    }
    return count;
}

static size_t feed_data_end(struct fake_upload *upload, char byte)
{
    if (byte != (upload->left == 2 ? '\r' : '\n')) {
        upload->at = FAKE_AT_FAULT;
        return 0;
    }
    if (!--upload->left)
        upload->at = FAKE_AT_SIZE;
    return 1;
}

static size_t feed_trailers(struct fake_upload *upload, char byte)
{
    struct buf *trailers = &upload->trailers;
    if (!buf_append(trailers, &byte, 1)) {
        upload->at = FAKE_AT_FAULT;
        return 0;
    }
    size_t len = trailers->len;
    bool is_blank = len == 2 && memcmp(trailers->data, "\r\n", 2) == 0;
    if (is_blank || (len >= 4 && memcmp(trailers->data + len - 4, "\r\n\r\n", 4) == 0))
        upload->at = FAKE_AT_END;
    return 1;
}

size_t fake_upload_feed(struct fake_upload *upload, const char *bytes, size_t len)
{
    size_t used = 0, step = 1;
    while (used < len && step) {
        switch (upload->at) {
        case FAKE_AT_SIZE: step = feed_size(upload, bytes[used]); break;
        case FAKE_AT_DATA: step = feed_data(upload, bytes + used, len - used); break;
        case FAKE_AT_DATA_END: step = feed_data_end(upload, bytes[used]); break;
        case FAKE_AT_TRAILERS: step = feed_trailers(upload, bytes[used]); break;
        case FAKE_AT_NOTHING:
        case FAKE_AT_END:
        case FAKE_AT_FAULT: step = 0; break;
        }
        used += step;
    }
    return used;
}

bool fake_upload_record(FILE *record, const struct fake_upload *upload,
                        const struct fake_mark *mark)
{
    int ended = upload->at == FAKE_AT_END ? 1 : upload->at == FAKE_AT_FAULT ? 2 : 0;
    const struct buf *head = &upload->head, *trailers = &upload->trailers;
    return fprintf(record, "upload %ld %ld %ld %ld %zu %zu %zu %zu %ld %ld %d\n",
                   mark->connection, mark->at_ms, mark->stdout_bytes, mark->stderr_bytes,
                   head->len, trailers->len, upload->body_bytes, upload->chunks,
                   upload->number, upload->began_ms, ended) > 0 &&
           fwrite(buf_text(head), 1, head->len, record) == head->len &&
           fwrite(buf_text(trailers), 1, trailers->len, record) == trailers->len;
}

void fake_upload_end(struct fake_upload *upload)
{
    if (upload->body)
        (void)fclose(upload->body);
    buf_free(&upload->head);
    buf_free(&upload->trailers);
    *upload = (struct fake_upload){ .at = FAKE_AT_NOTHING };
}
