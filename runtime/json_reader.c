/* SPDX-License-Identifier: MIT */
#include "json_reader.h"

#include "json_number.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *json_reader_fail(struct json_reader *r, const char *at, const char *format,
                             ...)
{
    va_list args;
    va_start(args, format);
    (void)vsnprintf(r->problem, sizeof r->problem, format, args);
    va_end(args);
    r->failed_at = at;
    return NULL;
}

const char *json_reader_unexpected(struct json_reader *r, const char *at,
                                   const char *expected)
{
    if (at == r->end)
        return json_reader_fail(r, at, "expected %s, but the text ends here", expected);
    unsigned char byte = (unsigned char)*at;
    if (byte > 0x20 && byte < 0x7F)
        return json_reader_fail(r, at, "expected %s, found '%c'", expected, byte);
    return json_reader_fail(r, at, "expected %s, found byte 0x%02X", expected, byte);
}

const char *json_reader_number(struct json_reader *r, const char *p)
{
    struct json_number number;
    json_number_read(&number, p, r->end);
    switch (number.kind) {
    case JSON_NUMBER_INTEGER: lua_pushinteger(r->L, number.integer); break;
    case JSON_NUMBER_FLOAT: lua_pushnumber(r->L, number.real); break;
    case JSON_NUMBER_BIG:
        if (r->options->bigint_as_string)
            lua_pushlstring(r->L, p, (size_t)(number.end - p));
        else
            lua_pushnumber(r->L, number.real);
        break;
    case JSON_NUMBER_TOO_LARGE:
        return json_reader_fail(r, p, "the number is beyond a double");
    case JSON_NUMBER_MALFORMED:
        if (number.end < r->end && *number.end >= '0' && *number.end <= '9')
            return json_reader_fail(r, p, "a number has no leading zeros");
        return json_reader_unexpected(r, number.end, "a digit");
    }
    return number.end;
}

const char *json_reader_word(struct json_reader *r, const char *p, const char *word,
                             size_t len)
{
    if ((size_t)(r->end - p) < len || memcmp(p, word, len) != 0)
        return json_reader_fail(r, p,
                                "expected a value; the words are true, false and null");
    return p + len;
}
