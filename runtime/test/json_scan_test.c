/* SPDX-License-Identifier: MIT
 * The variants of json_scan and json_escape against what a byte-wise loop says, on random strings at all alignments. */
#include "check.h"
#include "json_escape.h"
#include "json_scan.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

enum { LEN_MAX = 80, ALIGNMENTS = 16, ROUNDS = 60, FILLER = 0x5A };

static uint64_t random_state = 42;

static unsigned next_random(unsigned below)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(random_state >> 33) % below;
}

static bool is_plain(char c)
{
    unsigned char byte = (unsigned char)c;
    return byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\';
}

static size_t count_plain(const char *bytes, size_t len)
{
    size_t at = 0;
    while (at < len && is_plain(bytes[at]))
        at++;
    return at;
}

/* Mostly letters; `rare` in a hundred are any byte, `escapes` are one that has a short escape. */
static void fill(char *bytes, size_t len, unsigned rare, unsigned escapes)
{
    for (size_t i = 0; i < len; i++) {
        unsigned kind = next_random(100);
        bytes[i] = (char)('a' + next_random(26));
        if (kind < rare)
            bytes[i] = (char)next_random(256);
        else if (kind < rare + escapes)
            bytes[i] = "\"\\\b\f\n\r\t"[next_random(7)];
    }
}

/* Heap copies of exact size, so that AddressSanitizer sees every byte read or written beside them. */
struct exact {
    char *memory; /* as malloc gave it */
    char *bytes;
};

static struct exact exact_new(size_t alignment, const char *bytes, size_t len)
{
    struct exact exact = { .memory = malloc(alignment + len + 1) };
    if (!exact.memory)
        abort();
    exact.bytes = exact.memory + alignment + 1; /* ends where the memory ends */
    if (bytes)
        memcpy(exact.bytes, bytes, len);
    else
        memset(exact.bytes, FILLER, len);
    return exact;
}

static void check_plain(const struct json_scan_variant *v, const char *bytes, size_t len,
                        size_t alignment)
{
    struct exact in = exact_new(alignment, bytes, len);
    struct exact out = exact_new(alignment / 2, NULL, len + JSON_SCAN_SLACK_BYTES);
    size_t expected = count_plain(bytes, len);
    CHECK(v->plain(in.bytes, len) == expected);
    CHECK(v->copy(out.bytes, in.bytes, len) == expected);
    CHECK(memcmp(out.bytes, bytes, expected) == 0);
    free(in.memory);
    free(out.memory);
}

static void find_what_is_plain(void)
{
    char bytes[LEN_MAX] = { 0 };
    for (const struct json_scan_variant *v = json_scan_variants; v->name; v++)
        for (size_t len = 0; len <= LEN_MAX; len++)
            for (int round = 0; round < ROUNDS; round++) {
                fill(bytes, len, next_random(2) ? 2 : 30, 0);
                check_plain(v, bytes, len, next_random(ALIGNMENTS));
            }
}

static void tell_every_byte_at_every_place(void)
{
    char bytes[33];
    for (const struct json_scan_variant *v = json_scan_variants; v->name; v++)
        for (size_t len = 1; len <= sizeof bytes; len++)
            for (size_t place = 0; place < len; place++)
                for (int byte = 0; byte < 256; byte++) {
                    memset(bytes, 'x', len);
                    bytes[place] = (char)byte;
                    size_t expected = is_plain((char)byte) ? len : place;
                    CHECK(v->plain(bytes, len) == expected);
                }
}

/* Byte by byte: bytes to text, every byte that has a short escape as that. */
static size_t escape_slowly(char *out, const char *bytes, size_t len)
{
    static const char from[] = "\"\\\b\f\n\r\t", to[] = "\"\\bfnrt";
    size_t put = 0;
    for (size_t i = 0; i < len; i++) {
        const char *found = bytes[i] ? strchr(from, bytes[i]) : NULL;
        char last = bytes[i];
        if (found) {
            out[put++] = '\\';
            last = to[found - from];
        }
        out[put++] = last;
    }
    return put;
}

static void check_escapes(const struct json_escape_variant *v, const char *bytes,
                          size_t len, size_t cap)
{
    char text[2 * LEN_MAX];
    struct exact in = exact_new(next_random(ALIGNMENTS), bytes, len);
    struct exact out = exact_new(next_random(ALIGNMENTS), NULL, cap);
    size_t put = 0, read = v->escape(out.bytes, &put, cap, in.bytes, len);
    CHECK(read <= len && put <= cap);
    CHECK(escape_slowly(text, bytes, read) == put && memcmp(text, out.bytes, put) == 0);
    if (len - read >= JSON_ESCAPE_SLACK_BYTES && cap - put >= JSON_ESCAPE_SLACK_BYTES)
        CHECK(!is_plain(bytes[read]) && !json_escape_letter(bytes[read]));
    free(in.memory);
    free(out.memory);
}

static void escape_what_has_a_short_form(void)
{
    char bytes[LEN_MAX] = { 0 };
    for (const struct json_escape_variant *v = json_escape_variants; v->name; v++)
        for (size_t len = 0; len <= LEN_MAX; len++)
            for (int round = 0; round < ROUNDS; round++) {
                fill(bytes, len, next_random(3), next_random(60));
                check_escapes(v, bytes, len, len + next_random(LEN_MAX));
            }
}

static void unescape_what_was_escaped(void)
{
    char bytes[LEN_MAX] = { 0 }, text[2 * LEN_MAX] = { 0 };
    for (const struct json_escape_variant *v = json_escape_variants; v->name; v++)
        for (int round = 0; round < ROUNDS * LEN_MAX; round++) {
            size_t len = next_random(LEN_MAX), put = 0;
            fill(bytes, len, 0, next_random(60));
            size_t text_len = escape_slowly(text, bytes, len);
            struct exact in = exact_new(next_random(ALIGNMENTS), text, text_len);
            struct exact out = exact_new(next_random(ALIGNMENTS), NULL, text_len);
            size_t read = v->unescape(out.bytes, &put, text_len, in.bytes, text_len);
            CHECK(text_len - read <= JSON_ESCAPE_SLACK_BYTES);
            CHECK(put <= len && memcmp(out.bytes, bytes, put) == 0);
            CHECK(escape_slowly(text, bytes, put) == read);
            free(in.memory);
            free(out.memory);
        }
}

static void stop_unescaping_at_what_needs_a_look(void)
{
    static const char *const texts[] = { "\\u0041", "\\q",      "\\\x01",
                                         "\"",      "\xC3\xA9", "\n" };
    for (const struct json_escape_variant *v = json_escape_variants; v->name; v++)
        for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
            char text[64], out[64];
            int len = snprintf(text, sizeof text, "abc\\ndef%s0123456789abcdef0123456789",
                               texts[i]);
            size_t put = 0;
            CHECK(v->unescape(out, &put, sizeof out, text, (size_t)len) == 8);
            CHECK(put == 7 && memcmp(out, "abc\ndef", 7) == 0);
        }
}

int main(void)
{
    RUN(find_what_is_plain);
    RUN(tell_every_byte_at_every_place);
    RUN(escape_what_has_a_short_form);
    RUN(unescape_what_was_escaped);
    RUN(stop_unescaping_at_what_needs_a_look);
    return check_done();
}
