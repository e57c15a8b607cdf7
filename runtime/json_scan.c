/* SPDX-License-Identifier: MIT */
#include "json_scan.h"

#include "json_block.h"

#include <stdbool.h>

JSON_BLOCK_INLINE bool is_plain(char c)
{
    unsigned char byte = (unsigned char)c;
    return byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\';
}

JSON_BLOCK_INLINE size_t scan_bytes(char *out, const char *bytes, size_t len)
{
    size_t at = 0;
    for (; at < len && is_plain(bytes[at]); at++)
        if (out)
            out[at] = bytes[at];
    return at;
}

/* 4 to 7 bytes as one word of two overlapping halves. */
JSON_BLOCK_INLINE size_t scan_halves(char *out, const char *bytes, size_t len)
{
    char pair[8];
    memcpy(pair, bytes, 4);
    memcpy(pair + 4, bytes + len - 4, 4);
    if (out) {
        memcpy(out, pair, 4);
        memcpy(out + len - 4, pair + 4, 4);
    }
    uint64_t hits = json_block_hits(pair);
    if (!hits)
        return len;
    size_t at = json_block_first(hits, JSON_BLOCK_BITS);
    return at < 4 ? at : len - 8 + at;
}

/* The loop. out is NULL for looking only; block, bits and hits_of are constants to the compiler. */
JSON_BLOCK_INLINE size_t scan(char *out, const char *bytes, size_t len, size_t block,
                              unsigned bits, uint64_t (*hits_of)(const char *))
{
    if (len < block)
        return 0;
    for (size_t at = 0;; at += block) {
        if (len - at < block)
            at = len - block; /* the last block overlaps the one before */
        if (out)
            memcpy(out + at, bytes + at, block);
        uint64_t hits = hits_of(bytes + at);
        if (hits)
            return at + json_block_first(hits, bits);
        if (len - at == block)
            return len;
    }
}

JSON_BLOCK_INLINE size_t scan_short(char *out, const char *bytes, size_t len)
{
    if (len >= JSON_BLOCK_BYTES)
        return scan(out, bytes, len, JSON_BLOCK_BYTES, JSON_BLOCK_BITS, json_block_hits);
    return len >= 4 ? scan_halves(out, bytes, len) : scan_bytes(out, bytes, len);
}

static size_t portable_plain(const char *bytes, size_t len)
{
    return scan_short(NULL, bytes, len);
}

static size_t portable_copy(char *out, const char *bytes, size_t len)
{
    return scan_short(out, bytes, len);
}

JSON_BLOCK_INLINE size_t scan_best(char *out, const char *bytes, size_t len)
{
    if (len < JSON_BLOCK_BEST_BYTES)
        return scan_short(out, bytes, len);
    return scan(out, bytes, len, JSON_BLOCK_BEST_BYTES, JSON_BLOCK_BEST_BITS,
                json_block_best_hits);
}

size_t json_scan_plain(const char *bytes, size_t len)
{
    return scan_best(NULL, bytes, len);
}

size_t json_scan_copy(char *out, const char *bytes, size_t len)
{
    return scan_best(out, bytes, len);
}

const struct json_scan_variant json_scan_variants[] = {
    { JSON_BLOCK_BEST_NAME, json_scan_plain, json_scan_copy },
    { "portable", portable_plain, portable_copy },
    { NULL, NULL, NULL },
};
