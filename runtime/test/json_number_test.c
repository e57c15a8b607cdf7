/* SPDX-License-Identifier: MIT
 * Numbers against what the C library says. (spec/lua-lib/lambda/json_spec.lua has the decimal comma.) */
#include "check.h"
#include "json_number.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

enum { ROUNDS = 20000 };

static uint64_t random_state = 7;

static uint64_t next_random(void)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    uint64_t high = random_state >> 32;
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return high << 32 | random_state >> 32;
}

static struct json_number read_all(const char *text)
{
    struct json_number number;
    json_number_read(&number, text, text + strlen(text));
    return number;
}

static const char *write_real(double real)
{
    static char text[JSON_NUMBER_BYTES_MAX + 1];
    text[json_number_write_real(text, real)] = '\0';
    return text;
}

static const char *write_integer(int64_t integer)
{
    static char text[JSON_NUMBER_BYTES_MAX + 1];
    text[json_number_write_integer(text, integer)] = '\0';
    return text;
}

static bool is_same(double a, double b)
{
    return a == b && signbit(a) == signbit(b);
}

static bool reads_real(const char *text, double expected)
{
    struct json_number number = read_all(text);
    return number.kind == JSON_NUMBER_FLOAT && is_same(number.real, expected) &&
           *number.end == '\0';
}

static bool reads_integer(const char *text, int64_t expected)
{
    struct json_number number = read_all(text);
    return number.kind == JSON_NUMBER_INTEGER && number.integer == expected &&
           *number.end == '\0';
}

static void reads_integers_exactly(void)
{
    CHECK(reads_integer("0", 0));
    CHECK(reads_integer("-1", -1));
    CHECK(reads_integer("9007199254740993", 9007199254740993));
    CHECK(reads_integer("999999999999999999", 999999999999999999));
    CHECK(reads_integer("9223372036854775807", INT64_MAX));
    CHECK(reads_integer("-9223372036854775808", INT64_MIN));
}

static void reads_larger_integers_as_the_nearest_double(void)
{
    static const char *const texts[] = { "9223372036854775808", "-9223372036854775809",
                                         "18446744073709551616",
                                         "99999999999999999999999" };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct json_number number = read_all(texts[i]);
        CHECK(number.kind == JSON_NUMBER_BIG &&
              is_same(number.real, strtod(texts[i], NULL)));
    }
}

static void keeps_the_sign_of_zero(void)
{
    CHECK(reads_real("-0", -0.0));
    CHECK(reads_real("-0.0", -0.0));
    CHECK(reads_real("0e5", 0.0));
    CHECK_TEXT(write_real(-0.0), "-0");
    CHECK_TEXT(write_real(0.0), "0");
}

static void tells_what_is_no_number(void)
{
    static const struct {
        const char *text;
        ptrdiff_t end;
    } cases[] = { { "-", 1 },    { "-x", 1 }, { "01", 1 },  { "-012", 2 }, { "1.", 2 },
                  { "1.e5", 2 }, { "1e", 2 }, { "1e+", 3 }, { "1.5e-", 5 } };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct json_number number = read_all(cases[i].text);
        CHECK(number.kind == JSON_NUMBER_MALFORMED &&
              number.end == cases[i].text + cases[i].end);
    }
}

static void refuses_what_is_beyond_a_double(void)
{
    char digits[400];
    memset(digits, '9', sizeof digits - 1);
    digits[sizeof digits - 1] = '\0';
    CHECK(read_all("1e309").kind == JSON_NUMBER_TOO_LARGE);
    CHECK(read_all("-1.8e308").kind == JSON_NUMBER_TOO_LARGE);
    CHECK(read_all("1e99999999999999999999").kind == JSON_NUMBER_TOO_LARGE);
    CHECK(read_all(digits).kind == JSON_NUMBER_TOO_LARGE);
    CHECK(reads_real("1.7976931348623157e308", DBL_MAX));
    CHECK(reads_real("1e-400", 0.0));
    CHECK(reads_real("0e99999999999999999999", 0.0));
}

/* The hard ones: middles of two doubles, and a digit more or less behind a long tail. */
static void rounds_middles_to_even(void)
{
    char text[1100];
    CHECK(reads_real("9007199254740993.0", 9007199254740992.0));
    CHECK(reads_real("9007199254740993.00000000000000000000000000000000001",
                     9007199254740994.0));
    CHECK(reads_real("9007199254740995.0", 9007199254740996.0));
    CHECK(reads_real("2.2250738585072011e-308", 2.2250738585072011e-308));
    CHECK(reads_real("5e-324", 5e-324));
    CHECK(reads_real("2e-324", 0.0));
    memset(text, '0', sizeof text);
    memcpy(text, "9007199254740993.", 17);
    text[1000] = '\0';
    CHECK(reads_real(text, 9007199254740992.0));
    text[999] = '1'; /* beyond every digit that is kept, and still it counts */
    CHECK(reads_real(text, 9007199254740994.0));
}

static void reads_long_tails_and_far_exponents(void)
{
    char text[3000];
    memset(text, '0', sizeof text);
    memcpy(text, "0.", 2);
    memcpy(text + 2000, "15e1999", 8);
    CHECK(reads_real(text, 1.5));
    memset(text, '0', sizeof text);
    text[0] = '1';
    memcpy(text + 2001, "e-2000", 7);
    CHECK(reads_real(text, 1.0));
}

