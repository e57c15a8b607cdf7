/* SPDX-License-Identifier: MIT */
#include "json_escape.h"

#include "json_block.h"

/* By the byte behind the backslash; 0 for those that are no two-byte escape. */
static const char escapes[256] = {
    ['"'] = '"',  ['\\'] = '\\', ['/'] = '/',  ['b'] = '\b',
    ['f'] = '\f', ['n'] = '\n',  ['r'] = '\r', ['t'] = '\t',
};

JSON_BLOCK_INLINE size_t unescape(char *out, size_t *out_len, size_t out_cap,
                                  const char *bytes, size_t len, size_t block,
                                  unsigned bits, uint64_t (*hits_of)(const char *))
{
    size_t at = 0, put = *out_len;
    while (len - at > block && out_cap - put > block) {
        memcpy(out + put, bytes + at, block);
        uint64_t hits = hits_of(bytes + at);
        size_t plain = hits ? json_block_first(hits, bits) : block;
        at += plain;
        put += plain;
        if (!hits)
            continue;
        if (bytes[at] != '\\')
            break;
        char escaped =
            escapes[(unsigned char)bytes[at + 1]]; /* in reach: len - at > block */
        if (!escaped)
            break;
        out[put++] = escaped;
        at += 2;
    }
    *out_len = put;
    return at;
}

/* The other way round, by the byte to be escaped; '/' is not. */
static const char letters[256] = {
    ['"'] = '"',  ['\\'] = '\\', ['\b'] = 'b', ['\f'] = 'f',
    ['\n'] = 'n', ['\r'] = 'r',  ['\t'] = 't',
};

char json_escape_letter(char byte)
{
    return letters[(unsigned char)byte];
}

JSON_BLOCK_INLINE size_t escape(char *out, size_t *out_len, size_t out_cap,
                                const char *bytes, size_t len, size_t block,
                                unsigned bits, uint64_t (*hits_of)(const char *))
{
    size_t at = 0, put = *out_len;
    while (len - at >= block && out_cap - put >= block + 2) {
        memcpy(out + put, bytes + at, block);
        uint64_t hits = hits_of(bytes + at);
        size_t plain = hits ? json_block_first(hits, bits) : block;
        at += plain;
        put += plain;
        if (!hits)
            continue;
        char letter = letters[(unsigned char)bytes[at]];
        if (!letter)
            break;
        out[put++] = '\\';
        out[put++] = letter;
        at++;
    }
    *out_len = put;
    return at;
}

static size_t portable_unescape(char *out, size_t *out_len, size_t out_cap,
                                const char *bytes, size_t len)
{
    return unescape(out, out_len, out_cap, bytes, len, JSON_BLOCK_BYTES, JSON_BLOCK_BITS,
                    json_block_hits);
}

static size_t portable_escape(char *out, size_t *out_len, size_t out_cap,
                              const char *bytes, size_t len)
{
    return escape(out, out_len, out_cap, bytes, len, JSON_BLOCK_BYTES, JSON_BLOCK_BITS,
                  json_block_hits);
}

size_t json_escape_undo(char *out, size_t *out_len, size_t out_cap, const char *bytes,
                        size_t len)
{
    return unescape(out, out_len, out_cap, bytes, len, JSON_BLOCK_BEST_BYTES,
                    JSON_BLOCK_BEST_BITS, json_block_best_hits);
}

size_t json_escape(char *out, size_t *out_len, size_t out_cap, const char *bytes,
                   size_t len)
{
    return escape(out, out_len, out_cap, bytes, len, JSON_BLOCK_BEST_BYTES,
                  JSON_BLOCK_BEST_BITS, json_block_best_hits);
}

const struct json_escape_variant json_escape_variants[] = {
    { JSON_BLOCK_BEST_NAME, json_escape_undo, json_escape },
    { "portable", portable_unescape, portable_escape },
    { NULL, NULL, NULL },
};
