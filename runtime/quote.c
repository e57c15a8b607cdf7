/* SPDX-License-Identifier: MIT */
#include "quote.h"

#include <stdio.h>
#include <string.h>

enum {
    ESCAPE_LIMIT_BYTES = 16, /* a surrogate pair takes 12 */
    MARK_BYTES = sizeof QUOTE_MARK - 1,
};

/* The length of the UTF-8 sequence at text (RFC 3629 §4), 0 where there is none. */
static size_t sequence_length(const unsigned char *text, size_t left)
{
    unsigned char first = text[0];
    if (first < 0x80)
        return 1;
    if (first < 0xC2 || first > 0xF4)
        return 0;
    size_t len = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    unsigned char low = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
    unsigned char high = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
    if (left < len || text[1] < low || text[1] > high)
        return 0;
    for (size_t i = 2; i < len; i++)
        if ((text[i] & 0xC0) != 0x80)
            return 0;
    return len;
}

/* The code point of a well-formed sequence. */
static unsigned code_point(const unsigned char *text, size_t len)
{
    static const unsigned char masks[] = { 0, 0x7F, 0x1F, 0x0F, 0x07 };
    unsigned code = text[0] & masks[len];
    for (size_t i = 1; i < len; i++)
        code = code << 6 | (text[i] & 0x3FU);
    return code;
}

static size_t escape_ascii(char *out, unsigned code)
{
    int len = code < 0x10000 ? snprintf(out, ESCAPE_LIMIT_BYTES, "\\u%04x", code)
                             : snprintf(out, ESCAPE_LIMIT_BYTES, "\\u%04x\\u%04x",
                                        0xD7C0 + (code >> 10), 0xDC00 + (code & 0x3FF));
    return (size_t)len;
}

/* Writes one character, len bytes of it (0: no UTF-8), in its form; returns how many bytes that takes. */
static size_t escape(char *out, enum quote_form form, const unsigned char *text,
                     size_t len)
{
    static const unsigned char replacement[] = "\xEF\xBF\xBD"; /* U+FFFD */
    if (len == 0) {
        text = replacement;
        len = sizeof replacement - 1;
    }
    if (form == QUOTE_LINE) {
        memcpy(out, text, len);
        if (*text == '\n')
            *out = '\r';
        return len;
    }
    if (*text == '"' || *text == '\\') {
        out[0] = '\\';
        out[1] = (char)*text;
        return 2;
    }
    if (*text < ' ' || (form == QUOTE_ASCII && *text >= 0x7F))
        return escape_ascii(out, code_point(text, len));
    memcpy(out, text, len);
    return len;
}

/* How many of the bytes stand for themselves in any form: most text in one go. */
static size_t plain_length(const unsigned char *text, size_t left)
{
    size_t len = 0;
    while (len < left && text[len] >= ' ' && text[len] < 0x7F && text[len] != '"' &&
           text[len] != '\\')
        len++;
    return len;
}

/* A text on its way into out. */
struct quoting {
    struct buf *out;
    enum quote_form form;
    size_t stop;  /* out may not get longer */
    size_t last;  /* from here to stop there is room for the mark, and no more */
    size_t whole; /* where out last ended before that, between two characters */
};

/* Appends plain bytes, as many as there is room for. False when out could not take them. */
static bool put_plain(struct quoting *q, const unsigned char *text, size_t len)
{
    size_t before = q->out->len;
    if (!buf_append(q->out, text, len))
        return false;
    if (before <= q->last)
        q->whole = q->out->len < q->last ? q->out->len : q->last;
    return true;
}

/* Appends one character; *fits tells whether there was room for it. */
static bool put_character(struct quoting *q, const unsigned char *text, size_t len,
                          bool *fits)
{
    char character[ESCAPE_LIMIT_BYTES];
    size_t escaped = escape(character, q->form, text, len);
    *fits = escaped <= q->stop - q->out->len;
    if (*fits && !buf_append(q->out, character, escaped))
        return false;
    if (q->out->len <= q->last)
        q->whole = q->out->len;
    return true;
}

bool quote_put(struct buf *out, enum quote_form form, const char *text, size_t len,
               size_t room_bytes)
{
    const unsigned char *at = (const unsigned char *)text, *end = at + len;
    struct quoting q = { out, form, out->len + room_bytes,
                         out->len + room_bytes - MARK_BYTES, out->len };
    bool fits = true;
    while (at < end && fits) {
        size_t left = (size_t)(end - at), plain = plain_length(at, left);
        size_t room = q.stop - out->len, taken = plain < room ? plain : room;
        if (plain > 0) {
            if (!put_plain(&q, at, taken))
                return false;
            fits = taken == plain;
            at += taken;
        } else if (form == QUOTE_LINE && left > 1 && at[0] == '\r' && at[1] == '\n') {
            at++; /* one line end, one \r */
        } else {
            size_t sequence = sequence_length(at, left);
            if (!put_character(&q, at, sequence, &fits))
                return false;
            at += sequence ? sequence : 1;
        }
    }
    if (fits)
        return true;
    out->len = q.whole;
    return buf_puts(out, QUOTE_MARK);
}

bool quote_text(struct buf *out, const char *text, size_t limit_bytes)
{
    const unsigned char *at = (const unsigned char *)text, *start = at;
    size_t left = strlen(text);
    if (!buf_puts(out, "\""))
        return false;
    while (left && (size_t)(at - start) < limit_bytes) {
        char character[ESCAPE_LIMIT_BYTES];
        size_t len = sequence_length(at, left), step = len ? len : 1;
        if (!buf_append(out, character, escape(character, QUOTE_JSON, at, len)))
            return false;
        at += step;
        left -= step;
    }
    return buf_puts(out, "\"");
}
