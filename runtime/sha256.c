/* SPDX-License-Identifier: MIT */
#include "sha256.h"

#include <string.h>

enum { WORDS = 16, ROUNDS = 64, LENGTH_AT = 56 };

/* §4.2.2: of the cube roots of the first 64 primes, the first 32 bits behind the point. */
static const uint32_t constants[ROUNDS] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4,
    0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe,
    0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f,
    0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7,
    0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc,
    0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b,
    0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116,
    0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7,
    0xc67178f2,
};

static uint32_t rotate(uint32_t word, unsigned bits)
{
    return word >> bits | word << (32 - bits);
}

static uint32_t read_word(const unsigned char *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static void write_word(unsigned char *at, uint32_t word)
{
    for (unsigned i = 0; i < 4; i++)
        at[i] = (unsigned char)(word >> (24 - 8 * i));
}

/* §6.2.2, step 1: the 16 words of the block, and 48 mixed from them. */
static void expand(uint32_t schedule[ROUNDS], const unsigned char *block)
{
    for (size_t i = 0; i < WORDS; i++)
        schedule[i] = read_word(block + 4 * i);
    for (size_t i = WORDS; i < ROUNDS; i++) {
        uint32_t early = schedule[i - 15], late = schedule[i - 2];
        uint32_t sigma0 = rotate(early, 7) ^ rotate(early, 18) ^ early >> 3;
        uint32_t sigma1 = rotate(late, 17) ^ rotate(late, 19) ^ late >> 10;
        schedule[i] = schedule[i - 16] + sigma0 + schedule[i - 7] + sigma1;
    }
}

/* §6.2.2, steps 2 to 4, under the standard's own names. */
static void hash_block(uint32_t state[8], const unsigned char *block)
{
    uint32_t schedule[ROUNDS];
    expand(schedule, block);
    uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
    uint32_t e = state[4], f = state[5], g = state[6], h = state[7];
    for (size_t i = 0; i < ROUNDS; i++) {
        uint32_t sum1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
        uint32_t choice = (e & f) ^ (~e & g);
        uint32_t t1 = h + sum1 + choice + constants[i] + schedule[i];
        uint32_t sum0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
        uint32_t majority = (a & b) ^ (a & c) ^ (b & c);
        h = g;
        g = f;
        f = e;
        e = d + t1;
        d = c;
        c = b;
        b = a;
        a = t1 + sum0 + majority;
    }
    const uint32_t mixed[8] = { a, b, c, d, e, f, g, h };
    for (size_t i = 0; i < 8; i++)
        state[i] += mixed[i];
}

void sha256_init(struct sha256 *sha)
{
    /* §5.3.3: of the square roots of the first 8 primes. */
    *sha = (struct sha256){ .state = { 0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                       0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19 } };
}

void sha256_update(struct sha256 *sha, const void *bytes, size_t len)
{
    const unsigned char *at = bytes;
    size_t held = sha->len % SHA256_BLOCK_SIZE;
    sha->len += len;
    if (held > 0 && held + len >= SHA256_BLOCK_SIZE) {
        size_t fits = SHA256_BLOCK_SIZE - held;
        memcpy(sha->block + held, at, fits);
        hash_block(sha->state, sha->block);
        at += fits;
        len -= fits;
        held = 0;
    }
    if (held == 0)
        for (; len >= SHA256_BLOCK_SIZE;
             at += SHA256_BLOCK_SIZE, len -= SHA256_BLOCK_SIZE)
            hash_block(sha->state, at);
    if (len > 0)
        memcpy(sha->block + held, at, len);
}

/* §5.1.1: a bit, zeros, and the length in bits fill the last block, or the last two. */
void sha256_final(struct sha256 *sha, unsigned char digest[SHA256_SIZE])
{
    static const unsigned char padding[SHA256_BLOCK_SIZE] = { 0x80 };
    unsigned char length[8];
    write_word(length, (uint32_t)(sha->len >> 29));
    write_word(length + 4, (uint32_t)(sha->len << 3));
    size_t held = sha->len % SHA256_BLOCK_SIZE;
    size_t goal = held < LENGTH_AT ? LENGTH_AT : SHA256_BLOCK_SIZE + LENGTH_AT;
    sha256_update(sha, padding, goal - held);
    sha256_update(sha, length, sizeof length);
    for (size_t i = 0; i < 8; i++)
        write_word(digest + 4 * i, sha->state[i]);
}
