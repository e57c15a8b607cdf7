/* SPDX-License-Identifier: MIT
 * Most are plain and go to Lua as they stand in the text; those with escapes are
 * put together in the scratch, in runs between the escapes. */
#include "json_string.h"

#include "json_escape.h"
#include "json_scan.h"
#include "json_utf8.h"

#include <string.h>

enum { RUN_BYTES = 64 }; /* room for at least so many before a run is copied */

/* Room for `extra` bytes behind the first `used` of the scratch. Raises when memory is short. */
static void reserve(struct json_reader *r, size_t used, size_t extra)
{
    if (extra <= r->scratch_cap - used)
        return;
    size_t cap = r->scratch_cap * 2;
    if (cap - used < extra)
        cap = used + extra;
    char *bigger = lua_newuserdatauv(r->L, cap, 0);
    memcpy(bigger, r->scratch, used);
    lua_replace(r->L, r->scratch_slot); /* the former one is garbage now */
    r->scratch = bigger;
    r->scratch_cap = cap;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The four digits at p as a number; -1 when they are not there. */
static int hex_unit(const struct json_reader *r, const char *p)
{
    if (r->end - p < 4)
        return -1;
    int a = hex_digit(p[0]), b = hex_digit(p[1]), c = hex_digit(p[2]),
        d = hex_digit(p[3]);
    return (a | b | c | d) < 0 ? -1 : a << 12 | b << 8 | c << 4 | d;
}

static bool is_high_surrogate(int unit)
{
    return unit >= 0xD800 && unit <= 0xDBFF;
}

static bool is_low_surrogate(int unit)
{
    return unit >= 0xDC00 && unit <= 0xDFFF;
}

/* p is at "uXXXX"; the character goes to the scratch. */
static const char *read_unicode(struct json_reader *r, const char *p, size_t *used)
{
    int unit = hex_unit(r, p + 1);
    if (unit < 0)
        return json_reader_fail(r, p - 1, "\\u needs four hexadecimal digits");
    unsigned code_point = (unsigned)unit;
    const char *behind = p + 5;
    if (is_high_surrogate(unit) && r->end - behind >= 6 && behind[0] == '\\' &&
        behind[1] == 'u') {
        int low = hex_unit(r, behind + 2);
        if (is_low_surrogate(low)) {
            code_point =
                0x10000 + ((code_point - 0xD800) << 10) + ((unsigned)low - 0xDC00);
            behind += 6;
        }
    }
    if (code_point >= 0xD800 && code_point <= 0xDFFF) {
        if (!r->options->replace_invalid_utf8)
            return json_reader_fail(r, p - 1, "\\u%04X is half of a surrogate pair",
                                    code_point);
        code_point = 0xFFFD;
    }
    reserve(r, *used, JSON_UTF8_BYTES_MAX);
    *used += json_utf8_put(r->scratch + *used, code_point);
    return behind;
}

/* p is behind the backslash. */
static const char *read_escape(struct json_reader *r, const char *p, size_t *used)
{
    char c = 0;
    if (p == r->end)
        return json_reader_fail(r, p, "the text ends inside a string");
    switch (*p) {
    case '"':
    case '\\':
    case '/': c = *p; break;
    case 'b': c = '\b'; break;
    case 'f': c = '\f'; break;
    case 'n': c = '\n'; break;
    case 'r': c = '\r'; break;
    case 't': c = '\t'; break;
    case 'u': return read_unicode(r, p, used);
    default: return json_reader_unexpected(r, p, "one of \"\\/bfnrtu behind a backslash");
    }
    reserve(r, *used, 1);
    r->scratch[(*used)++] = c;
    return p + 1;
}

/* What is wrong with a byte that cannot stand in a string, or the end of the text. */
static const char *refuse(struct json_reader *r, const char *p)
{
    unsigned char byte = p < r->end ? (unsigned char)*p : 0;
    if (p == r->end)
        return json_reader_fail(r, p, "the text ends inside a string");
    if (byte < 0x20)
        return json_reader_fail(r, p, "a control character U+%04X must be escaped", byte);
    return json_reader_fail(r, p, "byte 0x%02X is not UTF-8 here", byte);
}

/* Behind the plain and well-formed characters from p on. */
static const char *skip_well_formed(const struct json_reader *r, const char *p)
{
    for (;;) {
        p += json_scan_plain(p, (size_t)(r->end - p));
        while (p < r->end && (unsigned char)*p >= 0x80) {
            int bytes = json_utf8_judge(p, (size_t)(r->end - p));
            if (bytes < 0)
                return p;
            p += bytes;
        }
        if (p == r->end || *p == '"' || *p == '\\' || (unsigned char)*p < 0x20)
            return p;
    }
}

/* Plain bytes and simple escapes go to the scratch, as far as it has room: the caller comes back. */
static const char *copy_run(struct json_reader *r, const char *p, size_t *used)
{
    size_t left = (size_t)(r->end - p);
    if (left > JSON_ESCAPE_SLACK_BYTES)
        return p + json_escape_undo(r->scratch, used, r->scratch_cap, p, left);
    left = json_scan_copy(r->scratch + *used, p, left);
    *used += left;
    return p + left;
}

static const char *copy_character(struct json_reader *r, const char *p, size_t *used)
{
    int bytes = json_utf8_judge(p, (size_t)(r->end - p));
    if (bytes > 0) {
        reserve(r, *used, JSON_UTF8_BYTES_MAX);
        memcpy(r->scratch + *used, p, (size_t)bytes);
        *used += (size_t)bytes;
        return p + bytes;
    }
    if (!r->options->replace_invalid_utf8)
        return refuse(r, p);
    reserve(r, *used, JSON_REPLACEMENT_BYTES);
    memcpy(r->scratch + *used, JSON_REPLACEMENT, JSON_REPLACEMENT_BYTES);
    *used += JSON_REPLACEMENT_BYTES;
    return p - bytes;
}

/* The string from `start`, whose bytes up to p are well formed, by way of the scratch. */
static const char *unescape(struct json_reader *r, const char *start, const char *p)
{
    size_t used = (size_t)(p - start);
    reserve(r, 0, used);
    memcpy(r->scratch, start, used);
    for (;;) {
        reserve(r, used, RUN_BYTES);
        p = copy_run(r, p, &used);
        if (p == r->end || *p == '"')
            break;
        if (*p == '\\')
            p = read_escape(r, p + 1, &used);
        else if ((unsigned char)*p >= 0x80)
            p = copy_character(r, p, &used);
        else if ((unsigned char)*p < 0x20)
            return refuse(r, p);
        if (!p)
            return NULL;
    }
    if (p == r->end)
        return refuse(r, p);
    lua_pushlstring(r->L, r->scratch, used);
    return p + 1;
}

const char *json_string_read(struct json_reader *r, const char *p)
{
    const char *start = p;
    p += json_scan_plain(p, (size_t)(r->end - p));
    if (p < r->end && (unsigned char)*p >= 0x80)
        p = skip_well_formed(r, p);
    size_t len = (size_t)(p - start);
    if (p == r->end || *p != '"')
        return unescape(r, start, p);
    if (r->array_depth && len <= JSON_SEEN_BYTES_MAX)
        json_seen_push(r, start, len, json_seen_hash(start, len));
    else
        lua_pushlstring(r->L, start, len);
    return p + 1;
}