/* strtod is the judge: it is correctly rounded in glibc. */
static void reads_decimals_as_strtod_does(void)
{
    char text[64];
    for (int i = 0; i < ROUNDS; i++) {
        uint64_t digits = next_random() >> next_random() % 60;
        int exponent = (int)(next_random() % 80) - 40;
        (void)snprintf(text, sizeof text, "%llue%d", (unsigned long long)digits,
                       exponent);
        CHECK(reads_real(text, strtod(text, NULL)));
        (void)snprintf(text, sizeof text, "-%llu.%07llu",
                       (unsigned long long)(digits >> 24),
                       (unsigned long long)(next_random() % 10000000));
        CHECK(reads_real(text, strtod(text, NULL)));
    }
}

static double random_double(int kind)
{
    uint64_t bits = next_random();
    double real = (double)(bits >> 11) / 9007199254740992.0;
    switch (kind % 4) {
    case 0: return real;
    case 1: return (double)(bits % 100000000) / 100;
    case 2: return real * 1e12;
    default: memcpy(&real, &bits, sizeof real); return real;
    }
}

/* The digits of a literal, without point, exponent, and zeros at either end. */
static int count_digits(const char *text)
{
    int count = 0, zeros = 0;
    for (; *text && *text != 'e'; text++) {
        if (*text < '0' || *text > '9' || (*text == '0' && count == 0))
            continue;
        count++;
        zeros = *text == '0' ? zeros + 1 : 0;
    }
    return count - zeros;
}

static void writes_what_reads_back_equal(void)
{
    for (int i = 0; i < 4 * ROUNDS; i++) {
        double real = random_double(i);
        if (!isfinite(real))
            continue;
        const char *text = write_real(real);
        struct json_number number = read_all(text);
        double back =
            number.kind == JSON_NUMBER_INTEGER ? (double)number.integer : number.real;
        CHECK(*number.end == '\0' && is_same(back, real) &&
              is_same(strtod(text, NULL), real));
    }
}

static void writes_no_digit_too_many(void)
{
    for (int i = 0; i < 2 * ROUNDS; i++) {
        double real = random_double(i);
        char shorter[64];
        if (!isfinite(real) || real == 0)
            continue;
        int digits = count_digits(write_real(real));
        CHECK(digits <= 17);
        if (digits < 2)
            continue;
        (void)snprintf(shorter, sizeof shorter, "%.*e", digits - 2, real);
        CHECK(strtod(shorter, NULL) != real);
    }
}

/* As JavaScript does. */
static void writes_the_even_one_of_two_that_are_as_near(void)
{
    CHECK_TEXT(write_real(1e14 + 0.125), "100000000000000.12");
    CHECK_TEXT(write_real(1e14 + 0.375), "100000000000000.38");
}

static void writes_powers_of_two_with_the_fewest_digits(void)
{
    for (int exponent = -1074; exponent < 1024; exponent++) {
        double real = ldexp(1, exponent);
        const char *text = write_real(real);
        CHECK(is_same(strtod(text, NULL), real));
    }
    CHECK_TEXT(write_real(ldexp(1, -44)),
               "5.684341886080802e-14"); /* not the nearest of its length */
    CHECK_TEXT(write_real(ldexp(1, -1074)), "5e-324");
}

static void writes_numbers_as_people_do(void)
{
    static const struct {
        double real;
        const char *text;
    } cases[] = {
        { 0.1, "0.1" },
        { 1.5, "1.5" },
        { -12.34, "-12.34" },
        { 200, "200" },
        { 0.1 + 0.2, "0.30000000000000004" },
        { 1.0 / 3, "0.3333333333333333" },
        { 0.000001, "0.000001" },
        { 1e-7, "1e-7" },
        { 1.25e-7, "1.25e-7" },
        { 123456789.125, "123456789.125" },
        { 4503599627370495.5, "4503599627370495.5" },
        { 1e15, "1000000000000000" },
        { 9007199254740992.0, "9007199254740992" },
        { 9007199254740994.0, "9.007199254740994e15" },
        { 1e21, "1e21" },
        { 1e300, "1e300" },
        { 1.7976931348623157e308, "1.7976931348623157e308" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        CHECK_TEXT(write_real(cases[i].real), cases[i].text);
    CHECK_TEXT(write_integer(INT64_MIN), "-9223372036854775808");
    CHECK_TEXT(write_integer(INT64_MAX), "9223372036854775807");
    CHECK_TEXT(write_integer(100), "100");
    CHECK_TEXT(write_integer(7), "7");
}

int main(void)
{
    RUN(reads_integers_exactly);
    RUN(reads_larger_integers_as_the_nearest_double);
    RUN(keeps_the_sign_of_zero);
    RUN(tells_what_is_no_number);
    RUN(refuses_what_is_beyond_a_double);
    RUN(rounds_middles_to_even);
    RUN(reads_long_tails_and_far_exponents);
    RUN(reads_decimals_as_strtod_does);
    RUN(writes_what_reads_back_equal);
    RUN(writes_no_digit_too_many);
    RUN(writes_the_even_one_of_two_that_are_as_near);
    RUN(writes_powers_of_two_with_the_fewest_digits);
    RUN(writes_numbers_as_people_do);
    return check_done();
}
