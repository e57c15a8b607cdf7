/* SPDX-License-Identifier: MIT */
#include "check.h"
#include "sha256.h"

enum { HEX_DIGITS = 64, HEX_SIZE, MILLION = 1000000, PATTERN_BYTES = 300 };

static void finish(struct sha256 *sha, char hex[HEX_SIZE])
{
    static const char digits[] = "0123456789abcdef";
    unsigned char digest[SHA256_SIZE];
    sha256_final(sha, digest);
    for (size_t i = 0; i < SHA256_SIZE; i++) {
        hex[2 * i] = digits[digest[i] >> 4];
        hex[2 * i + 1] = digits[digest[i] & 15];
    }
    hex[HEX_DIGITS] = '\0';
}

static void hash(const void *bytes, size_t len, char hex[HEX_SIZE])
{
    struct sha256 sha;
    sha256_init(&sha);
    sha256_update(&sha, bytes, len);
    finish(&sha, hex);
}

/* The examples of FIPS 180-4 as NIST publishes them, and of its file of additional vectors. */
static void hashes_texts(void)
{
    static const char *const pairs[][2] = {
        { "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
        { "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
        { "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
          "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
        { "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmn"
          "hijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
          "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1" },
        { "\xbd", "68325720aabd7c82f30f554b313d0570c95accbb7dc4b5aae11204c08ffe732b" },
        { "\xc9\x8c\x8e\x55",
          "7abc22c0ae5af26ce93dbb94433a0e0b2e119d014f8e7f65bd56c61ccccd9504" },
    };
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        char hex[HEX_SIZE];
        hash(pairs[i][0], strlen(pairs[i][0]), hex);
        CHECK_TEXT(hex, pairs[i][1]);
    }
}

/* One byte, many times: NIST's additional vectors, which lie around the ends of blocks. */
static void hashes_repetitions(void)
{
    static const struct {
        char byte;
        size_t count;
        const char *hex;
    } runs[] = {
        { 0, 55, "02779466cdec163811d078815c633f21901413081449002f24aa3e80f0b88ef7" },
        { 0, 56, "d4817aa5497628e7c77e6b606107042bbba3130888c5f47a375e6179be789fbb" },
        { 0, 57, "65a16cb7861335d5ace3c60718b5052e44660726da4cd13bb745381b235a1785" },
        { 0, 64, "f5a5fd42d16a20302798ef6ed309979b43003d2320d9f0e8ea9831a92759fb4b" },
        { 0, 1000, "541b3e9daa09b20bf85fa273e5cbd3e80185aa4ec298e765db87742b70138a53" },
        { 'A', 1000, "c2e686823489ced2017f6059b8b239318b6364f6dcd835d0a519105a1eadd6e4" },
        { 'U', 1005, "f4d62ddec0f3dd90ea1380fa16a5ff8dc4c54b21740650f24afc4120903552b0" },
        { 0, MILLION,
          "d29751f2649b32ff572b5e0a9f541ea660a50f94ff0beedfb0b692b924cc8025" },
        { 'a', MILLION,
          "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0" },
    };
    static char bytes[MILLION];
    for (size_t i = 0; i < sizeof runs / sizeof *runs; i++) {
        char hex[HEX_SIZE];
        memset(bytes, runs[i].byte, runs[i].count);
        hash(bytes, runs[i].count, hex);
        CHECK_TEXT(hex, runs[i].hex);
    }
}

static void make_pattern(unsigned char pattern[PATTERN_BYTES])
{
    for (size_t i = 0; i < PATTERN_BYTES; i++)
        pattern[i] = (unsigned char)(7 * i + 3);
}

/* The digest of the digests of the first 0, 1, 2 … 299 bytes; sha256sum says the same. */
static void hashes_every_length(void)
{
    unsigned char pattern[PATTERN_BYTES];
    make_pattern(pattern);
    struct sha256 all;
    sha256_init(&all);
    for (size_t len = 0; len < PATTERN_BYTES; len++) {
        struct sha256 one;
        unsigned char digest[SHA256_SIZE];
        sha256_init(&one);
        sha256_update(&one, pattern, len);
        sha256_final(&one, digest);
        sha256_update(&all, digest, sizeof digest);
    }
    char hex[HEX_SIZE];
    finish(&all, hex);
    CHECK_TEXT(hex, "7b074096cabb18dd0d1b468a173cb2f97f80e952525bca29542e606fd6d0753a");
}

/* Each way to cut the bytes in three: all that block boundaries can meet. */
static void takes_any_pieces(void)
{
    unsigned char pattern[PATTERN_BYTES];
    make_pattern(pattern);
    char whole[HEX_SIZE], pieces[HEX_SIZE];
    enum { LEN = 200 };
    hash(pattern, LEN, whole);
    size_t different = 0;
    for (size_t first = 0; first <= LEN; first++)
        for (size_t second = first; second <= LEN; second++) {
            struct sha256 sha;
            sha256_init(&sha);
            sha256_update(&sha, pattern, first);
            sha256_update(&sha, pattern + first, second - first);
            sha256_update(&sha, pattern + second, LEN - second);
            finish(&sha, pieces);
            different += strcmp(whole, pieces) != 0;
        }
    CHECK(different == 0);
}

static void takes_bytes_one_by_one(void)
{
    unsigned char pattern[PATTERN_BYTES];
    make_pattern(pattern);
    char whole[HEX_SIZE], pieces[HEX_SIZE];
    struct sha256 sha;
    sha256_init(&sha);
    for (size_t i = 0; i < PATTERN_BYTES; i++)
        sha256_update(&sha, pattern + i, 1);
    finish(&sha, pieces);
    hash(pattern, PATTERN_BYTES, whole);
    CHECK_TEXT(pieces, whole);
}

static void goes_on_from_a_copy(void)
{
    struct sha256 sha, copy;
    char hex[HEX_SIZE];
    sha256_init(&sha);
    sha256_update(&sha, "a", 1);
    copy = sha;
    sha256_update(&sha, "-", 1);
    sha256_update(&copy, "bc", 2);
    finish(&copy, hex);
    CHECK_TEXT(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

/* The length in bits needs more than 32 of them. The count is set, for 2^40 bytes take too long to hash;
 * the digest was computed apart, from the standard's text. */
static void counts_beyond_four_gigabytes(void)
{
    struct sha256 sha;
    char hex[HEX_SIZE];
    sha256_init(&sha);
    sha.len = (uint64_t)1 << 40;
    sha256_update(&sha, "abc", 3);
    finish(&sha, hex);
    CHECK_TEXT(hex, "5935c9a2b3006338da277aba0d1523eed3f011b0edb929286249370baece6c44");
}

int main(void)
{
    RUN(hashes_texts);
    RUN(hashes_repetitions);
    RUN(hashes_every_length);
    RUN(takes_any_pieces);
    RUN(takes_bytes_one_by_one);
    RUN(goes_on_from_a_copy);
    RUN(counts_beyond_four_gigabytes);
    return check_done();
}
