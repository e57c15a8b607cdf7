/* SPDX-License-Identifier: MIT */
#include "base64.h"

#include <string.h>

static const char digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

bool base64_encode(struct buf *out, const char *bytes, size_t len)
{
    for (size_t at = 0; at < len; at += 3) {
        size_t count = len - at < 3 ? len - at : 3;
        unsigned long group = 0;
        for (size_t i = 0; i < 3; i++)
            group = group << 8 | (i < count ? (unsigned char)bytes[at + i] : 0U);
        const char quad[] = {
            digits[group >> 18],
            digits[group >> 12 & 63],
            (char)(count > 1 ? digits[group >> 6 & 63] : '='),
            (char)(count > 2 ? digits[group & 63] : '='),
        };
        if (!buf_append(out, quad, sizeof quad))
            return false;
    }
    return true;
}

bool base64_decode(struct buf *out, const char *text)
{
    size_t len = strlen(text);
    if (len % 4)
        return false;
    for (size_t at = 0; at < len; at += 4) {
        unsigned long group = 0;
        size_t count = 4; /* digits, the rest is padding */
        if (at + 4 == len)
            count = text[at + 2] == '=' ? 2 : text[at + 3] == '=' ? 3 : 4;
        if (count < 4 && text[at + 3] != '=')
            return false;
        for (size_t i = 0; i < 4; i++) {
            const char *digit = i < count ? strchr(digits, text[at + i]) : digits;
            if (!digit)
                return false;
            group = group << 6 | (unsigned long)(digit - digits);
        }
        const unsigned char bytes[] = { (unsigned char)(group >> 16),
                                        (unsigned char)(group >> 8),
                                        (unsigned char)group };
        if (!buf_append(out, bytes, count - 1))
            return false;
    }
    return true;
}
