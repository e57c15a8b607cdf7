/* SPDX-License-Identifier: MIT
 * One loop, three ways to look at a block: 16 bytes with SSE2 or NEON, 8 in a plain register.
 * A block's hits have a fixed number of bits a byte, the lowest address lowest. */
#include "json_scan.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#if defined(__SSE2__)
#include <emmintrin.h>
#elif defined(__ARM_NEON) && defined(__aarch64__)
#include <arm_neon.h>
#endif

#define ALWAYS_INLINE inline __attribute__((always_inline))

static ALWAYS_INLINE bool is_plain(char c)
{
    unsigned char byte = (unsigned char)c;
    return byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\';
}

static ALWAYS_INLINE uint64_t load_word(const char *bytes)
{
    uint64_t word;
    memcpy(&word, bytes, sizeof word);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    return word;
}

/* Bit 7 of each byte that is not plain; exact up to the lowest one: borrows come from hits. */
static ALWAYS_INLINE uint64_t word_hits(uint64_t word)
{
    const uint64_t ones = 0x0101010101010101u, tops = 0x8080808080808080u;
    uint64_t quote = word ^ ones * '"', backslash = word ^ ones * '\\';
    return ((word - ones * 0x20) | (quote - ones) | (backslash - ones) | word) & tops;
}

static ALWAYS_INLINE uint64_t portable_hits(const char *block)
{
    return word_hits(load_word(block));
}

#if defined(__SSE2__)
static ALWAYS_INLINE uint64_t sse2_hits(const char *block)
{
    __m128i bytes;
    memcpy(&bytes, block, sizeof bytes);
    /* signed: bytes from 0x80 on are below zero, so one comparison finds them and the controls */
    __m128i hits = _mm_cmplt_epi8(bytes, _mm_set1_epi8(0x20));
    hits = _mm_or_si128(hits, _mm_cmpeq_epi8(bytes, _mm_set1_epi8('"')));
    hits = _mm_or_si128(hits, _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\')));
    return (unsigned)_mm_movemask_epi8(hits);
}
#elif defined(__ARM_NEON) && defined(__aarch64__)
static ALWAYS_INLINE uint64_t neon_hits(const char *block)
{
    int8x16_t bytes = vreinterpretq_s8_u8(vld1q_u8((const unsigned char *)block));
    uint8x16_t hits = vcltq_s8(bytes, vdupq_n_s8(0x20)); /* signed, as above */
    hits = vorrq_u8(hits, vceqq_s8(bytes, vdupq_n_s8('"')));
    hits = vorrq_u8(hits, vceqq_s8(bytes, vdupq_n_s8('\\')));
    /* four bits a byte: NEON's stand-in for a movemask */
    return vget_lane_u64(vreinterpret_u64_u8(vshrn_n_u16(vreinterpretq_u16_u8(hits), 4)), 0);
}
#endif

static ALWAYS_INLINE size_t scan_bytes(char *out, const char *bytes, size_t len)
{
    size_t at = 0;
    for (; at < len && is_plain(bytes[at]); at++)
        if (out)
            out[at] = bytes[at];
    return at;
}

/* 4 to 7 bytes as one word of two overlapping halves. */
static ALWAYS_INLINE size_t scan_halves(char *out, const char *bytes, size_t len)
{
    char pair[8];
    memcpy(pair, bytes, 4);
    memcpy(pair + 4, bytes + len - 4, 4);
    if (out) {
        memcpy(out, pair, 4);
        memcpy(out + len - 4, pair + 4, 4);
    }
    uint64_t hits = portable_hits(pair);
    if (!hits)
        return len;
    size_t at = (size_t)__builtin_ctzll(hits) / 8;
    return at < 4 ? at : len - 8 + at;
}

/* The loop. out is NULL for looking only; block, bits and hits_of are constants to the compiler. */
static ALWAYS_INLINE size_t scan(char *out, const char *bytes, size_t len, size_t block,
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
            return at + (size_t)__builtin_ctzll(hits) / bits;
        if (len - at == block)
            return len;
    }
}

static ALWAYS_INLINE size_t scan_short(char *out, const char *bytes, size_t len)
{
    if (len >= 8)
        return scan(out, bytes, len, 8, 8, portable_hits);
    return len >= 4 ? scan_halves(out, bytes, len) : scan_bytes(out, bytes, len);
}

/* By the byte behind the backslash; 0 for those that are no two-byte escape. */
static const char escapes[256] = {
    ['"'] = '"',  ['\\'] = '\\', ['/'] = '/',  ['b'] = '\b',
    ['f'] = '\f', ['n'] = '\n',  ['r'] = '\r', ['t'] = '\t',
};

