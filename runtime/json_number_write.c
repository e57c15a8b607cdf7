/* SPDX-License-Identifier: MIT
 * Writing. A double is significand × 2^exponent; the shortest decimal that reads back equal has at
 * most 17 digits, and is the nearest one of its length (or, at a power of two, the next above).
 * Ordinary magnitudes are settled in exact 128-bit integers, the others by printf and strtod. */
#include "json_number.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

__extension__ typedef unsigned __int128 uint128;

enum {
    FEWEST_DIGITS = 15,  /* so many always survive being read as a double */
    MOST_DIGITS = 17,    /* so many are always enough */
    PLAIN_ZEROS_MAX = 5, /* behind the point: 0.000001 is written so, 1e-7 is not */
};

/* significand × 10^exponent */
struct decimal {
    uint64_t significand;
    int exponent;
};

/* A positive double: significand × 2^exponent, the significand with 53 bits unless subnormal. */
struct binary {
    uint64_t significand;
    int exponent;
    bool is_power; /* of two: the neighbour below is nearer than the one above */
    bool is_subnormal;
};

static struct binary take_apart(double real)
{
    const uint64_t hidden = (uint64_t)1 << 52;
    uint64_t bits;
    memcpy(&bits, &real, sizeof bits);
    uint64_t fraction = bits & (hidden - 1);
    int biased = (int)(bits >> 52 & 0x7FF);
    return (struct binary){
        .significand = biased ? fraction | hidden : fraction,
        .exponent = (biased ? biased : 1) - 1075,
        .is_power = biased > 1 && fraction == 0,
        .is_subnormal = biased == 0,
    };
}

/* Whether the decimal, 10^power times too large as the double is here, reads back as the double:
 * all in units of 2^-shift, where half the distance to the next double is 5^power / 2. */
static bool is_near(uint128 decimal, uint128 exact, int power, const struct binary *b)
{
    bool is_below = decimal < exact;
    uint128 distance = is_below ? exact - decimal : decimal - exact;
    distance *= is_below && b->is_power ? 4 : 2;
    uint64_t reach = json_powers_of_five[power];
    return distance < reach || (distance == reach && b->significand % 2 == 0);
}

/* The nearest decimal to b × 10^power, when it (or at a power of two the next) reads back as b. */
static bool try_power(struct decimal *d, const struct binary *b, int power)
{
    uint128 exact = (uint128)b->significand * json_powers_of_five[power];
    int shift = -(b->exponent + power);
    d->exponent = -power;
    if (shift <= 0) {
        d->significand = (uint64_t)(exact << -shift);
        return true;
    }
    uint128 half = (uint128)1 << (shift - 1);
    bool is_odd = exact >> shift & 1;
    /* a tie goes to even */
    d->significand = (uint64_t)((exact + half - !is_odd) >> shift);
    if (is_near((uint128)d->significand << shift, exact, power, b))
        return true;
    if (!b->is_power)
        return false;
    d->significand++;
    return is_near((uint128)d->significand << shift, exact, power, b);
}

/* False for magnitudes that do not fit 128 bits: below about 1e-10 and above 5e14. */
static bool find_exactly(struct decimal *d, const struct binary *b)
{
    int log2 = b->exponent + 52;
    if (log2 < -33 || log2 > 48)
        return false;
    int log10 = log2 * 1233 >> 12; /* floor; may be one too small */
    uint128 exact =
        (uint128)b->significand * json_powers_of_five[FEWEST_DIGITS - 1 - log10];
    int shift = -(b->exponent + FEWEST_DIGITS - 1 - log10);
    if (shift > 0 && exact >> shift >= 1000000000000000u)
        log10++;
    for (int digits = FEWEST_DIGITS; digits <= MOST_DIGITS; digits++)
        if (try_power(d, b, digits - 1 - log10))
            return true;
    return false; /* not reached: 17 digits are enough */
}

static bool reads_back(const struct decimal *d, double real)
{
    char text[JSON_NUMBER_BYTES_MAX];
    (void)snprintf(text, sizeof text, "%llue%d", (unsigned long long)d->significand,
                   d->exponent);
    return strtod(text, NULL) == real;
}

