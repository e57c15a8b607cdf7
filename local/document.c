/* SPDX-License-Identifier: MIT */
#include "document.h"

#include <string.h>

enum { DEPTH_LIMIT = 64 };

static bool put_string(struct buf *out, const char *text)
{
    bool done = buf_puts(out, "\"");
    for (; done && *text; text++) {
        unsigned char c = (unsigned char)*text;
        if (c == '"' || c == '\\')
            done = buf_printf(out, "\\%c", c);
        else if (c < ' ')
            done = buf_printf(out, "\\u%04x", c);
        else
            done = buf_append(out, text, 1);
    }
    return done && buf_puts(out, "\"");
}

bool document_write(struct buf *out, const char *type, const char *message)
{
    return buf_puts(out, "{\"errorType\":") && put_string(out, type) &&
           buf_puts(out, ",\"errorMessage\":") && put_string(out, message) &&
           buf_puts(out, "}");
}

/* A place in JSON text. Each reader below moves past what it reads, or returns false. */
struct reader {
    const char *at;
    const char *end;
};

static void skip_space(struct reader *in)
{
    while (in->at < in->end && strchr(" \t\r\n", *in->at) && *in->at)
        in->at++;
}

static bool skip_char(struct reader *in, char c)
{
    skip_space(in);
    if (in->at == in->end || *in->at != c)
        return false;
    in->at++;
    return true;
}

static bool read_hex4(struct reader *in, unsigned *unit)
{
    *unit = 0;
    for (int i = 0; i < 4; i++) {
        static const char digits[] = "0123456789abcdefABCDEF";
        const char *digit = in->at < in->end && *in->at ? strchr(digits, *in->at) : NULL;
        if (!digit)
            return false;
        unsigned value = (unsigned)(digit - digits);
        *unit = *unit * 16 + (value < 16 ? value : value - 6);
        in->at++;
    }
    return true;
}

static bool put_utf8(struct buf *out, unsigned point)
{
    char bytes[4];
    size_t len = 0;
    if (point < 0x80) {
        bytes[len++] = (char)point;
    } else if (point < 0x800) {
        bytes[len++] = (char)(0xc0U | point >> 6);
    } else if (point < 0x10000) {
        bytes[len++] = (char)(0xe0U | point >> 12);
        bytes[len++] = (char)(0x80U | (point >> 6 & 0x3fU));
    } else {
        bytes[len++] = (char)(0xf0U | point >> 18);
        bytes[len++] = (char)(0x80U | (point >> 12 & 0x3fU));
        bytes[len++] = (char)(0x80U | (point >> 6 & 0x3fU));
    }
    if (point >= 0x80)
        bytes[len++] = (char)(0x80U | (point & 0x3fU));
    return buf_append(out, bytes, len);
}

/* After "\u"; a pair of surrogates is one code point, half a pair is U+FFFD. */
static bool read_unicode(struct reader *in, struct buf *out)
{
    unsigned unit = 0, low = 0;
    if (!read_hex4(in, &unit))
        return false;
    if (unit >= 0xd800 && unit < 0xdc00 && in->end - in->at >= 6 && in->at[0] == '\\' &&
        in->at[1] == 'u') {
        struct reader ahead = { in->at + 2, in->end };
        if (read_hex4(&ahead, &low) && low >= 0xdc00 && low < 0xe000) {
            in->at = ahead.at;
            return put_utf8(out, 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00));
        }
    }
    return put_utf8(out, unit >= 0xd800 && unit < 0xe000 ? 0xfffd : unit);
}

static bool read_escape(struct reader *in, struct buf *out)
{
    static const char names[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
    if (in->at == in->end || !*in->at)
        return false;
    char c = *in->at++;
    if (c == 'u')
        return read_unicode(in, out);
    const char *name = strchr(names, c);
    return name && buf_append(out, &meanings[name - names], 1);
}

static bool read_string(struct reader *in, struct buf *out)
{
    if (!skip_char(in, '"'))
        return false;
    while (in->at < in->end) {
        char c = *in->at++;
        if (c == '"')
            return true;
        if (c == '\\' ? !read_escape(in, out) : !buf_append(out, &c, 1))
            return false;
    }
    return false;
}

static bool skip_value(struct reader *in, struct buf *scrap, int depth);

static bool skip_members(struct reader *in, struct buf *scrap, char close, int depth)
{
    if (skip_char(in, close))
        return true;
    do {
        buf_clear(scrap);
        if (close == '}' && !(read_string(in, scrap) && skip_char(in, ':')))
            return false;
        if (!skip_value(in, scrap, depth))
            return false;
    } while (skip_char(in, ','));
    return skip_char(in, close);
}

static bool skip_value(struct reader *in, struct buf *scrap, int depth)
{
    skip_space(in);
    if (in->at == in->end || depth == DEPTH_LIMIT)
        return false;
    if (*in->at == '"') {
        buf_clear(scrap);
        return read_string(in, scrap);
    }
    if (skip_char(in, '{'))
        return skip_members(in, scrap, '}', depth + 1);
    if (skip_char(in, '['))
        return skip_members(in, scrap, ']', depth + 1);
    const char *start = in->at;
    while (in->at < in->end && !strchr(",]} \t\r\n", *in->at))
        in->at++;
    return in->at > start;
}

struct shown {
    struct buf type;
    struct buf message;
    struct buf frames; /* indented lines */
};

static bool read_frames(struct reader *in, struct buf *frames)
{
    if (!skip_char(in, '['))
        return false;
    if (skip_char(in, ']'))
        return true;
    do {
        if (!buf_puts(frames, "  ") || !read_string(in, frames) ||
            !buf_puts(frames, "\n"))
            return false;
    } while (skip_char(in, ','));
    return skip_char(in, ']');
}

static bool read_member(struct reader *in, struct buf *scrap, struct shown *shown)
{
    buf_clear(scrap);
    if (!read_string(in, scrap) || !skip_char(in, ':'))
        return false;
    if (strcmp(buf_text(scrap), "errorType") == 0)
        return read_string(in, &shown->type);
    if (strcmp(buf_text(scrap), "errorMessage") == 0)
        return read_string(in, &shown->message);
    if (strcmp(buf_text(scrap), "stackTrace") == 0)
        return read_frames(in, &shown->frames);
    return skip_value(in, scrap, 0);
}

static bool read_document(struct reader *in, struct buf *scrap, struct shown *shown)
{
    if (!skip_char(in, '{'))
        return false;
    do {
        if (!read_member(in, scrap, shown))
            return false;
    } while (skip_char(in, ','));
    return skip_char(in, '}') && shown->message.data;
}

bool document_show(struct buf *out, const char *text, size_t len)
{
    struct reader in = { text, text + len };
    struct buf scrap = { .limit = len };
    struct shown shown = { { .limit = len }, { .limit = len }, { .limit = 4 * len } };
    bool done = false;
    if (text && read_document(&in, &scrap, &shown))
        done = buf_printf(out, "%s%s%s\n%s", buf_text(&shown.type),
                          shown.type.len ? ": " : "", buf_text(&shown.message),
                          buf_text(&shown.frames));
    else
        done = buf_append(out, text, len) && buf_puts(out, "\n");
    buf_free(&scrap);
    buf_free(&shown.type);
    buf_free(&shown.message);
    buf_free(&shown.frames);
    return done;
}
