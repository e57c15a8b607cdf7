/* SPDX-License-Identifier: MIT
 * Which bytes of a block are not plain (json_scan.h): JSON_BLOCK_BYTES in a register of any machine, or
 * JSON_BLOCK_BEST_BYTES in the widest way of this one, SSE2 or NEON where it has them. A block's hits have a
 * fixed number of bits a byte, the lowest address lowest. In a header because a call would cost more than the
 * work. */
#ifndef LUNAMBDA_JSON_BLOCK_H
#define LUNAMBDA_JSON_BLOCK_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>
#if defined(__SSE2__)
#include <emmintrin.h>
#elif defined(__ARM_NEON) && defined(__aarch64__)
#include <arm_neon.h>
#endif

#define JSON_BLOCK_INLINE static inline __attribute__((always_inline))

enum { JSON_BLOCK_BYTES = 8, JSON_BLOCK_BITS = 8 };

JSON_BLOCK_INLINE uint64_t json_block_load(const char *bytes)
{
    uint64_t word;
    memcpy(&word, bytes, sizeof word);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    return word;
}

/* Bit 7 of each byte that is not plain; exact up to the lowest one: borrows come from hits. */
JSON_BLOCK_INLINE uint64_t json_block_word_hits(uint64_t word)
{
    const uint64_t ones = 0x0101010101010101u, tops = 0x8080808080808080u;
    uint64_t quote = word ^ ones * '"', backslash = word ^ ones * '\\';
    return ((word - ones * 0x20) | (quote - ones) | (backslash - ones) | word) & tops;
}

JSON_BLOCK_INLINE uint64_t json_block_hits(const char *block)
{
    return json_block_word_hits(json_block_load(block));
}

#if defined(__SSE2__)
#define JSON_BLOCK_BEST_NAME "sse2"
enum { JSON_BLOCK_BEST_BYTES = 16, JSON_BLOCK_BEST_BITS = 1 };

JSON_BLOCK_INLINE uint64_t json_block_best_hits(const char *block)
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
#define JSON_BLOCK_BEST_NAME "neon"
enum { JSON_BLOCK_BEST_BYTES = 16, JSON_BLOCK_BEST_BITS = 4 };

JSON_BLOCK_INLINE uint64_t json_block_best_hits(const char *block)
{
    int8x16_t bytes = vreinterpretq_s8_u8(vld1q_u8((const unsigned char *)block));
    uint8x16_t hits = vcltq_s8(bytes, vdupq_n_s8(0x20)); /* signed, as above */
    hits = vorrq_u8(hits, vceqq_s8(bytes, vdupq_n_s8('"')));
    hits = vorrq_u8(hits, vceqq_s8(bytes, vdupq_n_s8('\\')));
    /* four bits a byte: NEON's stand-in for a movemask */
    return vget_lane_u64(vreinterpret_u64_u8(vshrn_n_u16(vreinterpretq_u16_u8(hits), 4)),
                         0);
}
#else
#define JSON_BLOCK_BEST_NAME "register"
enum { JSON_BLOCK_BEST_BYTES = JSON_BLOCK_BYTES, JSON_BLOCK_BEST_BITS = JSON_BLOCK_BITS };

JSON_BLOCK_INLINE uint64_t json_block_best_hits(const char *block)
{
    return json_block_hits(block);
}
#endif

/* The place of the lowest hit, with so many bits a byte. */
JSON_BLOCK_INLINE size_t json_block_first(uint64_t hits, unsigned bits)
{
    return (size_t)__builtin_ctzll(hits) / bits;
}

#endif
