/* SPDX-License-Identifier: MIT */
#include "json_error.h"

#include "json.h"
#include "json_utf8.h"

#include <stdio.h>
#include <string.h>

static bool is_identifier_byte(char c, size_t at)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           (at > 0 && c >= '0' && c <= '9');
}

static bool is_identifier(const char *key, size_t len)
{
    size_t at = 0;
    while (at < len && is_identifier_byte(key[at], at))
        at++;
    return at == len && len > 0;
}

static void add(struct json_path *path, const char *bytes, size_t len)
{
    if (path->cut)
        return;
    if (len > JSON_PATH_LIMIT_BYTES - path->len) {
        bytes = "...";
        len = 3; /* the array has room for it behind the limit */
        path->cut = true;
    }
    memcpy(path->text + path->len, bytes, len);
    path->len += len;
    path->text[path->len] = '\0';
}

/* The key's characters, controls and what is not UTF-8 as \xNN. */
static void add_shown(struct json_path *path, const char *key, size_t len)
{
    for (size_t at = 0; at < len;) {
        int bytes = json_utf8_judge(key + at, len - at);
        if (at + (size_t)(bytes < 0 ? 1 : bytes) > JSON_KEY_SHOWN_BYTES) {
            add(path, "...", 3);
            return;
        }
        unsigned char byte = (unsigned char)key[at];
        if (bytes < 0 || byte < 0x20 || byte == 0x7F) {
            char shown[8];
            int n = snprintf(shown, sizeof shown, "\\x%02X", byte);
            add(path, shown, (size_t)n);
            at++;
        } else {
            add(path, key + at, (size_t)bytes);
            at += (size_t)bytes;
        }
    }
}

void json_path_start(struct json_path *path)
{
    *path = (struct json_path){ .text = "$", .len = 1 };
}

void json_path_key(struct json_path *path, const char *key, size_t len)
{
    bool plain = len <= JSON_KEY_SHOWN_BYTES && is_identifier(key, len);
    add(path, plain ? "." : "[\"", plain ? 1 : 2);
    add_shown(path, key, len);
    if (!plain)
        add(path, "\"]", 2);
}

void json_path_index(struct json_path *path, long long index)
{
    char text[32];
    int len = snprintf(text, sizeof text, "[%lld]", index);
    add(path, text, (size_t)len);
}

/* One container around the place. */
struct ring {
    const char *key; /* of the member being read; NULL in an array and before the colon */
    size_t key_len;
    long long index;
    bool is_array;
};

/* The byte behind the string whose text starts at bytes, or end. */
static const char *skip_string(const char *bytes, const char *end)
{
    while (bytes < end && *bytes != '"')
        bytes += *bytes == '\\' && end - bytes > 1 ? 2 : 1;
    return bytes < end ? bytes + 1 : end;
}

/* Fills rings with the containers that are open at end, outermost first; returns how many. */
static int find_rings(struct ring *rings, const char *text, const char *end)
{
    int depth = 0;
    const char *last = NULL; /* the string read last */
    size_t last_len = 0;
    for (const char *p = text; p < end; p++) {
        switch (*p) {
        case '[':
        case '{':
            if (depth == JSON_DEPTH_LIMIT)
                return depth;
            rings[depth++] = (struct ring){ .is_array = *p == '[' };
            break;
        case ']':
        case '}': depth -= depth > 0; break;
        case ',':
            if (depth > 0) {
                rings[depth - 1].index++;
                rings[depth - 1].key = NULL;
            }
            break;
        case ':':
            if (depth > 0) {
                rings[depth - 1].key = last;
                rings[depth - 1].key_len = last_len;
            }
            break;
        case '"':
            last = p + 1;
            p = skip_string(last, end) - 1;
            last_len = p > last ? (size_t)(p - last) : 0;
            break;
        default: break;
        }
    }
    return depth;
}

static void find_line(struct json_place *place, const char *text, const char *end)
{
    place->line = 1;
    place->column = 1;
    for (const char *p = text; p < end; p++) {
        if (*p == '\n') {
            place->line++;
            place->column = 1;
        } else if (((unsigned char)*p & 0xC0) != 0x80) {
            place->column++;
        }
    }
}

void json_place_find(struct json_place *place, const char *text, size_t offset)
{
    struct ring rings[JSON_DEPTH_LIMIT];
    find_line(place, text, text + offset);
    int depth = find_rings(rings, text, text + offset);
    json_path_start(&place->path);
    for (int i = 0; i < depth; i++)
        if (rings[i].is_array)
            json_path_index(&place->path, rings[i].index);
        else if (rings[i].key)
            json_path_key(&place->path, rings[i].key, rings[i].key_len);
}