static ALWAYS_INLINE size_t unescape(char *out, size_t *out_len, size_t out_cap,
                                     const char *bytes, size_t len, size_t block,
                                     unsigned bits, uint64_t (*hits_of)(const char *))
{
    size_t at = 0, put = *out_len;
    while (len - at > block && out_cap - put > block) {
        memcpy(out + put, bytes + at, block);
        uint64_t hits = hits_of(bytes + at);
        size_t plain = hits ? (size_t)__builtin_ctzll(hits) / bits : block;
        at += plain;
        put += plain;
        if (!hits)
            continue;
        if (bytes[at] != '\\')
            break;
        char escaped = escapes[(unsigned char)bytes[at + 1]]; /* in reach: len - at > block */
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

char json_scan_escape_letter(char byte)
{
    return letters[(unsigned char)byte];
}

static ALWAYS_INLINE size_t escape(char *out, size_t *out_len, size_t out_cap,
                                   const char *bytes, size_t len, size_t block, unsigned bits,
                                   uint64_t (*hits_of)(const char *))
{
    size_t at = 0, put = *out_len;
    while (len - at >= block && out_cap - put >= block + 2) {
        memcpy(out + put, bytes + at, block);
        uint64_t hits = hits_of(bytes + at);
        size_t plain = hits ? (size_t)__builtin_ctzll(hits) / bits : block;
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

static size_t portable_plain(const char *bytes, size_t len)
{
    return scan_short(NULL, bytes, len);
}

static size_t portable_copy(char *out, const char *bytes, size_t len)
{
    return scan_short(out, bytes, len);
}

static size_t portable_unescape(char *out, size_t *out_len, size_t out_cap, const char *bytes,
                            size_t len)
{
    return unescape(out, out_len, out_cap, bytes, len, 8, 8, portable_hits);
}

static size_t portable_escape(char *out, size_t *out_len, size_t out_cap, const char *bytes,
                          size_t len)
{
    return escape(out, out_len, out_cap, bytes, len, 8, 8, portable_hits);
}

#if defined(__SSE2__)
static size_t sse2_plain(const char *bytes, size_t len)
{
    return len < 16 ? scan_short(NULL, bytes, len)
                    : scan(NULL, bytes, len, 16, 1, sse2_hits);
}

static size_t sse2_copy(char *out, const char *bytes, size_t len)
{
    return len < 16 ? scan_short(out, bytes, len)
                    : scan(out, bytes, len, 16, 1, sse2_hits);
}

static size_t sse2_unescape(char *out, size_t *out_len, size_t out_cap, const char *bytes,
                            size_t len)
{
    return unescape(out, out_len, out_cap, bytes, len, 16, 1, sse2_hits);
}

static size_t sse2_escape(char *out, size_t *out_len, size_t out_cap, const char *bytes,
                          size_t len)
{
    return escape(out, out_len, out_cap, bytes, len, 16, 1, sse2_hits);
}
#define BEST_PLAIN sse2_plain
#define BEST_COPY  sse2_copy
#define BEST_UNESCAPE sse2_unescape
#define BEST_ESCAPE sse2_escape
#elif defined(__ARM_NEON) && defined(__aarch64__)
static size_t neon_plain(const char *bytes, size_t len)
{
    return len < 16 ? scan_short(NULL, bytes, len)
                    : scan(NULL, bytes, len, 16, 4, neon_hits);
}

static size_t neon_copy(char *out, const char *bytes, size_t len)
{
    return len < 16 ? scan_short(out, bytes, len)
                    : scan(out, bytes, len, 16, 4, neon_hits);
}

static size_t neon_unescape(char *out, size_t *out_len, size_t out_cap, const char *bytes,
                            size_t len)
{
    return unescape(out, out_len, out_cap, bytes, len, 16, 4, neon_hits);
}

static size_t neon_escape(char *out, size_t *out_len, size_t out_cap, const char *bytes,
                          size_t len)
{
    return escape(out, out_len, out_cap, bytes, len, 16, 4, neon_hits);
}
#define BEST_PLAIN neon_plain
#define BEST_COPY  neon_copy
#define BEST_UNESCAPE neon_unescape
#define BEST_ESCAPE neon_escape
#else
#define BEST_PLAIN portable_plain
#define BEST_COPY  portable_copy
#define BEST_UNESCAPE portable_unescape
#define BEST_ESCAPE portable_escape
#endif

size_t json_scan_plain(const char *bytes, size_t len)
{
    return BEST_PLAIN(bytes, len);
}

size_t json_scan_copy(char *out, const char *bytes, size_t len)
{
    return BEST_COPY(out, bytes, len);
}

size_t json_scan_unescape(char *out, size_t *out_len, size_t out_cap, const char *bytes, size_t len)
{
    return BEST_UNESCAPE(out, out_len, out_cap, bytes, len);
}

size_t json_scan_escape(char *out, size_t *out_len, size_t out_cap, const char *bytes, size_t len)
{
    return BEST_ESCAPE(out, out_len, out_cap, bytes, len);
}

const struct json_scan_variant json_scan_variants[] = {
#if defined(__SSE2__)
    { "sse2", sse2_plain, sse2_copy, sse2_unescape, sse2_escape },
#elif defined(__ARM_NEON) && defined(__aarch64__)
    { "neon", neon_plain, neon_copy, neon_unescape, neon_escape },
#endif
    { "portable", portable_plain, portable_copy, portable_unescape, portable_escape },
    { NULL, NULL, NULL, NULL, NULL },
};
