/* SPDX-License-Identifier: MIT */
#include "quote.h"

/* The length of the UTF-8 sequence at text (RFC 3629 §4), 0 where there is none. */
static size_t sequence_length(const unsigned char *text)
{
    unsigned char first = text[0];
    if (first < 0x80)
        return 1;
    if (first < 0xC2 || first > 0xF4)
        return 0;
    size_t len = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    unsigned char low = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
    unsigned char high = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
    if (text[1] < low || text[1] > high)
        return 0;
    for (size_t i = 2; i < len; i++)
        if ((text[i] & 0xC0) != 0x80)
            return 0;
    return len;
}

static bool put_character(struct buf *out, const unsigned char *text, size_t len)
{
    if (len == 0)
        return buf_puts(out, "\xEF\xBF\xBD"); /* U+FFFD */
    if (*text < ' ')
        return buf_printf(out, "\\u%04x", *text);
    if (*text == '"' || *text == '\\')
        return buf_printf(out, "\\%c", *text);
    return buf_append(out, text, len);
}

bool quote_text(struct buf *out, const char *text, size_t limit_bytes)
{
    const unsigned char *at = (const unsigned char *)text, *start = at;
    if (!buf_puts(out, "\""))
        return false;
    while (*at && (size_t)(at - start) < limit_bytes) {
        size_t len = sequence_length(at);
        if (!put_character(out, at, len))
            return false;
        at += len ? len : 1;
    }
    return buf_puts(out, "\"");
}
