/* SPDX-License-Identifier: MIT */
#include "headers.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static char lower(char c)
{
    return (char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
}

bool headers_add_line(struct buf *headers, const char *line, size_t len)
{
    const char *colon = memchr(line, ':', len);
    if (!colon)
        return true;
    const char *value = colon + 1, *end = line + len;
    while (value < end && is_space(*value))
        value++;
    while (end > value && is_space(end[-1]))
        end--;
    size_t name_len = (size_t)(colon - line), value_len = (size_t)(end - value);
    if (!buf_reserve(headers, name_len + value_len + 2))
        return false;
    char *to = headers->data + headers->len;
    for (size_t i = 0; i < name_len; i++)
        *to++ = lower(line[i]);
    *to++ = '\0';
    memcpy(to, value, value_len);
    to[value_len] = '\0';
    to[value_len + 1] = '\0'; /* the buffer's own terminator */
    headers->len += name_len + value_len + 2;
    return true;
}

const char *headers_find_in(const char *block, size_t len, const char *name)
{
    for (const char *at = block, *end = block + len; at < end;) {
        const char *value = at + strlen(at) + 1;
        if (strcmp(at, name) == 0)
            return value;
        at = value + strlen(value) + 1;
    }
    return "";
}

const char *headers_find(const struct buf *headers, const char *name)
{
    return headers_find_in(buf_text(headers), headers->len, name);
}

long long headers_deadline_ms_in(const char *block, size_t len)
{
    const char *text = headers_find_in(block, len, "lambda-runtime-deadline-ms");
    char *end = NULL;
    errno = 0;
    long long ms = strtoll(text, &end, 10);
    return !errno && end != text && !*end && ms > 0 ? ms : 0;
}

long long headers_deadline_ms(const struct buf *headers)
{
    return headers_deadline_ms_in(buf_text(headers), headers->len);
}
