/* SPDX-License-Identifier: MIT */
#include "buf.h"
#include "check.h"

static void stays_nul_terminated_and_keeps_nuls(void)
{
    struct buf buf = { .limit = 100 };
    CHECK_TEXT(buf_text(&buf), "");
    CHECK(buf_append(&buf, "a\0b", 3));
    CHECK(buf.len == 3 && memcmp(buf.data, "a\0b", 4) == 0);
    buf_free(&buf);
}

static void refuses_what_would_pass_its_limit_and_says_so(void)
{
    struct buf buf = { .limit = 5 };
    CHECK(buf_puts(&buf, "hello"));
    CHECK(!buf.full);
    CHECK(!buf_append(&buf, "!", 1));
    CHECK(buf.full);
    CHECK_TEXT(buf_text(&buf), "hello");
    CHECK(!buf_reserve(&buf, (size_t)-1));
    buf_clear(&buf);
    CHECK(!buf.full);
    CHECK(!buf_printf(&buf, "%d", 123456));
    CHECK(buf_printf(&buf, "%d", 12345));
    CHECK_TEXT(buf_text(&buf), "12345");
    buf_free(&buf);
}

static void an_empty_append_works_on_an_empty_buffer(void)
{
    struct buf buf = { .limit = 0 };
    CHECK(buf_append(&buf, NULL, 0));
    CHECK_TEXT(buf_text(&buf), "");
    buf_free(&buf);
}

static void a_reserved_room_is_there(void)
{
    struct buf buf = { .limit = 10000 };
    CHECK(buf_reserve(&buf, 9000));
    const char *data = buf.data;
    for (int i = 0; i < 9000; i++)
        CHECK(buf_append(&buf, "x", 1));
    CHECK(buf.data == data && buf.len == 9000);
    buf_free(&buf);
}

static void gives_back_what_is_above_a_mebibyte(void)
{
    struct buf buf = { .limit = 4 * (size_t)BUF_KEEP_BYTES };
    CHECK(buf_reserve(&buf, 1000));
    buf_clear(&buf);
    CHECK(buf.cap >= 1000);
    CHECK(buf_reserve(&buf, BUF_KEEP_BYTES + 1));
    buf_clear(&buf);
    CHECK(buf.cap == 0 && !buf.data);
    CHECK(buf_puts(&buf, "again"));
    buf_free(&buf);
}

int main(void)
{
    RUN(stays_nul_terminated_and_keeps_nuls);
    RUN(refuses_what_would_pass_its_limit_and_says_so);
    RUN(an_empty_append_works_on_an_empty_buffer);
    RUN(a_reserved_room_is_there);
    RUN(gives_back_what_is_above_a_mebibyte);
    return check_done();
}
