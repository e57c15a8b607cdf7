/* SPDX-License-Identifier: MIT */
#include "check.h"
#include "frame.h"

#include <stdlib.h>

/* Feeds the bytes one by one; the length at which the frame was whole or too long, 0 when it never was. */
static size_t settle(struct frame frame, const char *bytes, size_t len,
                     enum frame_verdict *verdict, struct frame_part *part)
{
    for (size_t have = 1; have <= len; have++) {
        *verdict = frame_find(&frame, bytes, have, false, part);
        if (*verdict != FRAME_OPEN)
            return have;
    }
    return 0;
}

static void a_line_ends_at_its_first_newline(void)
{
    const struct frame line = { .terminator = "\n",
                                .terminator_len = 1,
                                .limit_bytes = 100 };
    struct frame_part part = { 0 };
    enum frame_verdict verdict = FRAME_OPEN;
    CHECK(settle(line, "abc\ndef\n", 8, &verdict, &part) == 4);
    CHECK(verdict == FRAME_WHOLE && part.start == 0 && part.len == 3 && part.end == 4);
    CHECK(settle(line, "\n", 1, &verdict, &part) == 1 && part.len == 0);
    CHECK(settle(line, "abc", 3, &verdict, &part) == 0);
}

static void a_terminator_may_come_in_parts(void)
{
    const struct frame until = { .terminator = "\n.\n",
                                 .terminator_len = 3,
                                 .limit_bytes = 100 };
    struct frame_part part = { 0 };
    enum frame_verdict verdict = FRAME_OPEN;
    CHECK(settle(until, "a\n.b\n\n.\nrest", 12, &verdict, &part) == 8);
    CHECK(part.len == 5 && part.end == 8);
}

static void finds_every_terminator_wherever_reads_were_cut(void)
{
    static const char text[] = "aababaabababbaabab|ababaab";
    struct frame until = { .terminator = "abab|",
                           .terminator_len = 5,
                           .limit_bytes = 99 };
    for (size_t cut = 0; cut < sizeof text; cut++) {
        struct frame frame = until;
        struct frame_part part = { 0 };
        enum frame_verdict first = frame_find(&frame, text, cut, false, &part);
        CHECK(first == (cut >= 19 ? FRAME_WHOLE : FRAME_OPEN));
        CHECK(frame_find(&frame, text, sizeof text, false, &part) == FRAME_WHOLE);
        CHECK(part.len == 14);
    }
}

static void a_length_may_have_any_width_and_order(void)
{
    for (size_t width = 1; width <= FRAME_PREFIX_LIMIT_BYTES; width++)
        for (int little = 0; little <= 1; little++) {
            char bytes[32] = { 0 };
            bytes[little ? 0 : width - 1] = 5;
            memcpy(bytes + width, "hello!", 6);
            const struct frame frame = { .kind = FRAME_LENGTH,
                                         .prefix_bytes = width,
                                         .is_little_endian = little,
                                         .limit_bytes = 5 };
            struct frame_part part = { 0 };
            enum frame_verdict verdict = FRAME_OPEN;
            CHECK(settle(frame, bytes, width + 6, &verdict, &part) == width + 5);
            CHECK(verdict == FRAME_WHOLE && part.start == width && part.len == 5);
        }
}

static void a_length_beyond_the_limit_is_refused_before_it_comes(void)
{
    const struct frame frame = { .kind = FRAME_LENGTH,
                                 .prefix_bytes = 8,
                                 .limit_bytes = 100 };
    struct frame_part part = { 0 };
    enum frame_verdict verdict = FRAME_OPEN;
    CHECK(settle(frame, "\xff\xff\xff\xff\xff\xff\xff\xff", 8, &verdict, &part) == 8);
    CHECK(verdict == FRAME_TOO_LONG);
}

static void limits_hold_for_every_kind(void)
{
    struct frame_part part = { 0 };
    struct frame until = { .terminator = "\n", .terminator_len = 1, .limit_bytes = 3 };
    CHECK(frame_find(&until, "abc\n", 4, false, &part) == FRAME_WHOLE);
    until.scanned = 0;
    CHECK(frame_find(&until, "abcd\n", 5, false, &part) == FRAME_TOO_LONG);
    until.scanned = 0;
    CHECK(frame_find(&until, "abcd", 4, false, &part) == FRAME_TOO_LONG);
    struct frame count = { .kind = FRAME_COUNT, .count = 4, .limit_bytes = 3 };
    CHECK(frame_find(&count, "", 0, false, &part) == FRAME_TOO_LONG);
    struct frame some = { .kind = FRAME_SOME, .limit_bytes = 3 };
    CHECK(frame_find(&some, "abcd", 4, false, &part) == FRAME_WHOLE && part.end == 3);
    struct frame all = { .kind = FRAME_ALL, .limit_bytes = 3 };
    CHECK(frame_find(&all, "abc", 3, false, &part) == FRAME_OPEN);
    CHECK(frame_find(&all, "abcd", 4, false, &part) == FRAME_TOO_LONG);
}

static void all_is_whole_at_the_end_only(void)
{
    struct frame_part part = { 0 };
    struct frame all = { .kind = FRAME_ALL, .limit_bytes = 10 };
    struct frame some = { .kind = FRAME_SOME, .limit_bytes = 10 };
    CHECK(frame_find(&all, "", 0, true, &part) == FRAME_WHOLE && part.len == 0);
    CHECK(frame_find(&all, "abc", 3, true, &part) == FRAME_WHOLE && part.len == 3);
    CHECK(frame_find(&some, "", 0, true, &part) == FRAME_OPEN);
}

int main(void)
{
    RUN(a_line_ends_at_its_first_newline);
    RUN(a_terminator_may_come_in_parts);
    RUN(finds_every_terminator_wherever_reads_were_cut);
    RUN(a_length_may_have_any_width_and_order);
    RUN(a_length_beyond_the_limit_is_refused_before_it_comes);
    RUN(limits_hold_for_every_kind);
    RUN(all_is_whole_at_the_end_only);
    return check_done();
}
