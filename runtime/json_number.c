/* SPDX-License-Identifier: MIT
 * Reading. Integers by hand; decimals of up to 19 digits and a small exponent by one exact
 * operation on doubles or on 128-bit integers; the rest by strtod. */
#include "json_number.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

__extension__ typedef unsigned __int128 uint128;

enum {
    EXACT_DIGITS = 19, /* as many always fit into 64 bits */
    /* 10^22 is the last power of ten that a double holds exactly. */
    DOUBLE_POWER_MAX = 22,
    MANTISSA_BITS = 53,         /* of a double */
    EXPONENT_SANE = 1000000000, /* no text is long enough to bring a larger one back */
    STRTOD_DIGITS = 800,        /* the longest middle of two doubles has 767 */
};

static const double powers_of_ten[DOUBLE_POWER_MAX + 1] = {
    1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
    1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
};

const uint64_t json_powers_of_five[JSON_POWER_OF_FIVE_MAX + 1] = {
    1u,
    5u,
    25u,
    125u,
    625u,
    3125u,
    15625u,
    78125u,
    390625u,
    1953125u,
    9765625u,
    48828125u,
    244140625u,
    1220703125u,
    6103515625u,
    30517578125u,
    152587890625u,
    762939453125u,
    3814697265625u,
    19073486328125u,
    95367431640625u,
    476837158203125u,
    2384185791015625u,
    11920928955078125u,
    59604644775390625u,
    298023223876953125u,
    1490116119384765625u,
    7450580596923828125u,
};

static double power_of_two(int exponent)
{
    uint64_t bits = (uint64_t)(exponent + 1023) << 52;
    double power;
    memcpy(&power, &bits, sizeof power);
    return power;
}

static int bit_length(uint128 value)
{
    uint64_t high = (uint64_t)(value >> 64);
    return high ? 128 - __builtin_clzll(high) : 64 - __builtin_clzll((uint64_t)value | 1);
}

/* mantissa × 10^exponent, correctly rounded; mantissa > 0, |exponent| <= JSON_POWER_OF_FIVE_MAX. */
static double scale(uint64_t mantissa, int exponent)
{
    uint128 value = mantissa;
    int binary = exponent;
    bool inexact = false;
    if (exponent >= 0) {
        value *= json_powers_of_five[exponent];
    } else {
        uint64_t divisor = json_powers_of_five[-exponent];
        int shift = 64 + __builtin_clzll(mantissa);
        value <<= shift;
        inexact = value % divisor != 0;
        value /= divisor;
        /* 65 bits or more, so that `inexact` is only ever a tie-breaker */
        binary -= shift;
    }
    int drop = bit_length(value) - MANTISSA_BITS;
    if (drop <= 0)
        return (double)(uint64_t)value * power_of_two(binary);
    uint128 half = (uint128)1 << (drop - 1), low = value & (half * 2 - 1);
    uint64_t top = (uint64_t)(value >> drop);
    if (low > half || (low == half && (inexact || (top & 1))))
        top++;
    return (double)top * power_of_two(binary + drop);
}

