/* SPDX-License-Identifier: MIT */
#include "base64.h"

#include <string.h>

enum { NO_DIGIT = 64 };

static const char digits[][65] = {
    [BASE64_STANDARD] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
    [BASE64_URL] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
};

size_t base64_text_size(size_t len)
{
    return len / 3 * 4 + (len % 3 ? 4 : 0);
}

size_t base64_write(char *out, enum base64_kind kind, const char *bytes, size_t len)
{
    const char *digit = digits[kind];
    char *to = out;
    for (size_t at = 0; at < len; at += 3) {
        size_t count = len - at < 3 ? len - at : 3;
        unsigned group = (unsigned)(unsigned char)bytes[at] << 16;
        if (count > 1)
            group |= (unsigned)(unsigned char)bytes[at + 1] << 8;
        if (count > 2)
            group |= (unsigned char)bytes[at + 2];
        for (unsigned i = 0; i <= count; i++)
            *to++ = digit[group >> (18 - 6 * i) & 63];
        for (size_t i = count; i < 3 && kind == BASE64_STANDARD; i++)
            *to++ = '=';
    }
    return (size_t)(to - out);
}

/* All ones when first <= byte <= last, else 0: texts are often keys, so time tells nothing of them. */
static unsigned between(unsigned byte, unsigned char first, unsigned char last)
{
    return 0U - ((first - 1U - byte) >> 31 & (byte - last - 1U) >> 31);
}

/* The digit's value, or NO_DIGIT. */
static unsigned value_of(enum base64_kind kind, char digit)
{
    unsigned byte = (unsigned char)digit;
    unsigned char plus = (unsigned char)digits[kind][62];
    unsigned char slash = (unsigned char)digits[kind][63];
    unsigned past = (between(byte, 'A', 'Z') & (byte - 'A' + 1)) |
                    (between(byte, 'a', 'z') & (byte - 'a' + 27)) |
                    (between(byte, '0', '9') & (byte - '0' + 53)) |
                    (between(byte, plus, plus) & 63) | (between(byte, slash, slash) & 64);
    return past > 0 ? past - 1U : NO_DIGIT;
}

/* How many of the text's bytes are digits: all but the padding of a text of whole groups. */
static size_t count_digits(enum base64_kind kind, const char *text, size_t len)
{
    size_t padding = 0;
    if (kind == BASE64_STANDARD && len > 0 && len % 4 == 0)
        while (padding < 2 && text[len - 1 - padding] == '=')
            padding++;
    return len - padding;
}

size_t base64_byte_size(enum base64_kind kind, const char *text, size_t len)
{
    size_t count = count_digits(kind, text, len);
    return count / 4 * 3 + (count % 4 > 1 ? count % 4 - 1 : 0);
}

/* The bytes of a last group of two or three digits. */
static struct base64_reading read_rest(char *out, enum base64_kind kind, const char *text,
                                       size_t count, struct base64_reading reading)
{
    unsigned group = 0;
    for (size_t i = 0; i < count; i++)
        group |= value_of(kind, text[reading.at + i]) << (18 - 6 * i);
    if (group & (count == 2 ? 0xffffU : 0xffU)) {
        reading.fault = BASE64_STRAY_BITS;
        reading.at += count - 1;
        return reading;
    }
    for (unsigned i = 0; i + 1 < count; i++)
        out[reading.len++] = (char)(group >> (16 - 8 * i) & 255);
    return reading;
}

/* The first byte from `at` on that is no digit, or end. */
static size_t first_stranger(enum base64_kind kind, const char *text, size_t at,
                             size_t end)
{
    while (at < end && value_of(kind, text[at]) != NO_DIGIT)
        at++;
    return at;
}

struct base64_reading base64_read(char *out, enum base64_kind kind, const char *text,
                                  size_t len)
{
    struct base64_reading reading = { .fault = BASE64_FINE };
    size_t end = count_digits(kind, text, len), rest = end % 4;
    for (; reading.at < end - rest; reading.at += 4) {
        unsigned group = 0, strangers = 0;
        for (size_t i = 0; i < 4; i++) {
            unsigned value = value_of(kind, text[reading.at + i]);
            strangers |= value & NO_DIGIT;
            group = group << 6 | (value & 63);
        }
        if (strangers)
            break;
        for (unsigned i = 0; i < 3; i++)
            out[reading.len++] = (char)(group >> (16 - 8 * i) & 255);
    }
    size_t stranger = first_stranger(kind, text, reading.at, end);
    if (stranger < end) {
        reading.fault = BASE64_NO_DIGIT;
        reading.at = stranger;
        return reading;
    }
    if (rest == 1 || (kind == BASE64_STANDARD && len % 4)) {
        reading.fault = BASE64_CUT;
        reading.at = len;
        return reading;
    }
    return rest > 0 ? read_rest(out, kind, text, rest, reading) : reading;
}

bool base64_encode(struct buf *out, const char *bytes, size_t len)
{
    if (!buf_reserve(out, base64_text_size(len)))
        return false;
    out->len += base64_write(out->data + out->len, BASE64_STANDARD, bytes, len);
    out->data[out->len] = '\0';
    return true;
}

bool base64_decode(struct buf *out, const char *text)
{
    size_t len = strlen(text);
    if (!buf_reserve(out, base64_byte_size(BASE64_STANDARD, text, len)))
        return false;
    struct base64_reading reading =
        base64_read(out->data + out->len, BASE64_STANDARD, text, len);
    if (reading.fault == BASE64_FINE)
        out->len += reading.len;
    out->data[out->len] = '\0';
    return reading.fault == BASE64_FINE;
}
