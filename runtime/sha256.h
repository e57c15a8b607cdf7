/* SPDX-License-Identifier: MIT
 * SHA-256 (FIPS 180-4), of bytes that come in any pieces. */
#ifndef LUNAMBDA_SHA256_H
#define LUNAMBDA_SHA256_H

#include <stddef.h>
#include <stdint.h>

enum {
    SHA256_SIZE = 32,       /* bytes of a digest */
    SHA256_BLOCK_SIZE = 64, /* bytes hashed at a time; also HMAC's block (RFC 2104) */
};

/* A hash under way. Owns no memory: may be copied, to go on from the same bytes twice. */
struct sha256 {
    uint32_t state[8];
    uint64_t len; /* bytes so far; the standard allows 2^61 - 1 */
    unsigned char block[SHA256_BLOCK_SIZE]; /* the first len % 64 are not hashed yet */
};

void sha256_init(struct sha256 *sha);

/* More bytes. None may be NULL. */
void sha256_update(struct sha256 *sha, const void *bytes, size_t len);

/* Writes the digest of all bytes so far. Only sha256_init may follow. */
void sha256_final(struct sha256 *sha, unsigned char digest[SHA256_SIZE]);

#endif
