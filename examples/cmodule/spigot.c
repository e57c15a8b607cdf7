/* spigot.pi(count): so many digits of pi as text, by the spigot of Rabinowitz and Wagon (1995). */
#include <lauxlib.h>
#include <lua.h>

#include <stdint.h>

enum {
    DIGITS_LIMIT = 10000,
    SPARE_DIGITS =
        16, /* a digit waits for those behind it while they are nines: six of them at most up to the limit */
};

/* The next digit; 10 carries into the one before. terms: len of them. */
static uint32_t next_digit(uint32_t *terms, size_t len)
{
    uint64_t carry = 0;
    for (size_t i = len; i > 1; i--) {
        uint64_t sum = 10 * (uint64_t)terms[i - 1] + carry * i;
        terms[i - 1] = (uint32_t)(sum % (2 * i - 1));
        carry = sum / (2 * i - 1);
    }
    uint64_t sum = 10 * (uint64_t)terms[0] + carry;
    terms[0] = (uint32_t)(sum % 10);
    return (uint32_t)(sum / 10);
}

/* Adds one to the last of these digits. It never carries beyond the first, which is no nine. */
static void carry_into(char *digits, size_t len)
{
    while (len > 1 && digits[len - 1] == '9')
        digits[--len] = '0';
    if (len > 0)
        digits[len - 1]++;
}

static int pi(lua_State *L) /* raises */
{
    lua_Integer count = luaL_checkinteger(L, 1);
    luaL_argcheck(L, count >= 1 && count <= DIGITS_LIMIT, 1, "1 to 10000 digits");
    size_t len = ((size_t)count + SPARE_DIGITS) * 10 / 3 + 1;
    uint32_t *terms = lua_newuserdatauv(L, len * sizeof *terms, 0);
    char *text = lua_newuserdatauv(L, (size_t)count + SPARE_DIGITS, 0);
    for (size_t i = 0; i < len; i++)
        terms[i] = 2;

    size_t
        known = 0,
        at = 0; /* text[0..known) is settled, text[known..at) may still be carried into */
    while (known < (size_t)count && at < (size_t)count + SPARE_DIGITS) {
        uint32_t digit = next_digit(terms, len);
        if (digit == 10)
            carry_into(text + known, at - known);
        if (digit != 9)
            known = at;
        text[at++] = (char)('0' + digit % 10);
    }
    lua_pushlstring(L, text, 1);
    if (count > 1) {
        lua_pushliteral(L, ".");
        lua_pushlstring(L, text + 1, (size_t)count - 1);
        lua_concat(L, 3);
    }
    return 1;
}

LUAMOD_API int luaopen_spigot(lua_State *L)
{
    static const luaL_Reg functions[] = { { "pi", pi }, { NULL, NULL } };
    luaL_newlib(L, functions);
    return 1;
}