static void find_by_printf(struct decimal *d, const struct binary *b, double real)
{
    for (int digits = b->is_subnormal ? 1 : FEWEST_DIGITS; digits <= MOST_DIGITS;
         digits++) {
        char text[JSON_NUMBER_BYTES_MAX];
        (void)snprintf(text, sizeof text, "%.*e", digits - 1, real);
        const char *p = text;
        d->significand = 0;
        for (; *p && *p != 'e'; p++) /* the locale's decimal point is skipped */
            if (*p >= '0' && *p <= '9')
                d->significand = d->significand * 10 + (uint64_t)(*p - '0');
        d->exponent = (int)strtol(p + 1, NULL, 10) - (digits - 1);
        if (reads_back(d, real))
            return;
        d->significand++;
        if (b->is_power && reads_back(d, real))
            return;
    }
}

static void strip_zeros(struct decimal *d)
{
    for (; d->significand % 100000000 == 0; d->exponent += 8)
        d->significand /= 100000000;
    for (; d->significand % 10000 == 0; d->exponent += 4)
        d->significand /= 10000;
    for (; d->significand % 10 == 0; d->exponent++)
        d->significand /= 10;
}

static const char pairs[] = "00010203040506070809101112131415161718192021222324"
                            "25262728293031323334353637383940414243444546474849"
                            "50515253545556575859606162636465666768697071727374"
                            "75767778798081828384858687888990919293949596979899";

static size_t write_digits(char *out, uint64_t value)
{
    char text[20];
    char *p = text + sizeof text;
    for (; value >= 100; value /= 100) {
        p -= 2;
        memcpy(p, pairs + value % 100 * 2, 2);
    }
    if (value >= 10) {
        p -= 2;
        memcpy(p, pairs + value * 2, 2);
    } else {
        *--p = (char)('0' + value);
    }
    size_t len = (size_t)(text + sizeof text - p);
    memcpy(out, p, len);
    return len;
}

size_t json_number_write_integer(char out[JSON_NUMBER_BYTES_MAX], int64_t integer)
{
    uint64_t value = (uint64_t)integer;
    if (integer >= 0)
        return write_digits(out, value);
    out[0] = '-';
    return 1 + write_digits(out + 1, 0 - value);
}

/* 0.00123, 1.23, 123: with a point somewhere among the digits or a few zeros before them. */
static size_t write_plain(char *out, const char *digits, size_t len, int point)
{
    char *p = out;
    if (point <= 0) {
        memcpy(p, "0.00000000", 10);
        p += 2 - point;
        memcpy(p, digits, len);
        return (size_t)(p - out) + len;
    }
    size_t whole = (size_t)point;
    memcpy(p, digits, whole);
    p[whole] = '.';
    memcpy(p + whole + 1, digits + whole, len - whole);
    return len + 1;
}

static size_t write_scientific(char *out, const char *digits, size_t len, int point)
{
    char *p = out;
    *p++ = digits[0];
    if (len > 1) {
        *p++ = '.';
        memcpy(p, digits + 1, len - 1);
        p += len - 1;
    }
    *p++ = 'e';
    return (size_t)(p - out) + json_number_write_integer(p, point - 1);
}

size_t json_number_write_real(char out[JSON_NUMBER_BYTES_MAX], double real)
{
    const double whole_max = 9007199254740992.0; /* 2^53 */
    size_t sign = signbit(real) != 0;
    out[0] = '-';
    real = fabs(real);
    if (real <= whole_max && real == (double)(int64_t)real)
        return sign + write_digits(out + sign, (uint64_t)(int64_t)real);
    struct binary b = take_apart(real);
    struct decimal d;
    if (!find_exactly(&d, &b))
        find_by_printf(&d, &b, real);
    strip_zeros(&d);
    char digits[JSON_NUMBER_BYTES_MAX];
    size_t len = write_digits(digits, d.significand);
    int point = (int)len + d.exponent; /* 0.DIGITS × 10^point */
    bool is_plain =
        point > -PLAIN_ZEROS_MAX - 1 && point <= MOST_DIGITS && real < whole_max;
    return sign + (is_plain ? write_plain(out + sign, digits, len, point)
                            : write_scientific(out + sign, digits, len, point));
}
