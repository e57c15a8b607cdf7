/* SPDX-License-Identifier: MIT
 * pi.handler in C over GMP: {"queryStringParameters":{"number":"1000"}} → {"message":"3.14159…"}, so many digits,
 * right to the last. The series is Chudnovsky's, summed by binary splitting: 14 digits a term. */
#include <lauxlib.h>
#include <lua.h>

#include <gmp.h>
#include <stdbool.h>
#include <time.h>

enum {
    DIGITS_DEFAULT = 10,
    DIGITS_LIMIT =
        100000, /* GMP ends the process when memory runs out: some 2 MiB at this many */
    GUARD_DIGITS = 20,
    DIGITS_PER_TERM = 14,
    ERROR_MAX =
        100, /* what rounding may spoil of the last guard digits; it is less than 10 */
    REPLY_MS =
        150, /* kept before the deadline: the last division, and the answer's way */
};

/* Of the terms from first to last - 1: their products p and q, their sum t over q. */
struct sum {
    mpz_t p, q, t;
};

static void sum_init(struct sum *sum)
{
    mpz_inits(sum->p, sum->q, sum->t, (mpz_ptr)NULL);
}

static void sum_clear(struct sum *sum)
{
    mpz_clears(sum->p, sum->q, sum->t, (mpz_ptr)NULL);
}

static bool is_late(long long deadline_ms)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return now.tv_sec * 1000LL + now.tv_nsec / 1000000 > deadline_ms - REPLY_MS;
}

/* k is below DIGITS_LIMIT / DIGITS_PER_TERM + 10: nothing here leaves 63 bits. */
static void one_term(struct sum *sum, unsigned long k)
{
    mpz_set_ui(sum->p, k ? (6 * k - 5) * (2 * k - 1) : 1);
    mpz_mul_ui(sum->p, sum->p, k ? 6 * k - 1 : 1);
    mpz_set_ui(sum->q, k ? k * k * k : 1);
    mpz_mul_ui(sum->q, sum->q, k ? 10939058860032000UL : 1); /* 640320^3 / 24 */
    mpz_mul_ui(sum->t, sum->p, 13591409UL + 545140134UL * k);
    if (k % 2)
        mpz_neg(sum->t, sum->t);
}

/* False when the deadline came; the sum is whatever it was then. As deep as the logarithm of the terms. */
static bool split(struct sum *sum, unsigned long first, unsigned long last,
                  long long deadline_ms)
{
    if (last - first == 1) {
        one_term(sum, first);
        return !is_late(deadline_ms);
    }
    struct sum right;
    sum_init(&right);
    unsigned long middle = (first + last) / 2;
    bool in_time = split(sum, first, middle, deadline_ms) &&
                   split(&right, middle, last, deadline_ms);
    if (in_time) { /* t = left.t right.q + left.p right.t */
        mpz_mul(sum->t, sum->t, right.q);
        mpz_addmul(sum->t, sum->p, right.t);
        mpz_mul(sum->p, sum->p, right.p);
        mpz_mul(sum->q, sum->q, right.q);
    }
    sum_clear(&right);
    return in_time;
}

/* pi times 10^places, up to an error of ERROR_MAX. */
static bool scaled_pi(mpz_t pi, unsigned long places, long long deadline_ms)
{
    struct sum sum;
    sum_init(&sum);
    bool in_time = split(&sum, 0, places / DIGITS_PER_TERM + 2, deadline_ms);
    if (in_time) { /* q 426880 sqrt(10005) / t */
        mpz_ui_pow_ui(pi, 10, 2 * places);
        mpz_mul_ui(pi, pi, 10005);
        mpz_sqrt(pi, pi);
        mpz_mul_ui(pi, pi, 426880);
        mpz_mul(pi, pi, sum.q);
        mpz_tdiv_q(pi, pi, sum.t);
    }
    sum_clear(&sum);
    return in_time;
}

/* Cuts the guard digits off. False when what is cut off is so near to 0 or 1 of the last place that the digits
 * before it might be wrong. */
