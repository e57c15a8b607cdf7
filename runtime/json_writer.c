/* SPDX-License-Identifier: MIT
 * Where there is room for the worst case, the fast way; near the buf's limit, byte by byte. */
#include "json_writer.h"

#include "json_escape.h"
#include "json_number.h"
#include "json_scan.h"
#include "json_utf8.h"

#include <string.h>

enum { ESCAPE_BYTES_MAX = 6 }; /* \u001F */

static size_t room(const struct json_writer *w)
{
    return (size_t)(w->stop - w->at);
}

void json_writer_open(struct json_writer *w, struct buf *buf)
{
    w->buf = buf;
    w->at = buf->data ? buf->data + buf->len : &w->none;
    w->stop = buf->data ? buf->data + buf->cap : &w->none;
}

void json_writer_close(struct json_writer *w)
{
    if (!w->buf->data)
        return;
    w->buf->len = (size_t)(w->at - w->buf->data);
    *w->at = '\0'; /* a buf has a byte more than its cap */
}

static bool grow(struct json_writer *w, size_t extra)
{
    json_writer_close(w);
    bool grown = buf_reserve(w->buf, extra);
    json_writer_open(w, w->buf);
    return grown;
}

/* Room for what may be needed. False near the limit, where the buf is not to be called full yet. */
static bool reserve(struct json_writer *w, size_t extra)
{
    if (extra <= room(w))
        return true;
    json_writer_close(w);
    return extra <= w->buf->limit - w->buf->len && grow(w, extra);
}

bool json_writer_bytes(struct json_writer *w, const char *bytes, size_t len)
{
    if (len > room(w) && !grow(w, len))
        return false;
    if (len)
        memcpy(w->at, bytes, len);
    w->at += len;
    return true;
}

bool json_writer_byte(struct json_writer *w, char byte)
{
    if (w->at == w->stop && !grow(w, 1))
        return false;
    *w->at++ = byte;
    return true;
}

bool json_writer_integer(struct json_writer *w, int64_t integer)
{
    char text[JSON_NUMBER_BYTES_MAX];
    if (!reserve(w, sizeof text))
        return json_writer_bytes(w, text, json_number_write_integer(text, integer));
    w->at += json_number_write_integer(w->at, integer);
    return true;
}

bool json_writer_real(struct json_writer *w, double real)
{
    char text[JSON_NUMBER_BYTES_MAX];
    return json_writer_bytes(w, text, json_number_write_real(text, real));
}

bool json_writer_line(struct json_writer *w, size_t spaces)
{
    if (spaces + 1 > room(w) && !grow(w, spaces + 1))
        return false;
    *w->at++ = '\n';
    memset(w->at, ' ', spaces);
    w->at += spaces;
    return true;
}

static size_t escape(char *out, char byte)
{
    static const char digits[] = "0123456789ABCDEF";
    char letter = json_escape_letter(byte);
    out[0] = '\\';
    out[1] = letter;
    if (letter)
        return 2;
    memcpy(out + 1, "u00", 3);
    out[4] = digits[byte >> 4];
    out[5] = digits[byte & 0xF];
    return 6;
}

/* What stands in JSON for the character at bytes, which is not plain: its length in *len, and how
 * many bytes it stands for as the result; 0 when they are not UTF-8. */
static size_t translate(char out[ESCAPE_BYTES_MAX], size_t *len, const char *bytes,
                        size_t left, bool replace)
{
    unsigned char byte = (unsigned char)*bytes;
    if (byte < 0x80) {
        *len = escape(out, *bytes);
        return 1;
    }
    int judged = json_utf8_judge(bytes, left);
    if (judged > 0) {
        *len = (size_t)judged;
        memcpy(out, bytes, *len);
        return *len;
    }
    if (!replace)
        return 0;
    *len = JSON_REPLACEMENT_BYTES;
    memcpy(out, JSON_REPLACEMENT, JSON_REPLACEMENT_BYTES);
    return (size_t)-judged;
}

/* As json_writer_string, without the quotes and without any slack. */
static enum json_writer_status write_exactly(struct json_writer *w, const char *bytes,
                                             size_t len, bool replace, size_t *bad)
{
    size_t at = 0;
    while (at < len) {
        size_t plain = json_scan_plain(bytes + at, len - at), out_len = 0;
        if (!json_writer_bytes(w, bytes + at, plain))
            return JSON_WRITER_FULL;
        at += plain;
        if (at == len)
            break;
        char out[ESCAPE_BYTES_MAX];
        size_t taken = translate(out, &out_len, bytes + at, len - at, replace);
        *bad = at;
        if (!taken)
            return JSON_WRITER_NOT_UTF8;
        if (!json_writer_bytes(w, out, out_len))
            return JSON_WRITER_FULL;
        at += taken;
    }
    return JSON_WRITER_OK;
}

static enum json_writer_status write_fast(struct json_writer *w, const char *bytes,
                                          size_t len, bool replace, size_t *bad)
{
    size_t at = 0;
    while (at < len) {
        const size_t slack = JSON_SCAN_SLACK_BYTES + ESCAPE_BYTES_MAX;
        size_t left = len - at, out_len = 0;
        if (!reserve(w, left + slack)) {
            enum json_writer_status status =
                write_exactly(w, bytes + at, left, replace, bad);
            *bad += at;
            return status;
        }
        size_t put = 0, read = json_escape(w->at, &put, room(w), bytes + at, left);
        w->at += put;
        at += read;
        if (room(w) < len - at + slack)
            continue; /* escapes have used up what was reserved */
        put = json_scan_copy(w->at, bytes + at, len - at);
        w->at += put;
        at += put;
        if (at == len)
            break;
        size_t taken = translate(w->at, &out_len, bytes + at, len - at, replace);
        if (!taken) {
            *bad = at;
            return JSON_WRITER_NOT_UTF8;
        }
        w->at += out_len;
        at += taken;
    }
    return JSON_WRITER_OK;
}

enum json_writer_status json_writer_string(struct json_writer *w, const char *bytes,
                                           size_t len, bool replace, size_t *bad)
{
    if (!json_writer_byte(w, '"'))
        return JSON_WRITER_FULL;
    enum json_writer_status status = write_fast(w, bytes, len, replace, bad);
    if (status == JSON_WRITER_OK && !json_writer_byte(w, '"'))
        return JSON_WRITER_FULL;
    return status;
}
