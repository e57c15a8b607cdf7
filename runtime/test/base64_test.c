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
    RUN(stops_at_the_limit);
    return check_done();
}