static bool cut(mpz_t pi, unsigned long guard)
{
    mpz_t unit, rest;
    mpz_inits(unit, rest, (mpz_ptr)NULL);
    mpz_ui_pow_ui(unit, 10, guard);
    mpz_tdiv_qr(pi, rest, pi, unit);
    bool sure = mpz_cmp_ui(rest, ERROR_MAX) > 0;
    mpz_sub(rest, unit, rest);
    sure = sure && mpz_cmp_ui(rest, ERROR_MAX) > 0;
    mpz_clears(unit, rest, (mpz_ptr)NULL);
    return sure;
}

/* Writes so many digits, a point behind the first, and a NUL: count + 2 bytes. False when the deadline came. */
static bool write_pi(char *text, unsigned long count, long long deadline_ms)
{
    mpz_t pi;
    mpz_init(pi);
    unsigned long guard = GUARD_DIGITS;
    bool in_time = scaled_pi(pi, count - 1 + guard, deadline_ms);
    while (in_time && !cut(pi, guard)) {
        guard *= 2;
        in_time = scaled_pi(pi, count - 1 + guard, deadline_ms);
    }
    if (in_time) {
        mpz_get_str(text + 1, 10, pi);
        text[0] = text[1];
        text[1] = count > 1 ? '.' : '\0';
    }
    mpz_clear(pi);
    return in_time;
}

/* The number of digits that the event asks for; 0 for one that is none, or too large. Anything but a string is
 * the default, as in the C++ example. Raises. */
static unsigned long asked_for(lua_State *L)
{
    if (!lua_istable(L, 1) || lua_getfield(L, 1, "queryStringParameters") != LUA_TTABLE ||
        lua_getfield(L, -1, "number") != LUA_TSTRING)
        return DIGITS_DEFAULT;
    unsigned long count = 0;
    size_t len = 0;
    const char *text = lua_tolstring(L, -1, &len);
    for (size_t i = 0; i < len; i++) {
        if (text[i] < '0' || text[i] > '9')
            return 0;
        count = 10 * count + (unsigned long)(text[i] - '0');
        if (count > DIGITS_LIMIT)
            return 0;
    }
    return count;
}

/* An answer for the caller of the API: status 400. Raises. */
static int refuse(lua_State *L)
{
    lua_createtable(L, 0, 3);
    lua_pushinteger(L, 400);
    lua_setfield(L, -2, "statusCode");
    lua_createtable(L, 0, 1);
    lua_pushliteral(L, "application/json");
    lua_setfield(L, -2, "content-type");
    lua_setfield(L, -2, "headers");
    lua_pushfstring(L,
                    "{\"message\":\"number must be 1 to %d, the digits of pi wanted\"}",
                    DIGITS_LIMIT);
    lua_setfield(L, -2, "body");
    return 1;
}

/* handler(event, context). Between text and the last use of GMP nothing raises: GMP's memory would leak. */
static int handler(lua_State *L)
{
    lua_settop(L, 2);
    unsigned long count = asked_for(L);
    if (count == 0)
        return refuse(L);
    long long deadline_ms = (1LL << 62);
    if (lua_istable(L, 2) && lua_getfield(L, 2, "deadline_ms") == LUA_TNUMBER)
        deadline_ms = lua_tointeger(L, -1);
    char *text = lua_newuserdatauv(L, count + 3,
                                   0); /* a spare byte, as mpz_get_str wants for a sign */
    if (!write_pi(text, count, deadline_ms)) {
        lua_pushnil(L);
        lua_pushfstring(L, "no time left to compute %d digits of pi", (int)count);
        return 2;
    }
    lua_createtable(L, 0, 1);
    lua_pushstring(L, text);
    lua_setfield(L, -2, "message");
    return 1;
}

__attribute__((visibility("default"))) int luaopen_pi(lua_State *L)
{
    static const luaL_Reg functions[] = { { "handler", handler }, { NULL, NULL } };
    luaL_newlib(L, functions);
    return 1;
}
