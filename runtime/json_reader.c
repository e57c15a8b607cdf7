/* SPDX-License-Identifier: MIT */
#include "json_reader.h"

#include <stdarg.h>
#include <stdio.h>

const char *json_reader_fail(struct json_reader *r, const char *at, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    (void)vsnprintf(r->problem, sizeof r->problem, format, args);
    va_end(args);
    r->failed_at = at;
    return NULL;
}

const char *json_reader_unexpected(struct json_reader *r, const char *at, const char *expected)
{
    if (at == r->end)
        return json_reader_fail(r, at, "expected %s, but the text ends here", expected);
    unsigned char byte = (unsigned char)*at;
    if (byte > 0x20 && byte < 0x7F)
        return json_reader_fail(r, at, "expected %s, found '%c'", expected, byte);
    return json_reader_fail(r, at, "expected %s, found byte 0x%02X", expected, byte);
}