static double nearest(uint64_t mantissa, int exponent)
{
    if (mantissa <= (uint64_t)1 << MANTISSA_BITS && exponent >= -DOUBLE_POWER_MAX &&
        exponent <= DOUBLE_POWER_MAX)
        return exponent < 0 ? (double)mantissa / powers_of_ten[-exponent]
                            : (double)mantissa * powers_of_ten[exponent];
    return scale(mantissa, exponent);
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* A literal with too many digits or too large an exponent: [from, end), without sign. */
static double slow_nearest(const char *from, const char *end, long exponent)
{
    char digits[STRTOD_DIGITS + 32];
    size_t len = 0;
    bool fraction = false, more = false;
    for (const char *p = from; p < end && (is_digit(*p) || *p == '.'); p++) {
        if (*p == '.') {
            fraction = true;
            continue;
        }
        exponent -= fraction;
        if (len == 0 && *p == '0')
            continue;
        if (len < STRTOD_DIGITS) {
            digits[len++] = *p;
        } else {
            exponent++;
            more = more || *p != '0';
        }
    }
    if (!len)
        return 0.0;
    if (more) { /* one more digit stands for all the rest */
        digits[len++] = '1';
        exponent--;
    }
    /* no point in it: the same in every locale */
    (void)snprintf(digits + len, sizeof digits - len, "e%ld", exponent);
    return strtod(digits, NULL);
}

/* The exponent behind 'e', from sign or first digit on; NULL when it has no digit. */
static const char *read_exponent(long *exponent, const char *p, const char *end)
{
    bool negative = p < end && *p == '-';
    p += p < end && (*p == '-' || *p == '+');
    const char *digits = p;
    long value = 0;
    for (; p < end && is_digit(*p); p++)
        if (value < EXPONENT_SANE)
            value = value * 10 + (*p - '0');
    *exponent = negative ? -value : value;
    return p == digits ? NULL : p;
}

static void finish_integer(struct json_number *number, bool negative, uint64_t value,
                           const char *digits, const char *end)
{
    size_t len = (size_t)(end - digits);
    number->end = end;
    if (len < EXACT_DIGITS ||
        (len == EXACT_DIGITS && value <= (uint64_t)INT64_MAX + negative)) {
        number->kind = value || !negative ? JSON_NUMBER_INTEGER : JSON_NUMBER_FLOAT;
        number->integer = (int64_t)(negative ? 0 - value : value);
        number->real = -0.0;
        return;
    }
    double real = slow_nearest(digits, end, 0);
    number->kind = isfinite(real) ? JSON_NUMBER_BIG : JSON_NUMBER_TOO_LARGE;
    number->real = negative ? -real : real;
}

static void malformed(struct json_number *number, const char *at)
{
    number->kind = JSON_NUMBER_MALFORMED;
    number->end = at;
}

void json_number_read(struct json_number *number, const char *text, const char *end)
{
    bool negative = text < end && *text == '-';
    const char *digits = text + negative, *p = digits;
    uint64_t value = 0; /* wraps beyond EXACT_DIGITS, and is not used then */
    for (; p < end && is_digit(*p); p++)
        value = value * 10 + (uint64_t)(*p - '0');
    if (p == digits) {
        malformed(number, p);
        return;
    }
    if (*digits == '0' && p - digits > 1) {
        malformed(number, digits + 1);
        return;
    }
    if (p == end || (*p != '.' && *p != 'e' && *p != 'E')) {
        finish_integer(number, negative, value, digits, p);
        return;
    }
    ptrdiff_t count = p - digits;
    long fraction = 0, exponent = 0;
    if (*p == '.') {
        const char *first = ++p;
        for (; p < end && is_digit(*p); p++)
            value = value * 10 + (uint64_t)(*p - '0');
        fraction = (long)(p - first);
        if (!fraction) {
            malformed(number, p);
            return;
        }
    }
    const char *mantissa_end = p;
    if (p < end && (*p == 'e' || *p == 'E')) {
        const char *behind = read_exponent(&exponent, p + 1, end);
        if (!behind) {
            malformed(number, p + 1 + (p + 1 < end && (p[1] == '-' || p[1] == '+')));
            return;
        }
        p = behind;
    }
    double real = 0.0;
    long scaled = exponent - fraction;
    if (count + fraction > EXACT_DIGITS || scaled < -JSON_POWER_OF_FIVE_MAX ||
        scaled > JSON_POWER_OF_FIVE_MAX)
        real = slow_nearest(digits, mantissa_end, exponent);
    else if (value)
        real = nearest(value, (int)scaled);
    number->kind = isfinite(real) ? JSON_NUMBER_FLOAT : JSON_NUMBER_TOO_LARGE;
    number->real = negative ? -real : real;
    number->end = p;
}
