/* SPDX-License-Identifier: MIT */
#include "json_utf8.h"

#include <stdbool.h>

static bool is_within(unsigned byte, unsigned low, unsigned high)
{
    return byte >= low && byte <= high;
}

int json_utf8_judge(const char *bytes, size_t len)
{
    const unsigned char *s = (const unsigned char *)bytes;
    unsigned first = s[0];
    if (first < 0x80)
        return 1;
    int more = first >= 0xF0 ? 3 : first >= 0xE0 ? 2 : 1;
    /* The second byte's range keeps out overlong forms, surrogates and what is above U+10FFFF. */
    unsigned low = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
    unsigned high = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
    if (!is_within(first, 0xC2, 0xF4) || len < 2 || !is_within(s[1], low, high))
        return -1;
    for (int i = 2; i <= more; i++)
        if ((size_t)i >= len || !is_within(s[i], 0x80, 0xBF))
            return -i;
    return more + 1;
}

size_t json_utf8_put(char *out, unsigned code_point)
{
    if (code_point < 0x80) {
        out[0] = (char)code_point;
        return 1;
    }
    if (code_point < 0x800) {
        out[0] = (char)(0xC0 | code_point >> 6);
        out[1] = (char)(0x80 | (code_point & 0x3F));
        return 2;
    }
    if (code_point < 0x10000) {
        out[0] = (char)(0xE0 | code_point >> 12);
        out[1] = (char)(0x80 | (code_point >> 6 & 0x3F));
        out[2] = (char)(0x80 | (code_point & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | code_point >> 18);
    out[1] = (char)(0x80 | (code_point >> 12 & 0x3F));
    out[2] = (char)(0x80 | (code_point >> 6 & 0x3F));
    out[3] = (char)(0x80 | (code_point & 0x3F));
    return 4;
}
