/* SPDX-License-Identifier: MIT */
#include "base64.h"
#include "check.h"

/* RFC 4648 §10, and a byte that needs every digit range. */
static const char *const pairs[][2] = {
    { "", "" },
    { "f", "Zg==" },
    { "fo", "Zm8=" },
    { "foo", "Zm9v" },
    { "foob", "Zm9vYg==" },
    { "fooba", "Zm9vYmE=" },
    { "foobar", "Zm9vYmFy" },
    { "\xfb\xff\xfe", "+//+" },
    { "{\"a\":1}", "eyJhIjoxfQ==" },
};

enum { PAIR_COUNT = sizeof pairs / sizeof *pairs };

static void encodes(void)
{
    for (size_t i = 0; i < PAIR_COUNT; i++) {
        struct buf out = { .limit = 100 };
        CHECK(base64_encode(&out, pairs[i][0], strlen(pairs[i][0])));
        CHECK_TEXT(buf_text(&out), pairs[i][1]);
        buf_free(&out);
    }
}

static void decodes(void)
{
    for (size_t i = 0; i < PAIR_COUNT; i++) {
        struct buf out = { .limit = 100 };
        CHECK(base64_decode(&out, pairs[i][1]));
        CHECK_TEXT(buf_text(&out), pairs[i][0]);
        buf_free(&out);
    }
}

static void keeps_zeros(void)
{
    struct buf text = { .limit = 100 }, bytes = { .limit = 100 };
    CHECK(base64_encode(&text, "a\0b\0", 4));
    CHECK(base64_decode(&bytes, buf_text(&text)));
    CHECK(bytes.len == 4 && memcmp(bytes.data, "a\0b\0", 4) == 0);
    buf_free(&text);
    buf_free(&bytes);
}

static void refuses_what_is_none(void)
{
    const char *const texts[] = { "Z",    "Zg",   "Zg=",  "Zg=a",     "Z===",
                                  "====", "Zm9-", "Zm 9", "Zg==Zg==", "Zm9v\n" };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct buf out = { .limit = 100 };
        bool decoded = base64_decode(&out, texts[i]);
        if (decoded)
            printf("# decoded: %s\n", texts[i]);
        CHECK(!decoded);
        buf_free(&out);
    }
}

/* Where each text goes wrong, and how. */
static void says_what_is_wrong(void)
{
    static const struct {
        const char *text;
        enum base64_kind kind;
        enum base64_fault fault;
        size_t at;
    } cases[] = {
        { "Zm9-", BASE64_STANDARD, BASE64_NO_DIGIT, 3 },
        { "Zm9+", BASE64_URL, BASE64_NO_DIGIT, 3 },
        { "Zm 9Zm9v", BASE64_STANDARD, BASE64_NO_DIGIT, 2 },
        { "Zm9vZ\xc3\xa9", BASE64_STANDARD, BASE64_NO_DIGIT, 5 },
        { "Zg==Zg==", BASE64_STANDARD, BASE64_NO_DIGIT, 2 },
        { "Z===", BASE64_STANDARD, BASE64_NO_DIGIT, 1 },
        { "====", BASE64_STANDARD, BASE64_NO_DIGIT, 0 },
        { "Zg=", BASE64_STANDARD, BASE64_NO_DIGIT, 2 },
        { "Zg==", BASE64_URL, BASE64_NO_DIGIT, 2 },
        { "Zm9vZg", BASE64_STANDARD, BASE64_CUT, 6 },
        { "Zm9vZ", BASE64_URL, BASE64_CUT, 5 },
        { "Zh==", BASE64_STANDARD, BASE64_STRAY_BITS, 1 },
        { "Zm9=", BASE64_STANDARD, BASE64_STRAY_BITS, 2 },
        { "Zm9vZm9", BASE64_URL, BASE64_STRAY_BITS, 6 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char out[8];
        struct base64_reading reading =
            base64_read(out, cases[i].kind, cases[i].text, strlen(cases[i].text));
        if (reading.fault != cases[i].fault || reading.at != cases[i].at)
            printf("# %s: fault %u at %zu\n", cases[i].text, (unsigned)reading.fault,
                   reading.at);
        CHECK(reading.fault == cases[i].fault && reading.at == cases[i].at);
    }
}

/* All bytes there are: 64 of them are digits. */
static void knows_its_digits(void)
{
    for (enum base64_kind kind = BASE64_STANDARD; kind <= BASE64_URL; kind++) {
        size_t count = 0;
        for (int byte = 0; byte < 256; byte++) {
            const char text[] = { 'A', 'A', 'A', (char)(unsigned char)byte };
            char bytes[3], again[4];
            struct base64_reading reading = base64_read(bytes, kind, text, sizeof text);
            if (reading.fault != BASE64_FINE || reading.len != 3)
                continue;
            CHECK(base64_write(again, kind, bytes, sizeof bytes) == sizeof again);
            CHECK(memcmp(text, again, sizeof again) == 0);
            count++;
        }
        CHECK(count == 64);
    }
}

static void stops_at_the_limit(void)
{
    struct buf out = { .limit = 4 };
    CHECK(!base64_encode(&out, "foob", 4));
    buf_clear(&out);
    CHECK(!base64_decode(&out, "Zm9vYmFy"));
    buf_free(&out);
}

int main(void)
{
    RUN(encodes);
    RUN(decodes);
    RUN(keeps_zeros);
    RUN(refuses_what_is_none);
    RUN(says_what_is_wrong);
    RUN(knows_its_digits);
    RUN(stops_at_the_limit);
    return check_done();
}
