/* SPDX-License-Identifier: MIT */
#include "native_coding.h"

#include "base64.h"

#include <lauxlib.h>

static const char hex_digits[] = "0123456789abcdef";

const char *native_coding_bytes(lua_State *L, int arg, size_t *len) /* raises */
{
    luaL_checktype(L, arg, LUA_TSTRING);
    return lua_tolstring(L, arg, len);
}

/* nil, message: the world's failure. Positions count from 1, like those of string.byte. */
static int fail(lua_State *L, const char *what, const char *format, size_t position)
{
    lua_pushnil(L);
    lua_pushfstring(L, "no %s: ", what);
    lua_pushfstring(L, format, (lua_Integer)position);
    lua_concat(L, 2);
    return 2;
}

/* hex(bytes): two lower-case digits a byte. */
static int hex(lua_State *L)
{
    size_t len = 0;
    const char *bytes = native_coding_bytes(L, 1, &len);
    luaL_Buffer text;
    char *out = luaL_buffinitsize(L, &text, 2 * len);
    for (size_t i = 0; i < len; i++) {
        out[2 * i] = hex_digits[(unsigned char)bytes[i] >> 4];
        out[2 * i + 1] = hex_digits[(unsigned char)bytes[i] & 15];
    }
    luaL_pushresultsize(&text, 2 * len);
    return 1;
}

/* The digit's value, or -1. */
static int hex_value(char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    if (digit >= 'a' && digit <= 'f')
        return digit - 'a' + 10;
    return digit >= 'A' && digit <= 'F' ? digit - 'A' + 10 : -1;
}

/* unhex(text): digits of either case. */
static int unhex(lua_State *L)
{
    size_t len = 0;
    const char *text = native_coding_bytes(L, 1, &len);
    luaL_Buffer bytes;
    char *out = luaL_buffinitsize(L, &bytes, len / 2);
    for (size_t i = 0; i < len; i++) {
        int value = hex_value(text[i]);
        if (value < 0)
            return fail(L, "hex", "byte %I is no digit", i + 1);
        if (i % 2)
            out[i / 2] = (char)(unsigned char)((unsigned char)out[i / 2] | value);
        else if (i + 1 < len)
            out[i / 2] = (char)(unsigned char)(value << 4);
    }
    if (len % 2)
        return fail(L, "hex", "it ends with byte %I, half a pair", len);
    luaL_pushresultsize(&bytes, len / 2);
    return 1;
}

static int encode(lua_State *L, enum base64_kind kind)
{
    size_t len = 0;
    const char *bytes = native_coding_bytes(L, 1, &len);
    luaL_Buffer text;
    char *out = luaL_buffinitsize(L, &text, base64_text_size(len));
    luaL_pushresultsize(&text, base64_write(out, kind, bytes, len));
    return 1;
}

static int decode(lua_State *L, enum base64_kind kind)
{
    size_t len = 0;
    const char *text = native_coding_bytes(L, 1, &len);
    const char *what = kind == BASE64_URL ? "base64url" : "base64";
    luaL_Buffer bytes;
    char *out = luaL_buffinitsize(L, &bytes, base64_byte_size(kind, text, len));
    struct base64_reading reading = base64_read(out, kind, text, len);
    switch (reading.fault) {
    case BASE64_NO_DIGIT: return fail(L, what, "byte %I is no digit", reading.at + 1);
    case BASE64_CUT:
        return fail(L, what, "it ends with byte %I, inside a group of four", reading.at);
    case BASE64_STRAY_BITS:
        return fail(L, what, "byte %I has bits beyond the last byte", reading.at + 1);
    case BASE64_FINE: break;
    }
    luaL_pushresultsize(&bytes, reading.len);
    return 1;
}

static int base64(lua_State *L)
{
    return encode(L, BASE64_STANDARD);
}

static int unbase64(lua_State *L)
{
    return decode(L, BASE64_STANDARD);
}

static int base64url(lua_State *L)
{
    return encode(L, BASE64_URL);
}

static int unbase64url(lua_State *L)
{
    return decode(L, BASE64_URL);
}

void native_coding_add(lua_State *L) /* raises */
{
    static const luaL_Reg functions[] = {
        { "hex", hex },
        { "unhex", unhex },
        { "base64", base64 },
        { "unbase64", unbase64 },
        { "base64url", base64url },
        { "unbase64url", unbase64url },
        { NULL, NULL },
    };
    luaL_setfuncs(L, functions, 0);
}
