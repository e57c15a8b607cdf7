/* SPDX-License-Identifier: MIT
 * The whole test framework: static functions named for what they promise, run in order, reported as TAP.
 *
 *     static void refuses_to_grow(void) { CHECK(!buf_append(&b, "x", 1)); }
 *     int main(void) { RUN(refuses_to_grow); return check_done(); }
 */
#ifndef LUNAMBDA_CHECK_H
#define LUNAMBDA_CHECK_H

#include <stdio.h>
#include <string.h>

static int check_count;       /* tests run */
static int check_failures;    /* tests failed */
static int check_failed_here; /* CHECKs failed in the running test */

#define CHECK(expr)                                                                      \
    do {                                                                                 \
        if (!(expr)) {                                                                   \
            check_failed_here++;                                                         \
            printf("# %s:%d: %s\n", __FILE__, __LINE__, #expr);                          \
        }                                                                                \
    } while (0)

/* Compares text and shows both sides. */
#define CHECK_TEXT(actual, expected)                                                     \
    do {                                                                                 \
        const char *actual_ = (actual), *expected_ = (expected);                         \
        if (strcmp(actual_, expected_) != 0) {                                           \
            check_failed_here++;                                                         \
            printf("# %s:%d: %s\n#   is       %s\n#   expected %s\n", __FILE__,          \
                   __LINE__, #actual, actual_, expected_);                               \
        }                                                                                \
    } while (0)

#define RUN(test)                                                                        \
    do {                                                                                 \
        check_failed_here = 0;                                                           \
        test();                                                                          \
        check_count++;                                                                   \
        check_failures += check_failed_here > 0;                                         \
        printf("%s %d - %s\n", check_failed_here ? "not ok" : "ok", check_count, #test); \
        (void)fflush(stdout); /* a sanitizer's exit skips stdio */                       \
    } while (0)

static int check_done(void)
{
    printf("1..%d\n", check_count);
    (void)fflush(stdout);
    return check_failures ? 1 : 0;
}

#endif
